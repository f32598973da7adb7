// SPDX-License-Identifier: MIT
// RFC 6121 sections 3 and 4: who may see whom, and who hears of whom. Presence goes to those who are subscribed, to the
// user's own sessions and to those it was directed to; nobody else learns anything.
#include "core/module.hpp"
#include "core/service/blocking.hpp"
#include "core/service/roster.hpp"
#include "modules/presence/directed.hpp"
#include "modules/presence/stanzas.hpp"
#include "modules/presence/subscriptions.hpp"

namespace epode {

namespace {

using presence::Directed;
using presence::each_available;
using presence::make;
using presence::RequestLimits;
using presence::subscription_type;
using presence::Subscriptions;

constexpr std::string_view pre_approval_ns = "urn:xmpp:features:pre-approval";

bool known_type(std::string_view type) {
    return type.empty() || type == "unavailable" || type == "probe" || type == "error" || subscription_type(type);
}

class Presence : public Module {
    Setting<std::size_t> max_directed{
        *this,
        "max-directed",
        1000,
        {.min = 1, .help = "to how many addresses a session may direct presence (rooms count)"}};
    Setting<std::size_t> max_requests{
        *this, "max-requests", 1000, {.min = 1, .help = "subscription requests that wait for an account's answer"}};
    Setting<ByteSize> request_size{
        *this, "request-size", 4_KiB, {.min = ByteSize{256}, .help = "a larger request is kept without its extras"}};
    Setting<bool> answer_offline{
        *this, "answer-offline", true, {.help = "tell contacts who ask that an account has nobody online"}};
    Setting<bool> queries_from_strangers{
        *this,
        "queries-from-strangers",
        true,
        {.help = "deliver a query to a device from one who may not see its presence; false keeps to the letter of RFC "
                 "6121 8.5.3.1, and ends calls and file transfers between people who are not contacts"}};

    PerSession<Directed> directed_{*this, "directed"};
    Use<RosterService> roster_{*this};
    Use<BlockingService> blocking_{*this};

public:
    explicit Presence(Host& domain) : Module(domain) {
        on(phase::admit, &Presence::admit);
        on(phase::amend, &Presence::stamp);
        on(phase::store, &Presence::store);
        on(phase::deliver, &Presence::deliver);
        on(phase::notify, &Presence::notify);
        on(&Presence::initial);
        on(&Presence::changed);
        on(&Presence::gone);
        on(&Presence::features);
    }

private:
    // ---- On the way -------------------------------------------------------------------------------------------------

    Verdict admit(const Passage& passage) {
        const Stanza& stanza = passage.stanza;
        if (stanza.is_iq()) return *queries_from_strangers ? Verdict::pass() : admit_query(passage);
        if (!stanza.is_presence()) return Verdict::pass();
        const auto type = stanza.type();
        if (!known_type(type))
            return Verdict::refuse(StanzaError(Condition::bad_request, "no such type of presence")); // 4.7.1
        if (subscription_type(type)) return admit_subscription(passage);
        if (!passage.outgoing() || !passage.session || !type.empty()) return Verdict::pass();
        const Directed* sent = directed_.find(*passage.session);
        if (!sent || sent->size() < max_directed || sent->contains(stanza.to())) return Verdict::pass();
        return Verdict::refuse(
            StanzaError(Condition::resource_constraint, "presence is directed to too many addresses"));
    }

    /// RFC 6121 8.5.3.1, without `queries-from-strangers`: a device answers those with whom it shares its presence; to
    /// others it looks like one that is not there. The server itself, and what speaks for it, knows anyway.
    Verdict admit_query(const Passage& passage) const {
        const Stanza& stanza = passage.stanza;
        if (!passage.incoming() || !stanza.to().is_full() || !roster_) return Verdict::pass();
        if (const auto type = stanza.type(); type != "get" && type != "set") return Verdict::pass();
        const Jid& from = stanza.from();
        const Account& account = passage.account;
        if (from.local().empty() && from.domain() == account.bare().domain()) return Verdict::pass();
        const Jid bare = from.bare();
        if (bare == account.bare()) return Verdict::pass();
        if (const Contact* contact = roster_->find(account, bare); contact && contact->from()) return Verdict::pass();
        if (const Session* session = account.session(stanza.to().resource())) {
            const Directed* sent = directed_.find(*session);
            if (sent && sent->contains_bare(bare)) return Verdict::pass();
        }
        return Verdict::refuse(StanzaError(Condition::service_unavailable));
    }

    Verdict admit_subscription(const Passage& passage) {
        const Jid& other = passage.outgoing() ? passage.stanza.to() : passage.stanza.from();
        if (other.bare() == passage.account.bare()) return Verdict::pass();
        if (passage.outgoing()) return host.emit(RosterSubscriptionOut{passage.account, passage.stanza});
        return host.emit(RosterSubscriptionIn{passage.account, passage.stanza});
    }

    /// 3 (implementation note) and 3.1.2 rule 1: subscriptions are between bare JIDs.
    void stamp(Passage& passage) {
        const Stanza& stanza = passage.stanza;
        if (!passage.outgoing() || !stanza.is_presence() || !subscription_type(stanza.type())) return;
        passage.stanza = stanza.addressed(passage.account.bare(), stanza.to().bare());
    }

    void store(Passage& passage) {
        if (!passage.outgoing() || !passage.stanza.is_presence()) return;
        const auto type = subscription_type(passage.stanza.type());
        if (!type || !roster_) return;
        if (type == presence::Type::unsubscribed) { // takes precedence over directed presence (4.6.1)
            for (const auto& session : passage.account.sessions())
                if (directed_.find(*session)) directed_.of(*session).erase_bare(passage.stanza.to());
        }
        Subscriptions(host, *roster_.get()).out(passage, *type);
    }

    Verdict deliver(Passage& passage) {
        const Stanza& stanza = passage.stanza;
        if (!passage.incoming() || !stanza.is_presence() || !roster_) return Verdict::pass();
        const auto type = stanza.type();
        if (type == "probe") {
            answer(passage);
            return Verdict::take();
        }
        if (const auto change = subscription_type(type)) {
            // 8.5.3: of what is addressed to a resource that is not there only a request counts.
            const bool stray = stanza.to().is_full() && !passage.account.session(stanza.to().resource());
            if (!stray || change == presence::Type::subscribe)
                Subscriptions(host, *roster_.get())
                    .in(passage, *change, RequestLimits{max_requests, (*request_size).bytes});
            return Verdict::take();
        }
        if (type != "error" || stanza.to().is_full()) return Verdict::pass();
        // What a request of the bare JID met with (3.1.2): for whoever is there.
        each_available(passage.account, [&](Session& session) { session.send(stanza); });
        return Verdict::take();
    }

    void notify(const Passage& passage) {
        const Stanza& stanza = passage.stanza;
        if (!stanza.is_presence()) return;
        const auto type = stanza.type();
        if (passage.incoming()) {
            if (type == "unavailable") forget_directed(passage.account, stanza);
            return;
        }
        if (passage.session && type.empty()) {
            directed_.of(*passage.session).add(stanza.to());
        } else if (passage.session && type == "unavailable" && directed_.find(*passage.session)) {
            directed_.of(*passage.session).erase(stanza.to());
        }
    }

    /// 4.6.1: whoever goes away need not hear from us any more.
    /// What a room says to one client that has left does not concern another one that is still in.
    void forget_directed(const Account& account, const Stanza& gone) {
        for (const auto& session : account.sessions()) {
            if (gone.to().is_full() && gone.to() != session->jid()) continue;
            if (const auto* sent = directed_.find(*session); sent && sent->contains(gone.from()))
                directed_.of(*session).erase(gone.from());
        }
    }

    // ---- Probes (4.3.2, 4.6.6) --------------------------------------------------------------------------------------

    void answer(const Passage& passage) {
        const Account& account = passage.account;
        const Jid& from = passage.stanza.from();
        const Contact* contact = roster_->find(account, from.bare());
        if (from.bare() != account.bare() && !(contact && contact->from())) return answer_stranger(passage);
        if (passage.stanza.to().is_full()) return answer_for_resource(passage);
        each_available(
            account, [&](Session& session) { host.route(session.presence().addressed(session.jid(), from), passage); });
        if (!account.any_available() && answer_offline)
            host.route(make("unavailable", passage.stanza.id(), account.bare(), from), passage);
    }

    /// Mere availability of that one resource.
    void answer_for_resource(const Passage& passage) {
        const Session* session = passage.account.session(passage.stanza.to().resource());
        if (session && session->available())
            host.route(make({}, {}, session->jid(), passage.stanza.from()), passage);
        else
            host.route(make("unavailable", passage.stanza.id(), passage.stanza.to(), passage.stanza.from()), passage);
    }

    /// Mere availability of the resources that directed presence to whoever asks; nobody else learns more than that
    /// there is no subscription, which is also what is said where there is no account.
    void answer_stranger(const Passage& passage) {
        const Stanza& probe = passage.stanza;
        bool answered = false;
        for (const auto& session : passage.account.sessions()) {
            const Directed* sent = directed_.find(*session);
            if (!sent || !sent->contains(probe.from())) continue;
            if (probe.to().is_full() && probe.to() != session->jid()) continue;
            host.route(make({}, {}, session->jid(), probe.from()), passage);
            answered = true;
        }
        if (!answered) host.route(make("unsubscribed", probe.id(), passage.account.bare(), probe.from()), passage);
    }

    // ---- Broadcast (4.2, 4.4, 4.5) ----------------------------------------------------------------------------------

    /// Blocked contacts see the user offline (XEP-0191 section 3.3).
    bool blocks(const Account& account, const Jid& contact) const {
        return blocking_ && blocking_->blocks(account, contact);
    }

    void broadcast(const Session& session, const Stanza& stanza) {
        const Account& account = session.account();
        if (roster_)
            for (const auto& [key, contact] : roster_->contacts(account))
                if (contact.from() && !blocks(account, contact.jid))
                    host.route(stanza.addressed(session.jid(), contact.jid));
        each_available(account, [&](Session& other) { other.send(stanza.addressed(session.jid(), other.jid())); });
    }

    void initial(const PresenceInitial& event) {
        Session& session = event.session;
        const Account& account = session.account();
        broadcast(session, event.presence);
        bool first = true;
        each_available(account, [&](Session& other) {
            if (&other == &session) return;
            first = false;
            session.send(other.presence().addressed(other.jid(), session.jid()));
        });
        if (!roster_) return;
        probe(account);
        Subscriptions(host, *roster_.get()).remind(session, first);
    }

    void probe(const Account& account) {
        const Stanza question = make("probe", "probe-" + random_id(48), account.bare(), Jid());
        for (const auto& [key, contact] : roster_->contacts(account))
            if (contact.to()) host.route(question.to(contact.jid));
    }

    void changed(const PresenceChanged& event) { broadcast(event.session, event.presence); }

    void gone(const PresenceGone& event) {
        Session& session = event.session;
        const Account& account = session.account();
        if (event.was_available) {
            broadcast(session, event.presence);
            if (!session.available()) session.send(event.presence.addressed(session.jid(), session.jid()));
        }
        const Directed* sent = directed_.find(session);
        if (!sent) return;
        for (const Jid& other : sent->all()) {
            const Contact* contact = roster_ ? roster_->find(account, other.bare()) : nullptr;
            const bool told = event.was_available && (other.bare() == account.bare() || (contact && contact->from()));
            if (!told) host.route(event.presence.addressed(session.jid(), other));
        }
        directed_.erase(session);
    }

    void features(StreamFeatures& event) {
        if (event.phase == StreamPhase::before_bind) event.features.open("sub", pre_approval_ns).close();
    }
};

} // namespace

EPODE_MODULE(Presence, .summary = "subscriptions and presence", .rfcs = {{6121, "3, 4"}}, .depends = {"roster"})

} // namespace epode
