// SPDX-License-Identifier: MIT
// XEP-0049: a client keeps small fragments of XML on the server. Only the owner gets here; others are answered
// service-unavailable by core, as for an account that does not exist. Bookmarks of rooms are those of PEP where
// modules/bookmarks keeps them.
#include "core/module.hpp"
#include "core/service/bookmarks.hpp"
#include "xep/xep0049_private.hpp"

namespace epode {
namespace {

class Private : public Module {
public:
    explicit Private(Host& on) : Module(on) {
        feature(xep::Private::ns);
        on_get(&Private::load);
        on_set(&Private::store);
        this->on(&Private::came);
    }

private:
    static bool is_bookmarks(const xep::PrivateFragment& fragment) {
        return fragment.element().is(xep::BookmarkStorage::name, xep::BookmarkStorage::ns);
    }

    Task<Reply> load(Iq iq, xep::Private asked) {
        const auto account = host.active(iq.account().bare());
        xep::Private answer;
        for (const xep::PrivateFragment& fragment : asked.fragments) {
            auto found = co_await fragments_.get(iq.account(), fragment.key());
            auto told = found ? std::move(*found) : fragment.emptied();
            if (is_bookmarks(fragment) && account && bookmarks_ && bookmarks_->keeps(*account))
                told = co_await with_rooms(account, std::move(told));
            answer.fragments.push_back(std::move(told));
        }
        co_return result(answer);
    }

    /// The rooms of PEP, and what else is kept here.
    Task<xep::PrivateFragment> with_rooms(std::shared_ptr<Account> account, xep::PrivateFragment kept) {
        auto storage = co_await bookmarks_->load(account);
        if (auto before = xep::BookmarkStorage::decode(kept.element())) storage.other = std::move(before->other);
        xml::Builder builder;
        storage.encode(builder);
        co_return xep::PrivateFragment(xml::Fragment(builder.finish()));
    }

    /// Null where it is done, or is nobody else's business.
    Task<std::optional<StanzaError>> give_rooms(std::shared_ptr<Account> account, xep::PrivateFragment fragment) {
        if (!account || !bookmarks_) co_return std::nullopt;
        auto storage = xep::BookmarkStorage::decode(fragment.element());
        if (!storage) co_return std::nullopt;
        co_return co_await bookmarks_->store(std::move(account), std::move(*storage));
    }

    /// What an old client left here before there were bookmarks in PEP (XEP-0411, implementation notes).
    void came(const SessionOpened& event) {
        const Account& account = event.session.account();
        if (bookmarks_ && !bookmarks_->keeps(account)) start(bring(host.active(account.bare())));
    }
    Task<> bring(std::shared_ptr<Account> account) {
        xml::Builder builder;
        builder.open(xep::BookmarkStorage::name, xep::BookmarkStorage::ns).close();
        const xep::PrivateFragment wanted(xml::Fragment(builder.finish()));
        auto kept = co_await fragments_.get(*account, wanted.key());
        if (!kept || !bookmarks_ || bookmarks_->keeps(*account)) co_return;
        const auto refused = co_await give_rooms(account, std::move(*kept));
        if (refused) log.warn("bookmarks could not be taken over", {{"account", account->bare().text()}});
    }

    Task<Reply> store(Iq iq, xep::Private given) {
        for (const xep::PrivateFragment& fragment : given.fragments)
            if (fragment.size() > *max_bytes_)
                co_return error(Condition::policy_violation, "the fragment is too large");
        if (!co_await fits(iq.account(), given))
            co_return error(Condition::resource_constraint, "there are too many fragments");
        for (const xep::PrivateFragment& fragment : given.fragments) {
            if (!is_bookmarks(fragment)) continue;
            auto refused = co_await give_rooms(host.active(iq.account().bare()), fragment);
            if (refused) co_return error(std::move(*refused));
        }
        Batch batch;
        for (const xep::PrivateFragment& fragment : given.fragments)
            fragments_.put(batch, iq.account(), fragment.key(), fragment);
        co_await host.commit(std::move(batch));
        co_return result();
    }

    Task<bool> fits(Owner owner, xep::Private given) {
        const std::size_t limit = *max_fragments_;
        auto stored = co_await fragments_.scan(owner, std::string(), limit + 1);
        std::size_t count = stored.size();
        for (const xep::PrivateFragment& fragment : given.fragments) {
            const auto key = fragment.key();
            const auto known = [&key](const auto& row) { return row.first == key; };
            if (std::none_of(stored.begin(), stored.end(), known)) ++count;
        }
        co_return count <= limit;
    }

    Setting<ByteSize> max_bytes_{*this, "max-bytes", 64_KiB, {.min = 1_KiB, .max = 10_MiB, .help = "largest fragment"}};
    Setting<std::size_t> max_fragments_{
        *this, "max-fragments", 100, {.min = 1, .max = 10000, .help = "fragments of one account"}};
    Store<xep::PrivateFragment> fragments_{*this, "private"};
    Use<BookmarkService> bookmarks_{*this};
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Private, .summary = "keeps small fragments of XML for clients", .xeps = {{49, "1.2"}},
             .depends = {"disco"})
