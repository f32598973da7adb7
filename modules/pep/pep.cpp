// SPDX-License-Identifier: MIT
// XEP-0163: every account is a publish-subscribe service (XEP-0060). What its owner publishes reaches his own devices
// and the contacts who see his presence, as far as their clients want it. Those are known where the contacts live: an
// event goes to a contact's bare address, one letter for each shard, and is handed to the right clients there.
#include "core/service/pep.hpp"

#include "core/module.hpp"
#include "modules/common/pubsub/engine.hpp"
#include "modules/common/pubsub/events.hpp"
#include "modules/common/pubsub/features.hpp"
#include "modules/pep/account_place.hpp"
#include "modules/pep/interests.hpp"
#include "xep/xep0030_disco.hpp"
#include "xep/xep0059_rsm.hpp"

#include <algorithm>

namespace epode {
namespace {

namespace protocol = xep::pubsub;
using pep::AccountPlace;
using pep::NodeNames;

/// What an account's nodes have beside what the engine does.
constexpr const char* own_features[] = {"access-presence", "auto-subscribe", "filtered-notifications", "last-published",
                                        "presence-subscribe"};

class Pep : public Module, public PepService {
public:
    explicit Pep(Host& on) : Module(on) {
        identity(Scope::account, "pubsub", "pep");
        feature(Scope::account, protocol::ns);
        feature(Scope::account, xep::rsm::ns);
        for (const auto name : pubsub::engine_features) feature(Scope::account, pubsub::feature_name(name));
        for (const auto* name : own_features) feature(Scope::account, pubsub::feature_name(name));
        // profanity up to 0.13 looks at the server alone.
        feature(Scope::server, pubsub::feature_name("publish-options"));
        on_get(&Pep::get<protocol::Request>, Scope::anyone);
        on_set(&Pep::set<protocol::Request>, Scope::anyone);
        on_get(&Pep::get<protocol::OwnerRequest>, Scope::anyone);
        on_set(&Pep::set<protocol::OwnerRequest>, Scope::anyone);
        this->on(phase::deliver, &Pep::hand_over);
        this->on(phase::notify, &Pep::accepted);
        this->on(&Pep::caps_changed);
        this->on(&Pep::gone);
        this->on(&Pep::info);
        this->on(&Pep::list);
        after(0s, &Pep::catch_up);
        provide<PepService>(*this);
    }

    // ---- For other modules ----------------------------------------------------------------------------------------

    std::optional<Readers> readers(const Account& account, std::string_view name) const override {
        const pubsub::Node* node = nodes_.nodes.find(account, name);
        if (!node) return std::nullopt;
        const bool others = std::ranges::any_of(node->affiliations, [](const auto& each) {
            return each.second != protocol::Affiliation::outcast && each.second != protocol::Affiliation::none;
        });
        switch (node->configuration.access) {
        case pubsub::Access::open:
            return Readers::everybody;
        case pubsub::Access::whitelist:
            return others ? Readers::some : Readers::owner;
        default:
            return Readers::some;
        }
    }
    Task<std::vector<protocol::Item>> items(std::shared_ptr<Account> account, std::string name) override {
        const auto inside = gate().enter();
        const pubsub::Node* node = nodes_.nodes.find(*account, name);
        if (!node) co_return std::vector<protocol::Item>();
        const pubsub::Node copy = *node;
        co_return co_await engine_.all(*account, copy);
    }
    Task<std::optional<protocol::Item>> item(std::shared_ptr<Account> account, std::string name,
                                             std::string id) override {
        const auto inside = gate().enter();
        const pubsub::Node* node = nodes_.nodes.find(*account, name);
        if (!node) co_return std::nullopt;
        const pubsub::Node copy = *node;
        co_return co_await engine_.one(*account, copy, std::move(id));
    }
    Task<std::optional<StanzaError>> ask(std::shared_ptr<Account> account, protocol::Request request) override {
        const auto inside = gate().enter();
        engine_.limit(limits());
        AccountPlace place(nodes_, interests_, *account);
        Jid asker = account->bare();
        const auto reply = co_await engine_.answer(place, std::move(asker), std::move(request));
        if (reply.failure()) co_return *reply.failure();
        co_return std::nullopt;
    }

private:
    // ---- Queries --------------------------------------------------------------------------------------------------

    template <typename Request> Task<Reply> get(Iq iq, Request request) {
        if (request.changes()) co_return error(Condition::bad_request, "this is asked in a set");
        co_return co_await ask(std::move(iq), std::move(request));
    }
    template <typename Request> Task<Reply> set(Iq iq, Request request) {
        if (!request.changes()) co_return error(Condition::bad_request, "this is asked in a get");
        co_return co_await ask(std::move(iq), std::move(request));
    }

    template <typename Request> Task<Reply> ask(Iq iq, Request request) {
        engine_.limit(limits());
        AccountPlace place(nodes_, interests_, iq.account());
        Jid asker = iq.from();
        co_return co_await engine_.answer(place, std::move(asker), std::move(request));
    }

    pubsub::Limits limits() const {
        return {*max_nodes_, *max_items_, *max_item_bytes_, *max_bytes_, *max_subscriptions_};
    }

    // ---- Events of contacts, where they arrive --------------------------------------------------------------------

    /// To the clients that want it. One for a full address has been sent to a client that asked.
    Verdict hand_over(Passage& passage) {
        const Stanza& stanza = passage.stanza;
        if (!stanza.is_message() || !stanza.to().is_bare()) return Verdict::pass();
        if (stanza.from().bare() == passage.account.bare() && stanza.from().is_full()) return decided(passage);
        if (stanza.type() != "headline") return Verdict::pass();
        if (!stanza.from().is_bare() || stanza.from().local().empty()) return Verdict::pass();
        const auto node = pubsub::node_of(stanza);
        if (node.empty()) return Verdict::pass();
        for (const auto& session : passage.account.sessions())
            if (session->available() && interests_.wants(*session, node)) session->send(stanza.to(session->jid()));
        return Verdict::take();
    }

    /// The owner answers who may subscribe (XEP-0060 section 8.6).
    Verdict decided(Passage& passage) {
        auto decision = pubsub::decision_in(passage.stanza);
        if (!decision) return Verdict::pass();
        if (decision->allowed)
            start(decide(host.active(passage.account.bare()), passage.stanza.from(), std::move(*decision),
                         passage.receipt()));
        return Verdict::take();
    }
    Task<> decide(std::shared_ptr<Account> account, Jid asker, pubsub::Decision decision, Ref<Receipt> receipt) {
        AccountPlace place(nodes_, interests_, *account);
        co_await engine_.decide(place, std::move(asker), std::move(decision));
        receipt = {};
    }

    // ---- The last items -------------------------------------------------------------------------------------------

    void caps_changed(const SessionCapsChanged& event) {
        if (auto task = interests_.changed(event.session, event.caps)) start(std::move(*task));
    }

    void gone(const PresenceGone& event) { interests_.forget(event.session); }

    /// A client's wishes are known: it gets the last item of each node it wants, of its own account and of the contacts
    /// whose presence it sees.
    void heard(Session& session, NodeNames wanted) {
        if (!session.available()) return;
        std::vector<Jid> contacts;
        if (const RosterService* roster = nodes_.roster.get())
            for (const auto& [text, contact] : roster->contacts(session.account()))
                if (contact.to() && host.serves(contact.jid) && contact.jid != session.account().bare())
                    contacts.push_back(contact.jid);
        start(send_own(session.shared_from_this(), wanted));
        seek(session.jid(), std::move(wanted), std::move(contacts));
    }

    /// A contact lets us see his presence from now on.
    void accepted(const Passage& passage) {
        const Stanza& stanza = passage.stanza;
        if (!passage.incoming() || !stanza.is_presence() || stanza.type() != "subscribed") return;
        const Jid contact = stanza.from().bare();
        const RosterService* roster = nodes_.roster.get();
        const Contact* known = roster ? roster->find(passage.account, contact) : nullptr;
        if (!known || !known->to() || !host.serves(contact)) return;
        for (const auto& session : passage.account.sessions())
            if (const NodeNames* wanted = interests_.of(*session); wanted && session->available())
                seek(session->jid(), *wanted, {contact});
    }

    void seek(const Jid& client, NodeNames wanted, std::vector<Jid> contacts) {
        if (!contacts.empty()) start(everywhere(&Pep::sought, client, std::move(wanted), std::move(contacts)));
    }

    /// On each shard: its accounts among `contacts`.
    void sought(Jid client, NodeNames wanted, std::vector<Jid> contacts) {
        std::erase_if(contacts, [this](const Jid& contact) { return !host.home_of(contact); });
        if (!contacts.empty()) start(send_to_contact(std::move(client), std::move(wanted), std::move(contacts)));
    }

    Task<> send_own(std::shared_ptr<Session> session, NodeNames wanted) {
        Account& account = session->account();
        for (const std::string& name : wanted) {
            const pubsub::Node* node = nodes_.nodes.find(account, name);
            if (!node || node->configuration.send_last != pubsub::SendLast::on_sub_and_presence) continue;
            const pubsub::Node copy = *node;
            const auto message = co_await engine_.last(account, name, copy);
            if (message) session->send(Stanza(message, account.bare(), session->jid()));
        }
    }

    Task<> send_to_contact(Jid client, NodeNames wanted, std::vector<Jid> owners) {
        for (const Jid& owner : owners) {
            const auto account = co_await host.activate(owner);
            if (!account) continue;
            AccountPlace place(nodes_, interests_, *account);
            for (const std::string& name : wanted) {
                const pubsub::Node* node = place.find(name);
                if (!node || node->configuration.send_last != pubsub::SendLast::on_sub_and_presence) continue;
                const auto who = place.standing(client);
                if (!who.sees_presence || pubsub::may_read(*node, who) || place.blocks(client)) continue;
                const pubsub::Node copy = *node;
                const auto message = co_await engine_.last(*account, name, copy);
                if (message) host.route(Stanza(message, account->bare(), client));
            }
        }
    }

    /// Clients that are there already when this module comes.
    void catch_up() {
        for (const auto& account : host.active_accounts())
            for (const auto& session : account->sessions()) {
                if (!session->available() || interests_.of(*session)) continue;
                const auto element = session->presence().root().child("c", xep::caps::ns);
                if (!element) continue;
                if (auto task = interests_.changed(*session, element)) start(std::move(*task));
            }
    }

    // ---- Discovery ------------------------------------------------------------------------------------------------

    /// A node of that account which that one may read; null where there is none.
    const pubsub::Node* visible(const Jid& from, const Jid& target, std::string_view name) {
        const auto account = host.active(target.bare());
        if (!account) return nullptr;
        AccountPlace place(nodes_, interests_, *account);
        const pubsub::Node* node = place.find(name);
        return node && !pubsub::may_read(*node, place.standing(from)) ? node : nullptr;
    }

    void info(DiscoInfo& event) {
        if (event.scope != Scope::account || event.node.empty()) return;
        const pubsub::Node* node = visible(event.from, event.target, event.node);
        if (!node) return;
        event.known_node = true;
        engine_.limit(limits());
        xep::disco::Identity("pubsub", "leaf", node->configuration.title).encode(event.query);
        event.query.open("feature").attr("var", protocol::ns).close();
        pubsub::metadata_of(*node, engine_.bounds()).encode(event.query);
    }

    void list(DiscoItems& event) {
        if (event.scope != Scope::account) return;
        if (!event.node.empty()) {
            event.known_node = event.known_node || visible(event.from, event.target, event.node);
            return;
        }
        const auto account = host.active(event.target.bare());
        if (!account) return;
        AccountPlace place(nodes_, interests_, *account);
        const auto who = place.standing(event.from);
        for (const auto& [name, node] : place.nodes())
            if (!pubsub::may_read(node, who))
                xep::disco::Item(account->bare(), name, node.configuration.title).encode(event.query);
    }

    Setting<std::uint64_t> max_nodes_{*this, "max-nodes", 1000, {.min = 1, .help = "nodes of an account"}};
    Setting<std::uint64_t> max_items_{
        *this, "max-items", 1000, {.min = 1, .max = 100'000, .help = "items of a node, what 'max' means"}};
    Setting<ByteSize> max_item_bytes_{
        *this, "max-item-bytes", 256_KiB, {.min = 1_KiB, .max = 10_MiB, .help = "largest payload"}};
    Setting<ByteSize> max_bytes_{*this, "max-bytes", 64_MiB, {.min = 64_KiB, .help = "all items of an account"}};
    Setting<std::uint64_t> max_subscriptions_{
        *this, "max-subscriptions", 1000, {.min = 1, .help = "subscriptions that others asked for, of a node"}};
    pep::AccountNodes nodes_{*this};
    pep::Interests interests_{*this, [this](Session& session, NodeNames wanted) { heard(session, std::move(wanted)); }};
    pubsub::Engine engine_{*this, host};
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Pep, .summary = "what users publish of themselves (personal eventing)",
             .xeps = {{60, "1.30.0", epode::partial, "of accounts; no collections, subscription options or leases"},
                      {163, "1.2.2"},
                      {115, "1.6.0"},
                      {222, "1.0"},
                      {223, "1.1.1"}},
             .depends = {"disco"})
