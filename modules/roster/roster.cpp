// SPDX-License-Identifier: MIT
// RFC 6121 section 2: the roster, its queries, pushes and versions, and the service through which other modules see it.
// Subscriptions themselves are modules/presence's; here is only what becomes of an item that the user deletes.
#include "core/service/roster.hpp"

#include "core/module.hpp"
#include "modules/roster/changes.hpp"
#include "xep/rfc6121_roster.hpp"

#include <charconv>
#include <functional>

namespace epode {

namespace {

xep::RosterItem item_of(const Contact& contact) {
    xep::RosterItem item;
    item.jid = contact.jid;
    item.name = contact.name;
    item.groups = contact.groups;
    item.subscription = name(contact.subscription);
    item.ask = contact.ask;
    item.approved = contact.approved;
    return item;
}

xep::RosterItem removed_item(Jid jid) {
    xep::RosterItem item;
    item.jid = std::move(jid);
    item.subscription = "remove";
    return item;
}

/// Whether a client sees a difference (2.6.3: only that makes a new version).
bool same_item(const Contact& a, const Contact& b) {
    return a.listed == b.listed && a.subscription == b.subscription && a.ask == b.ask && a.approved == b.approved &&
           a.name == b.name && a.groups == b.groups;
}

Stanza presence(std::string_view type, const Jid& from, const Jid& to) {
    xml::Builder builder;
    builder.open("presence").attr("type", type);
    return {builder.close().finish(), from, to};
}

class Roster : public Module, public RosterService {
    Setting<std::size_t> max_items{
        *this, "max-items", 5000, {.min = 1, .help = "how many contacts an account may have"}};
    Setting<std::size_t> name_length{
        *this, "name-length", 1024, {.min = 1, .help = "longest name of a contact, in bytes"}};
    Setting<std::size_t> group_length{
        *this, "group-length", 1024, {.min = 1, .help = "longest name of a group, in bytes"}};
    Setting<std::size_t> max_groups{*this, "max-groups", 100, {.help = "how many groups one contact may be in"}};

    ResidentMap<Contact> contacts_{*this, "contacts"};
    ResidentMap<roster::Removal> removals_{*this, "removals"};
    Resident<roster::Version> version_{*this, "version"};

public:
    explicit Roster(Host& domain) : Module(domain) {
        provide<RosterService>(*this);
        feature(Scope::server, xep::roster::ns);
        on_get(&Roster::get);
        on_set(&Roster::set);
        on_set(&Roster::set_of_another, Scope::anyone);
        on(&Roster::features);
        on(&Roster::subscription_out);
        on(&Roster::deleting);
    }

    // ---- Service ----------------------------------------------------------------------------------------------------

    const Contacts& contacts(const Account& account) const override { return contacts_.of(account); }
    const Contact* find(const Account& account, const Jid& bare) const override {
        return contacts_.find(account, bare.text());
    }
    void put(Batch& batch, Account& account, Contact contact) override {
        store(batch, account, std::move(contact), false);
    }
    void remove(Batch& batch, Account& account, const Jid& bare) override {
        const Contact* found = find(account, bare);
        if (!found) return;
        const bool listed = found->listed;
        const Jid jid = found->jid; // `bare` may be a reference into the row that goes
        contacts_.erase(batch, account, jid.text());
        if (listed) push(batch, account, removed_item(jid), forget(batch, account, jid));
        host.emit(RosterChanged{account, jid});
    }

private:
    // ---- Queries ----------------------------------------------------------------------------------------------------

    /// Waits for changes under way: what a client is told is kept.
    Task<Reply> get(Iq iq, xep::RosterGet asked) {
        iq.session()->set_interested();
        co_await host.settled(iq.account());
        if (asked.ver) {
            if (auto changes = changes_since(iq.account(), *asked.ver); changes) {
                auto session = iq.session()->shared_from_this();
                auto after = [session, changes = std::move(*changes)] { push_all(*session, changes); };
                co_return result().then(std::move(after));
            }
        }
        xml::Builder builder;
        builder.open("query", xep::roster::ns).attr("ver", version_text(iq.account()));
        for (const auto& [key, contact] : contacts_.of(iq.account()))
            if (contact.listed) item_of(contact).encode(builder);
        co_return result(builder.close().finish());
    }

    Task<Reply> set(Iq iq, xep::RosterSet given) {
        if (given.remove()) return remove_item(std::move(iq), std::move(given.item));
        return put_item(std::move(iq), std::move(given.item));
    }

    /// 2.3.3: nobody changes another's roster.
    Reply set_of_another(Iq, xep::RosterSet) { return error(StanzaError(Condition::forbidden, ErrorType::auth)); }

    Task<Reply> put_item(Iq iq, xep::RosterItem item) {
        Account& account = iq.account();
        const Contact* found = find(account, item.jid);
        if (auto refused = check(account, item, found != nullptr)) co_return error(std::move(*refused));
        Contact contact = found ? *found : Contact();
        contact.jid = std::move(item.jid);
        contact.name = std::move(item.name);
        contact.groups = std::move(item.groups);
        contact.listed = true;
        Batch batch;
        store(batch, account, std::move(contact), true);
        co_await host.commit(std::move(batch));
        co_return result();
    }

    Task<Reply> remove_item(Iq iq, xep::RosterItem item) {
        Account& account = iq.account();
        const Contact* found = find(account, item.jid);
        if (!found || !found->listed) co_return error(StanzaError(Condition::item_not_found, ErrorType::modify));
        const Contact gone = *found;
        Batch batch;
        remove(batch, account, gone.jid);
        co_await host.commit(std::move(batch));
        part(account, gone);
        co_return result();
    }

    std::optional<StanzaError> check(const Account& account, const xep::RosterItem& item, bool known) const {
        const auto refusal = [](Condition condition, ErrorType type, const char* text) {
            return std::optional<StanzaError>(StanzaError(condition, type, text));
        };
        if (item.name.size() > name_length)
            return refusal(Condition::not_acceptable, ErrorType::modify, "the contact's name is too long");
        for (const auto& group : item.groups)
            if (group.size() > group_length)
                return refusal(Condition::not_acceptable, ErrorType::modify, "a group's name is too long");
        if (item.groups.size() > max_groups)
            return refusal(Condition::not_acceptable, ErrorType::modify, "too many groups");
        if (!known && full(account))
            return refusal(Condition::resource_constraint, ErrorType::wait, "the roster is full");
        return std::nullopt;
    }

    bool full(const Account& account) const { return contacts_.of(account).size() >= max_items; }

    // ---- Subscriptions that make items ------------------------------------------------------------------------------

    Verdict subscription_out(const RosterSubscriptionOut& event) {
        const Jid contact = event.presence.to().bare();
        const auto type = event.presence.type();
        if (find(event.account, contact) || (type != "subscribe" && type != "subscribed")) return Verdict::pass();
        if (full(event.account))
            return Verdict::refuse(StanzaError(Condition::resource_constraint, "the roster is full"));
        return Verdict::pass();
    }

    /// 2.5.2, and what is pending both ways: the contact must not go on believing in what is no more.
    void part(const Account& account, const Contact& contact) {
        if (contact.jid == account.bare()) return;
        if (contact.to() || contact.ask) host.route(presence("unsubscribe", account.bare(), contact.jid));
        if (!contact.from() && !contact.pending_in) return;
        if (contact.from())
            for (const auto& session : account.sessions())
                if (session->available()) host.route(presence("unavailable", session->jid(), contact.jid));
        host.route(presence("unsubscribed", account.bare(), contact.jid));
    }

    void deleting(const UserDeleting& event) {
        for (const auto& [key, contact] : contacts_.of(event.account)) part(event.account, contact);
    }

    // ---- Rows, versions, pushes -------------------------------------------------------------------------------------

    void store(Batch& batch, Account& account, Contact contact, bool always_push) {
        const Contact* before = find(account, contact.jid);
        const bool was_listed = before && before->listed;
        const bool changed = before ? !same_item(*before, contact) : contact.listed;
        const Jid jid = contact.jid;
        if (before) contact.version = before->version;
        if (changed && contact.listed) {
            contact.version = next_version(batch, account);
            if (removals_.find(account, jid.text())) removals_.erase(batch, account, jid.text());
        }
        if (contact.listed && (changed || always_push)) push(batch, account, item_of(contact), contact.version);
        contacts_.put(batch, account, std::string(jid.text()), std::move(contact));
        if (was_listed && changed && !find(account, jid)->listed)
            push(batch, account, removed_item(jid), forget(batch, account, jid));
        host.emit(RosterChanged{account, jid});
    }

    std::uint64_t next_version(Batch& batch, Account& account) {
        const auto next = version_.of(account).next(host.wall());
        version_.put(batch, account, next);
        return next.current;
    }

    /// Notes that a listed item is gone, for clients that come back with an older version; returns the new one.
    std::uint64_t forget(Batch& batch, Account& account, const Jid& jid) {
        const std::uint64_t version = next_version(batch, account);
        removals_.put(batch, account, std::string(jid.text()), roster::Removal(jid, version));
        if (removals_.of(account).size() <= roster::max_removals) return version;
        const roster::Removal oldest = roster::oldest(removals_.of(account));
        removals_.erase(batch, account, oldest.jid.text());
        auto kept = version_.of(account);
        kept.floor = std::max(kept.floor, oldest.version);
        version_.put(batch, account, kept);
        return version;
    }

    std::string version_text(const Account& account) const { return std::to_string(version_.of(account).current); }

    /// The pushes that bring a client from `known` to now; nothing where the whole roster is the better answer.
    std::optional<std::vector<xep::RosterQuery>> changes_since(const Account& account, std::string_view known) const {
        std::uint64_t since = 0;
        const auto [end, fault] = std::from_chars(known.data(), known.data() + known.size(), since);
        if (fault != std::errc() || end != known.data() + known.size()) return std::nullopt;
        const roster::Version version = version_.of(account);
        if (since < version.floor || since > version.current) return std::nullopt;
        std::map<std::uint64_t, xep::RosterItem> changed;
        std::size_t items = 0;
        for (const auto& [key, contact] : contacts_.of(account)) {
            if (!contact.listed) continue;
            ++items;
            if (contact.version > since) changed.emplace(contact.version, item_of(contact));
        }
        for (const auto& [key, removal] : removals_.of(account))
            if (removal.version > since) changed.emplace(removal.version, removed_item(removal.jid));
        if (changed.size() > items / 2 + 1) return std::nullopt; // a push costs more than an item
        std::vector<xep::RosterQuery> pushes;
        for (auto& [at, item] : changed) {
            xep::RosterQuery& query = pushes.emplace_back();
            query.ver = std::to_string(at);
            query.items.push_back(std::move(item));
        }
        return pushes;
    }

    static Stanza push_stanza(const xep::RosterQuery& query, const Jid& from) {
        xml::Builder builder;
        builder.open("iq").attr("type", "set").attr("id", "push-" + query.ver);
        query.encode(builder);
        return {builder.close().finish(), from, Jid()};
    }

    /// To those that are interested now; who asks for the roster until it is sent gets it with this change.
    void push(Batch& batch, Account& account, xep::RosterItem item, std::uint64_t version) {
        xep::RosterQuery query;
        query.ver = std::to_string(version);
        query.items.push_back(std::move(item));
        Stanza stanza;
        for (const auto& session : account.sessions()) {
            if (!session->interested()) continue;
            if (!stanza) stanza = push_stanza(query, account.bare());
            batch.then_send(*session, stanza.to(session->jid()));
        }
    }

    static void push_all(Session& session, const std::vector<xep::RosterQuery>& pushes) {
        for (const auto& query : pushes) session.send(push_stanza(query, session.account().bare()).to(session.jid()));
    }

    void features(StreamFeatures& event) {
        if (event.phase == StreamPhase::before_bind) event.features.open("ver", xep::roster::versioning_ns).close();
    }
};

} // namespace

EPODE_MODULE(Roster, .summary = "keeps the contact list (roster), with versions",
             .xeps = {{237, "1.3", complete, "now RFC 6121 section 2.6"}}, .rfcs = {{6121, "2"}})

} // namespace epode
