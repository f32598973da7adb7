// SPDX-License-Identifier: MIT
// XEP-0313: an account's messages are kept, both sides of each conversation, and found again by time and by the other
// side. A message is kept in the batch that its sender's acknowledgement waits for. XEP-0441: whose messages are kept
// is the account's to say.
#include "core/service/archive.hpp"

#include "core/module.hpp"
#include "core/service/roster.hpp"
#include "core/session/accounts.hpp"
#include "modules/archive/book.hpp"
#include "modules/archive/inquiry.hpp"
#include "modules/archive/preferences.hpp"
#include "modules/archive/rules.hpp"
#include "xep/xep0313_mam.hpp"
#include "xep/xep0359_sid.hpp"

namespace epode {
namespace {

namespace mam = xep::mam;
using archive::Book;
using archive::Preferences;
using archive::Record;

constexpr std::size_t sweep_step = 200; ///< messages erased at a time
constexpr std::size_t accounts_at_once = 100;

class Archive : public Module, public ArchiveService {
    Setting<Duration> keep_{*this, "keep", never, {.min = 1h, .help = "how long messages are kept"}};
    Setting<std::size_t> page_{
        *this, "page", 100, {.min = 10, .max = 1000, .help = "messages in one answer; clients ask for the next ones"}};
    Setting<mam::Preferences::Default> default_{
        *this,
        "default",
        mam::Preferences::Default::always,
        {.help = "whose messages are kept of accounts that have not said so: always, never, roster"}};
    Setting<std::size_t> max_preferences_{
        *this, "max-preferences", 1000, {.min = 1, .help = "addresses on an account's lists of exceptions"}};

    Book book_{*this, host};
    Resident<Preferences> preferences_{*this, "preferences"};
    Use<RosterService> roster_{*this};
    Counter stored_{*this, "stored", "messages put into an archive"};
    Counter expired_{*this, "expired", "messages erased because of their age"};

public:
    explicit Archive(Host& given) : Module(given) {
        feature(mam::ns);
        feature(mam::extended);
        feature(mam::groupchat_field);
        feature(xep::sid_ns);
        on(phase::store, &Archive::store);
        on_get(&Archive::form);
        on_set(&Archive::query);
        on_get(&Archive::own_metadata);
        on_get(&Archive::preferences);
        on_set(&Archive::prefer);
        every(1h, &Archive::sweep);
        provide<ArchiveService>(*this);
    }

    // ---- Service --------------------------------------------------------------------------------------------------

    bool worth_keeping(const Stanza& message) const override { return archive::says_something(message); }

    void keep(Batch& batch, Owner owner, const OrderedId& id, const Message& message) override {
        ++stored_;
        if (book_.keep(batch, owner, id, Record(message.speaker, message.stanza, message.author)))
            start(book_.index(owner));
    }

    void erase_all(Batch& batch, Owner owner) override { book_.erase_all(batch, owner); }

    Task<> expire(Owner owner) override {
        if (*keep_ == never) co_return;
        const auto end = OrderedId::at(host.wall() - *keep_);
        for (std::size_t erased = sweep_step; erased == sweep_step && !gate().closing();) {
            erased = co_await book_.erase_before(owner, end, sweep_step);
            expired_ += erased;
        }
    }

    Task<Reply> answer(Iq iq, Owner owner, mam::Query query, Show show) override {
        const std::string id = query.id;
        auto found = co_await archive::inquire(book_, owner, std::move(query), *page_);
        if (!found) co_return error(std::move(found.error()));
        for (auto& entry : found->entries) {
            const Message message{entry.value.peer, entry.value.author, entry.value.message};
            host.route(item(id, entry.id, show(message)).addressed(iq.stanza().to(), iq.from()));
        }
        co_return result(found->fin);
    }

    Task<Reply> metadata(Iq, Owner owner) override {
        mam::Metadata answer;
        answer.start = co_await end(owner, false);
        if (answer.start) answer.end = co_await end(owner, true);
        co_return result(answer);
    }

private:
    // ---- Keeping --------------------------------------------------------------------------------------------------

    void store(Passage& passage) {
        if (!archive::worth_keeping(passage.stanza) || !wanted(passage)) return;
        if (host.hears<ArchiveShouldStore>() && host.emit(ArchiveShouldStore{passage}).kind() != Verdict::Kind::pass)
            return;
        passage.kept = true;
        ++stored_;
        if (book_.keep(passage.batch(), passage.account, passage.id, Record(peer(passage), passage.stanza)))
            start(index(host.active(passage.account.bare())));
        if (host.hears<ArchiveStored>()) host.emit(ArchiveStored{passage});
    }

    static Jid peer(const Passage& passage) {
        if (passage.incoming()) return passage.stanza.from() ? passage.stanza.from() : passage.account.bare();
        return passage.stanza.to() ? passage.stanza.to() : passage.account.bare();
    }

    bool wanted(const Passage& passage) const {
        const Account& account = passage.account;
        const Jid other = peer(passage);
        if (other.bare() == account.bare()) {
            // What one writes to oneself passes both halves; it is kept by the second.
            if (passage.outgoing()) return false;
        }
        const auto listed = [&] {
            const Contact* contact = roster_ ? roster_->find(account, other.bare()) : nullptr;
            return contact && contact->listed;
        };
        return preferences_.of(account).keeps(other, *default_, listed);
    }

    Task<> index(std::shared_ptr<Account> account) { co_await book_.index(*account); }

    // ---- Questions ------------------------------------------------------------------------------------------------

    Reply form(Iq, mam::Query) { return result(mam::QueryForm()); }

    Task<Reply> query(Iq iq, mam::Query query) {
        if (!query.node.empty()) co_return error(Condition::item_not_found);
        const std::string id = query.id;
        auto found = co_await archive::inquire(book_, iq.account(), std::move(query), *page_);
        if (!found) co_return error(std::move(found.error()));
        for (auto& entry : found->entries) {
            const bool open = co_await iq.session()->room();
            if (!open) break;
            iq.session()->send(item(id, entry.id, entry.value.message).addressed(iq.account().bare(), iq.from()));
        }
        co_return result(found->fin);
    }

    static Stanza item(const std::string& query, const OrderedId& id, const Stanza& message) {
        mam::Item item;
        item.query = query;
        item.id = id.text();
        item.message = xep::Forwarded(message, xep::Delay(Jid(), id.time()));
        xml::Builder builder;
        builder.open("message");
        item.encode(builder);
        return Stanza(builder.close().finish(), Jid(), Jid());
    }

    Task<Reply> own_metadata(Iq iq, mam::Metadata) {
        const Owner owner = iq.account();
        auto answer = co_await metadata(std::move(iq), owner);
        co_return answer;
    }

    Task<std::optional<mam::Metadata::End>> end(Owner owner, bool last) {
        archive::Stretch all;
        auto page = co_await book_.read(owner, std::move(all), 1, last);
        if (page.entries.empty()) co_return std::nullopt;
        const OrderedId& id = page.entries.front().id;
        co_return mam::Metadata::End{id.text(), id.time()};
    }

    // ---- Preferences (XEP-0441) -----------------------------------------------------------------------------------

    Reply preferences(Iq iq, mam::Preferences) { return result(preferences_.of(iq.account()).told(*default_)); }

    Task<Reply> prefer(Iq iq, mam::Preferences given) {
        if (iq.payload().attr("default").empty())
            co_return error(Condition::bad_request, "default is always, never or roster");
        if (given.always.size() + given.never.size() > *max_preferences_)
            co_return error(Condition::resource_constraint, "there are too many addresses on these lists");
        co_await preferences_.put(iq.account(), Preferences(given));
        co_return result(given);
    }

    // ---- Age ------------------------------------------------------------------------------------------------------

    /// In small steps: each waits for its commit, and stanzas pass meanwhile.
    Task<> sweep() {
        if (*keep_ == never) co_return;
        std::string after;
        for (;;) {
            const auto accounts = co_await host.accounts().list(host.jid(), after, accounts_at_once);
            for (const auto& record : accounts) {
                const auto bare = Jid::parse(record.bare);
                if (bare && host.home_of(*bare)) co_await expire(OwnerId(record.owner));
                if (gate().closing()) co_return;
            }
            if (accounts.size() < accounts_at_once) co_return;
            after = accounts.back().bare;
        }
    }
};

} // namespace
} // namespace epode

using epode::Archive;
EPODE_MODULE(Archive, .summary = "keeps messages so that every device can look for them",
             .xeps = {{313, "1.1.3", epode::complete},
                      {359, "0.7.0", epode::complete},
                      {441, "0.2.0", epode::complete},
                      {334, "1.0.0", epode::partial, "no-store, no-permanent-store, store"}},
             .depends = {"disco"})
