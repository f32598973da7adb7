// SPDX-License-Identifier: MIT
// XEP-0313: an account's messages are kept, both sides of each conversation, and found again by time and by the other
// side. A message is kept in the batch that its sender's acknowledgement waits for. XEP-0441: whose messages are kept
// is the account's to say.
#include "core/service/archive.hpp"

#include "core/module.hpp"
#include "core/service/pep.hpp"
#include "core/service/roster.hpp"
#include "core/session/accounts.hpp"
#include "modules/archive/book.hpp"
#include "modules/archive/inbox.hpp"
#include "modules/archive/inquiry.hpp"
#include "modules/archive/preferences.hpp"
#include "modules/archive/rules.hpp"
#include "modules/archive/transfer.hpp"
#include "xep/xep0313_mam.hpp"
#include "xep/xep0359_sid.hpp"
#include "xep/xep0424_retraction.hpp"
#include "xep/xep0430_inbox.hpp"
#include "xep/xep0490_mds.hpp"

#include <algorithm>
#include <memory>

namespace epode {
namespace {

namespace mam = xep::mam;
using archive::Book;
using archive::Preferences;
using archive::Record;
using archive::Transferred;

constexpr std::size_t sweep_step = 200; ///< messages erased at a time
constexpr std::size_t accounts_at_once = 100;
constexpr const char* limits_key = "limits";

/// The ends of an account's archive for who is about to bind (XEP-0386): as read then, and what has come since.
struct Ends {
    std::optional<OrderedId> first, last;
};

class Archive : public Module, public ArchiveService {
    Setting<Duration> keep_{*this, "keep", never, {.min = 1h, .help = "how long messages are kept"}};
    Setting<std::size_t> most_{*this, "most", 0, {.help = "messages kept in each archive; 0 for any number"}};
    Setting<std::size_t> page_{
        *this, "page", 100, {.min = 10, .max = 1000, .help = "messages in one answer; clients ask for the next ones"}};
    Setting<mam::Preferences::Default> default_{
        *this,
        "default",
        mam::Preferences::Default::always,
        {.help = "whose messages are kept of accounts that have not said so: always, never, roster"}};
    Setting<std::size_t> max_preferences_{
        *this, "max-preferences", 1000, {.min = 1, .help = "addresses on an account's lists of exceptions"}};
    Setting<bool> reply_reads_{
        *this, "reply-reads", false, {.help = "whoever answers has read what was said before (for the inbox)"}};

    Book book_{*this, host, reply_reads_};
    archive::Followed followed_;
    Resident<Preferences> preferences_{*this, "preferences"};
    Store<ArchiveLimits> limits_{*this, "limits"};
    PerAccount<Ends> ends_{*this, "ends", transient};
    Use<RosterService> roster_{*this};
    Counter stored_{*this, "stored", "messages put into an archive"};
    Counter expired_{*this, "expired", "messages erased because of their age or number"};

public:
    explicit Archive(Host& given) : Module(given) {
        feature(mam::ns);
        feature(mam::extended);
        feature(mam::groupchat_field);
        feature(mam::fulltext_ns);
        feature(xep::sid_ns);
        feature(xep::retract_ns);
        feature(xep::tombstone_feature);
        feature(Scope::account, xep::inbox::ns);
        on(phase::store, &Archive::store);
        on_get(&Archive::form);
        on_set(&Archive::query);
        on_get(&Archive::own_metadata);
        on_get(&Archive::preferences);
        on_set(&Archive::prefer);
        on_get(&Archive::inbox);
        on(&Archive::room_said);
        on(&Archive::removed);
        on(&Archive::binding);
        on(&Archive::bound);
        on(&Archive::published);
        every(1h, &Archive::sweep);
        every(30s, &Archive::note_rooms);
        add_commands();
        provide<ArchiveService>(*this);
    }

    std::string save() override { return followed_.bytes(); }
    void restore(std::string bytes) override {
        if (auto saved = archive::Followed::from_bytes(bytes)) followed_ = std::move(*saved);
    }

    // ---- Service --------------------------------------------------------------------------------------------------

    bool worth_keeping(const Stanza& message) const override { return archive::says_something(message); }

    void keep(Batch& batch, Owner owner, const OrderedId& id, const Message& message) override {
        ++stored_;
        if (book_.keep(batch, owner, id, Record(message.speaker, message.stanza, message.author)))
            start(book_.derive(owner, true));
    }

    Task<std::optional<Message>> find(Owner owner, OrderedId id) override {
        auto record = co_await book_.find(owner, id);
        if (!record) co_return std::nullopt;
        co_return Message{std::move(record->peer), std::move(record->author), std::move(record->message)};
    }

    Task<bool> replace(Owner owner, OrderedId id, Message message) override {
        return book_.replace(owner, id, Record(message.speaker, message.stanza, message.author));
    }

    void erase_all(Batch& batch, Owner owner) override { book_.erase_all(batch, owner); }

    Task<> expire(Owner owner, ArchiveLimits limits) override {
        const auto keep = std::min(limits.keep, *keep_);
        auto most = limits.most == 0 ? *most_ : limits.most;
        if (*most_ != 0) most = std::min(most, *most_);
        if (keep == never && most == 0) co_return;
        std::optional<OrderedId> end;
        if (keep != never) end = OrderedId::at(host.wall() - keep);
        for (std::size_t erased = sweep_step; erased == sweep_step && !gate().closing();) {
            erased = co_await book_.erase_oldest(owner, end, most, sweep_step);
            expired_ += erased;
        }
    }

    /// To a client here as fast as it reads, to others all at once, which is a page.
    Task<Reply> answer(Iq iq, Owner owner, mam::Query query, Show show) override {
        const std::string id = query.id;
        const Jid from = iq.stanza().to() ? iq.stanza().to() : iq.from().bare();
        auto found = co_await archive::inquire(book_, owner, std::move(query), *page_);
        if (!found) co_return error(std::move(found.error()));
        for (auto& entry : found->entries) {
            const Message message{entry.value.peer, entry.value.author, entry.value.message};
            const auto told = item(id, entry.id, show(message)).addressed(from, iq.from());
            const bool goes_on = co_await tell(&iq, told);
            if (!goes_on) co_return error(Condition::resource_constraint, "interrupted; ask again");
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
        if (!archive::worth_keeping(passage.stanza) || !wanted(passage)) return seen(passage);
        if (host.hears<ArchiveShouldStore>() && host.emit(ArchiveShouldStore{passage}).kind() != Verdict::Kind::pass)
            return;
        passage.kept = true;
        ++stored_;
        if (ends_.find(passage.account)) ends_.of(passage.account).last = passage.id;
        if (book_.keep(passage.batch(), passage.account, passage.id, Record(peer(passage), passage.stanza)))
            start(derive(host.active(passage.account.bare())));
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

    /// The account stays while it runs.
    Task<> derive(std::shared_ptr<Account> account) { co_await book_.derive(*account, true); }

    /// A marker that is not to be kept itself moves what is unread as well (XEP-0333).
    void seen(const Passage& passage) {
        if (!passage.outgoing() || !passage.stanza.is_message() || passage.stanza.is_error()) return;
        Record record(peer(passage), passage.stanza);
        auto contents = archive::contents_of(record);
        if (contents.kind != archive::Contents::Kind::displayed) return;
        archive::Book::Seen seen(record.peer.bare(), contents.group);
        seen.name = std::move(contents.about);
        start(displayed(host.active(passage.account.bare()), std::move(seen)));
    }
    /// A device tells the others what it has shown (XEP-0490).
    void published(const PepChanged& event) {
        if (event.node != xep::Displayed::ns || !event.published) return;
        const auto with = Jid::parse(event.published->id);
        const auto said = xep::Displayed::decode(event.published->payload);
        if (!with || !said) return;
        const bool in_room = said->by != event.account.bare();
        if (in_room && said->by != with->bare()) return; // nobody else gives ids there
        archive::Book::Seen seen(with->bare(), in_room);
        seen.place = OrderedId::parse(said->id);
        if (!seen.place) return;
        start(displayed(host.active(event.account.bare()), std::move(seen)));
    }
    Task<> displayed(std::shared_ptr<Account> account, archive::Book::Seen seen) {
        if (seen.in_room) co_await note_rooms_of(account->bare(), *account);
        co_await book_.displayed(*account, account->bare(), std::move(seen));
    }

    // ---- Rooms (their own archives are for modules/muc to fill) ---------------------------------------------------

    void room_said(const RoomSaid& event) {
        if (!event.message.archive) return;
        const Jid room = event.message.stanza.from().bare();
        for (const RoomMember& member : event.members)
            followed_.tell(member.account, room, *event.message.archive, event.message.id);
    }
    void removed(const UserDeleted& event) { followed_.take(event.account); }

    Task<> note_rooms() {
        for (const auto& member : followed_.members()) {
            if (gate().closing()) co_return; // the next version of this module has it
            const auto bare = Jid::parse(member);
            if (!bare) continue;
            const auto record = co_await host.accounts().find(*bare);
            if (record)
                co_await note_rooms_of(*bare, Owner(record->owner));
            else
                followed_.take(*bare);
        }
    }
    Task<> note_rooms_of(Jid member, Owner owner) {
        auto rooms = followed_.take(member);
        if (rooms.empty()) co_return;
        co_await book_.follow(owner, std::move(rooms));
    }

    // ---- Questions ------------------------------------------------------------------------------------------------

    Reply form(Iq, mam::Query) { return result(mam::QueryForm()); }

    Task<Reply> query(Iq iq, mam::Query query) {
        if (!query.node.empty()) co_return error(Condition::item_not_found);
        const Owner owner = iq.account();
        Show show = [](const Message& message) { return message.stanza; };
        auto reply = co_await answer(std::move(iq), owner, std::move(query), std::move(show));
        co_return reply;
    }

    /// False where the client is gone, or this module is to go.
    Task<bool> tell(const Iq* iq, Stanza stanza) {
        if (!iq->session()) {
            host.route(std::move(stanza));
            co_return true;
        }
        const bool open = co_await iq->session()->room();
        if (!open || gate().closing()) co_return false;
        iq->session()->send(std::move(stanza));
        co_return true;
    }

    static Stanza item(const std::string& query, const OrderedId& id, const Stanza& message) {
        xml::Builder builder;
        builder.open("message");
        write_item(builder, query, id, message);
        return Stanza(builder.close().finish(), Jid(), Jid());
    }
    static void write_item(xml::Builder& builder, const std::string& query, const OrderedId& id,
                           const Stanza& message) {
        mam::Item item;
        item.query = query;
        item.id = id.text();
        item.message = xep::Forwarded(message, xep::Delay(Jid(), id.time()));
        item.encode(builder);
    }

    // ---- What is told to who binds (XEP-0386) ---------------------------------------------------------------------

    void binding(BindPreparing& event) { event.waits.push_back(look_at_ends(event.account)); }

    Task<> look_at_ends(std::shared_ptr<Account> account) {
        const auto pass = gate().enter();
        ends_.of(*account) = Ends();
        const auto first = co_await end(*account, false);
        const auto last = co_await end(*account, true);
        Ends& ends = ends_.of(*account);
        if (first) ends.first = OrderedId::parse(first->id);
        const auto read = last ? OrderedId::parse(last->id) : std::nullopt;
        if (read && (!ends.last || *ends.last < *read)) ends.last = read; // else something has come meanwhile
    }

    void bound(BindInline& event) {
        const Ends* ends = ends_.find(event.session.account());
        if (!ends) return;
        mam::Metadata metadata;
        const auto& first = ends->first ? ends->first : ends->last;
        if (first) metadata.start = mam::Metadata::End{first->text(), first->time()};
        if (ends->last) metadata.end = mam::Metadata::End{ends->last->text(), ends->last->time()};
        metadata.encode(event.bound);
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

    // ---- The inbox (XEP-0430) -------------------------------------------------------------------------------------

    Task<Reply> inbox(Iq iq, xep::inbox::Query query) {
        const Jid account = iq.account().bare();
        co_await note_rooms_of(account, iq.account());
        auto all = co_await book_.conversations(iq.account(), account);
        auto found = archive::inbox_of(std::move(all), query, *page_);
        if (!found) co_return error(std::move(found.error()));
        for (const auto& conversation : found->shown) {
            std::optional<Record> last;
            const Owner where = conversation.archive ? Owner(*conversation.archive) : Owner(iq.account());
            if (query.messages) last = co_await book_.find(where, conversation.said);
            xml::Builder builder;
            builder.open("message");
            xep::inbox::Entry entry;
            entry.jid = conversation.with;
            entry.unread = conversation.unread_count();
            entry.id = conversation.last.text();
            entry.encode(builder);
            if (last) write_item(builder, iq.stanza().id().str(), conversation.said, last->message);
            const Stanza told(builder.close().finish(), iq.account().bare(), iq.from());
            const bool goes_on = co_await tell(&iq, told);
            if (!goes_on) co_return error(Condition::resource_constraint, "interrupted; ask again");
        }
        co_return result(found->fin);
    }

    // ---- Commands -------------------------------------------------------------------------------------------------

    void add_commands() {
        command("archive-purge", "Erase your archive", Role::user, &Archive::purge,
                {{"with", "With whom only", Param::Type::jid, false, "messages with this address only"}});
        const Param account{"account", "Account", Param::Type::jid, true, "whose archive"};
        command("archive-export", "Write an archive into a file", Role::admin, &Archive::write,
                {account, {"file", "File", Param::Type::text, true, "a new file, on the server"}});
        command("archive-import", "Add the messages of a file to an archive", Role::admin, &Archive::read,
                {account, {"file", "File", Param::Type::text, true, "what archive-export writes, on the server"}});
        command("archive-limits", "How much is kept of one account's messages", Role::admin, &Archive::limit,
                {account,
                 {"keep", "How long", Param::Type::text, true, "a duration such as 30d; never: as long as all others"},
                 {"most", "How many", Param::Type::text, true, "a number; 0: as many as of all others"}});
    }

    Task<CommandResult> purge(CommandCall call) {
        const Jid account = call.caller.bare();
        const auto record = co_await host.accounts().find(account);
        if (!record || !host.home_of(account)) co_return CommandResult::failure("only an account has an archive");
        const std::string with(call.argument("with"));
        if (with.empty()) {
            co_await book_.erase_all(Owner(record->owner));
            co_return CommandResult("your archive is empty");
        }
        const auto jid = Jid::parse(with);
        if (!jid) co_return CommandResult::failure("that is no address");
        std::size_t all = 0;
        for (std::size_t erased = sweep_step; erased == sweep_step && !gate().closing();) {
            erased = co_await book_.erase_with(Owner(record->owner), *jid, sweep_step);
            all += erased;
        }
        co_return CommandResult(std::to_string(all) + " messages with " + std::string(jid->bare().text()) +
                                " have been erased");
    }

    /// What a command does where the account has its home.
    using Outcome = std::shared_ptr<Transferred>;

    Task<CommandResult> write(CommandCall call) { return on_file(std::move(call), &Archive::write_here); }
    Task<CommandResult> read(CommandCall call) { return on_file(std::move(call), &Archive::read_here); }

    Task<CommandResult> on_file(CommandCall call, Task<> (Archive::*act)(Jid, std::string, Outcome)) {
        // Whoever may name files of the server's is somebody who is on its machine.
        if (call.caller) co_return CommandResult::failure("only epodectl may do this");
        const auto account = Jid::parse(call.argument("account"));
        if (!account || !host.serves(*account)) co_return CommandResult::failure("that is no account of this host");
        const auto outcome = std::make_shared<Transferred>(false, "the module is being replaced; try again");
        std::string path(call.argument("file"));
        co_await at_home(account->bare(), act, account->bare(), std::move(path), outcome);
        co_return outcome->ok ? CommandResult(outcome->text) : CommandResult::failure(outcome->text);
    }

    Task<> write_here(Jid account, std::string path, Outcome outcome) {
        const auto record = co_await host.accounts().find(account);
        *outcome = Transferred(false, "there is no such account");
        if (record)
            *outcome = co_await archive::write_file(&host, &book_, account, Owner(record->owner), std::move(path));
    }
    Task<> read_here(Jid account, std::string path, Outcome outcome) {
        const auto record = co_await host.accounts().find(account);
        *outcome = Transferred(false, "there is no such account");
        if (record)
            *outcome = co_await archive::read_file(&host, &book_, account, Owner(record->owner), std::move(path));
    }

    Task<CommandResult> limit(CommandCall call) {
        const auto account = Jid::parse(call.argument("account"));
        if (!account || !host.serves(*account)) co_return CommandResult::failure("that is no account of this host");
        const auto keep = config::TextOf<Duration>::parse(call.argument("keep"), never);
        if (!keep) co_return CommandResult::failure("keep " + keep.error().text);
        const auto most = config::TextOf<std::size_t>::parse(call.argument("most"), 0);
        if (!most) co_return CommandResult::failure("most " + most.error().text);
        const auto outcome = std::make_shared<Transferred>(false, "the module is being replaced; try again");
        ArchiveLimits limits;
        limits.keep = *keep;
        limits.most = *most;
        co_await at_home(account->bare(), &Archive::limit_here, account->bare(), limits, outcome);
        co_return outcome->ok ? CommandResult(outcome->text) : CommandResult::failure(outcome->text);
    }
    Task<> limit_here(Jid account, ArchiveLimits limits, Outcome outcome) {
        const auto record = co_await host.accounts().find(account);
        *outcome = Transferred(false, "there is no such account");
        if (!record) co_return;
        const Owner owner(record->owner);
        co_await limits_.put(owner, limits_key, limits);
        co_await expire(owner, limits);
        *outcome = Transferred(true, "that is how much is kept");
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

    // ---- Age and number
    // ------------------------------------------------------------------------------------------------------

    /// In small steps: each waits for its commit, and stanzas pass meanwhile.
    Task<> sweep() {
        std::string after;
        for (;;) {
            const auto accounts = co_await host.accounts().list(host.jid(), after, accounts_at_once);
            for (const auto& record : accounts) {
                const auto bare = Jid::parse(record.bare);
                if (bare && host.home_of(*bare)) co_await expire_account(OwnerId(record.owner));
                if (gate().closing()) co_return;
            }
            if (accounts.size() < accounts_at_once) co_return;
            after = accounts.back().bare;
        }
    }
    Task<> expire_account(Owner owner) {
        const auto own = co_await limits_.get(owner, limits_key);
        co_await expire(owner, own.value_or(ArchiveLimits()));
    }
};

} // namespace
} // namespace epode

using epode::Archive;
EPODE_MODULE(Archive, .summary = "keeps messages so that every device can look for them",
             .xeps = {{313, "1.1.3", epode::complete},
                      {359, "0.7.0", epode::complete},
                      {424, "0.4.2", epode::complete, "tombstones between two people"},
                      {430, "0.2.0", epode::complete},
                      {431, "0.2.0", epode::complete},
                      {441, "0.2.0", epode::complete},
                      {334, "1.0.0", epode::partial, "no-store, no-permanent-store, store"}},
             .depends = {"disco"})
