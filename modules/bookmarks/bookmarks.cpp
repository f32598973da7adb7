// SPDX-License-Identifier: MIT
// Bookmarks of rooms are the same whichever way a client keeps them. An item each in PEP (XEP-0402) is what counts; the
// one item of XEP-0048's node is made from them and, when a client writes it, taken apart into them (XEP-0411), and
// private storage (XEP-0049) asks here. Nothing of this happens where others may read one of the nodes.
#include "core/service/bookmarks.hpp"

#include "core/module.hpp"
#include "core/service/pep.hpp"
#include "core/store/turns.hpp"
#include "xep/xep0402_bookmarks.hpp"

#include <algorithm>

namespace epode {
namespace {

namespace pubsub = xep::pubsub;
using Storage = xep::BookmarkStorage;
using xep::Bookmark;
using Readers = PepService::Readers;
using AccountPtr = std::shared_ptr<Account>;

/// XEP-0223: for the owner alone.
xep::Form options(bool one_item) {
    xep::Form form(xep::Form::Type::submit, std::string(pubsub::options_form));
    form.add(xep::FormField("pubsub#persist_items", "true"));
    form.add(xep::FormField("pubsub#access_model", "whitelist"));
    form.add(xep::FormField("pubsub#max_items", one_item ? "1" : "max"));
    // An old client hears of its list when it comes; with the items each client reads all of them itself.
    form.add(xep::FormField("pubsub#send_last_published_item", one_item ? "on_sub_and_presence" : "never"));
    return form;
}

template <typename Payload> pubsub::Item item_of(std::string id, const Payload& payload) {
    xml::Builder builder;
    payload.encode(builder);
    return pubsub::Item(std::move(id), xml::Fragment(builder.finish()));
}

class Bookmarks : public Module, public BookmarkService {
public:
    explicit Bookmarks(Host& on) : Module(on) {
        this->on(&Bookmarks::changed);
        this->on(&Bookmarks::info);
        provide<BookmarkService>(*this);
    }

    bool keeps(const Account& account) const override {
        return pep_ && pep_->readers(account, Bookmark::ns) == Readers::owner;
    }

    Task<Storage> load(AccountPtr account) override {
        const auto inside = gate().enter();
        co_return co_await read(account);
    }

    Task<std::optional<StanzaError>> store(AccountPtr account, Storage storage) override {
        const auto inside = gate().enter();
        const auto turn = co_await turns_.take(*account);
        co_return co_await take(account, std::move(storage));
    }

private:
    /// Where there is no such node one can be made; one that others may read is left alone.
    bool may_use(const Account& account, std::string_view node) const {
        const auto readers = pep_ ? pep_->readers(account, node) : Readers::some;
        return !readers || *readers == Readers::owner;
    }

    Task<Storage> read(AccountPtr account) {
        Storage storage;
        const auto items = co_await items_of(account);
        for (const auto& item : items)
            if (auto bookmark = Bookmark::decode(item.id, item.payload)) storage.rooms.push_back(std::move(*bookmark));
        storage.sort();
        co_return storage;
    }

    Task<std::vector<pubsub::Item>> items_of(AccountPtr account) {
        if (!pep_) co_return std::vector<pubsub::Item>();
        std::string node(Bookmark::ns);
        co_return co_await pep_->items(account, std::move(node));
    }

    /// The items become what a list in the old form says. What that cannot say (extensions) stays as it is.
    Task<std::optional<StanzaError>> take(AccountPtr account, Storage wanted) {
        if (!pep_ || !may_use(*account, Bookmark::ns)) co_return std::nullopt;
        const auto items = co_await items_of(account);
        std::vector<std::string> gone;
        for (const auto& item : items) {
            const auto bookmark = Bookmark::decode(item.id, item.payload);
            if (!bookmark) continue;
            const auto same = std::ranges::find(wanted.rooms, bookmark->room, &Bookmark::room);
            if (same == wanted.rooms.end()) {
                gone.push_back(item.id);
            } else if (same->same_as(*bookmark)) {
                wanted.rooms.erase(same);
            } else {
                same->extensions = bookmark->extensions;
            }
        }
        for (const auto& bookmark : wanted.rooms) {
            const bool made = pep_ && pep_->readers(*account, Bookmark::ns).has_value();
            auto item = item_of(std::string(bookmark.room.text()), bookmark);
            auto refused = co_await publish(account, Bookmark::ns, std::move(item), !made);
            if (refused) co_return refused;
        }
        if (gone.empty() || !pep_) co_return std::nullopt;
        pubsub::Request request(pubsub::Retract{std::string(Bookmark::ns), true, std::move(gone)});
        co_return co_await pep_->ask(account, std::move(request));
    }

    Task<std::optional<StanzaError>> publish(AccountPtr account, std::string_view node, pubsub::Item item, bool fresh) {
        pubsub::Publish publish;
        publish.node = std::string(node);
        publish.items.push_back(std::move(item));
        if (fresh) publish.options = options(node == Storage::ns);
        if (!pep_) co_return StanzaError(Condition::resource_constraint, ErrorType::wait);
        pubsub::Request request(std::move(publish));
        co_return co_await pep_->ask(account, std::move(request));
    }

    void changed(const PepChanged& event) {
        if (event.node == Storage::ns && event.published) {
            if (auto storage = Storage::decode(event.published->payload))
                start(adopt(host.active(event.account.bare()), std::move(*storage)));
        } else if (event.node == Bookmark::ns) {
            bool& due = mirror_due_.of(event.account);
            if (!std::exchange(due, true)) start(mirror(host.active(event.account.bare())));
        }
    }

    /// A client has written its list.
    Task<> adopt(AccountPtr account, Storage storage) {
        if (!account || !may_use(*account, Storage::ns)) co_return;
        const auto turn = co_await turns_.take(*account);
        const auto refused = co_await take(account, std::move(storage));
        if (refused)
            log.warn("bookmarks could not be taken over",
                     {{"account", account->bare().text()}, {"condition", epode::name(refused->condition)}});
    }

    /// The list again, from the items, where it says something else.
    Task<> mirror(AccountPtr account) {
        if (!account) co_return;
        const auto turn = co_await turns_.take(*account);
        mirror_due_.of(*account) = false;
        if (!keeps(*account) || !may_use(*account, Storage::ns)) co_return;
        Storage storage = co_await read(account);
        std::string node(Storage::ns), id(Storage::item_id);
        const auto before = co_await pep_->items(account, std::move(node));
        if (!before.empty()) {
            if (auto known = Storage::decode(before.back().payload)) {
                if (known->same_as(storage)) co_return;
                storage.other = std::move(known->other);
            }
            id = before.back().id;
        } else if (storage.rooms.empty()) {
            co_return;
        }
        const bool made = pep_ && pep_->readers(*account, Storage::ns).has_value();
        auto item = item_of(std::move(id), storage);
        const auto refused = co_await publish(account, Storage::ns, std::move(item), !made);
        if (refused)
            log.warn("bookmarks could not be written for older clients",
                     {{"account", account->bare().text()}, {"condition", epode::name(refused->condition)}});
    }

    void info(DiscoInfo& event) {
        if (event.scope != Scope::account || !event.node.empty() || !pep_) return;
        event.query.open("feature").attr("var", "urn:xmpp:bookmarks:1#compat-pep").close();
        event.query.open("feature").attr("var", "urn:xmpp:bookmarks-conversion:0").close();
        if (host.module("private")) event.query.open("feature").attr("var", "urn:xmpp:bookmarks:1#compat").close();
    }

    Use<PepService> pep_{*this};
    Turns turns_;
    PerAccount<bool> mirror_due_{*this, "mirror-due", transient};
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Bookmarks, .summary = "bookmarks of rooms, the same for old clients and new ones",
             .xeps = {{402, "1.2.0"}, {411, "1.1.0"}, {48, "1.2"}}, .depends = {"pep"})
