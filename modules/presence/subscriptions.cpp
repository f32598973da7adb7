// SPDX-License-Identifier: MIT
#include "modules/presence/subscriptions.hpp"

#include "modules/presence/stanzas.hpp"

#include <algorithm>

namespace epode::presence {

Contact Subscriptions::contact(const Account& account, const Jid& bare) const {
    if (const Contact* found = roster_.find(account, bare)) return *found;
    Contact fresh;
    fresh.jid = bare;
    return fresh;
}

void Subscriptions::out(Passage& passage, Type type) {
    Account& account = passage.account;
    const Jid to = passage.stanza.to().bare();
    if (to == account.bare()) return; // everyone sees himself; his own account takes it
    const Contact known = contact(account, to);
    const Outcome outcome = outbound(type, state_of(known));
    // 3.2.2: while the contact may still see it.
    if (type == Type::unsubscribed && known.from()) send_unavailable(passage, to);
    apply(passage, known, outcome);
    if (!outcome.pass)
        passage.stanza = passage.stanza.to(account.bare());
    else if (type == Type::subscribed)
        show(passage, to);
}

void Subscriptions::in(Passage& passage, Type type, RequestLimits limits) {
    Account& account = passage.account;
    const Jid from = passage.stanza.from().bare();
    if (from == account.bare()) return;
    Contact known = contact(account, from);
    const Outcome outcome = inbound(type, state_of(known), known.approved);
    if (type == Type::subscribe && outcome.pass) {
        if (too_many_requests(account, known, limits)) return;
        const Stanza request = passage.stanza.addressed(from, account.bare());
        known.request = request.bytes();
        if (known.request.size() > limits.bytes)
            known.request = make("subscribe", request.id(), from, account.bare()).bytes();
    }
    if (outcome.pass) deliver(passage, known, type);
    if (type == Type::unsubscribe && known.from()) send_unavailable(passage, from); // 3.3.3
    apply(passage, known, outcome);
    if (!outcome.reply) return;
    if (*outcome.reply == Type::subscribed) show(passage, from);
    host_.route_onward(make(name(*outcome.reply), passage.stanza.id(), account.bare(), from), passage);
}

void Subscriptions::apply(Passage& passage, Contact contact, const Outcome& outcome) {
    const bool known = roster_.find(passage.account, contact.jid) != nullptr;
    const bool unchanged = outcome.next == state_of(contact);
    if (unchanged && (outcome.approval == Approval::keep || contact.approved == (outcome.approval == Approval::grant)))
        return;
    set_state(contact, outcome.next);
    if (outcome.approval == Approval::grant) contact.approved = contact.listed = true;
    if (outcome.approval == Approval::cancel) contact.approved = false;
    if (contact.listed || contact.pending_in)
        roster_.put(passage.batch(), passage.account, std::move(contact));
    else if (known)
        roster_.remove(passage.batch(), passage.account, contact.jid);
}

void Subscriptions::deliver(Passage& passage, const Contact& contact, Type type) {
    const Stanza stanza = passage.stanza.addressed(contact.jid, passage.account.bare());
    for (const auto& session : passage.account.sessions())
        if (type == Type::subscribe ? session->available() : session->interested())
            passage.batch().then_send(*session, stanza);
}

bool Subscriptions::too_many_requests(const Account& account, const Contact& contact, RequestLimits limits) const {
    if (contact.pending_in) return false;
    const auto pending =
        std::ranges::count_if(roster_.contacts(account), [](const auto& row) { return row.second.pending_in; });
    return static_cast<std::size_t>(pending) >= limits.count;
}

/// As if the contact had asked: the answer is what is true when the change is durable.
void Subscriptions::show(Passage& passage, const Jid& to) {
    Account& account = passage.account;
    if (account.any_available())
        passage.batch().then_route(account, make("probe", "show-" + random_id(48), to, account.bare()),
                                   passage.receipt());
}

void Subscriptions::send_unavailable(const Passage& passage, const Jid& to) {
    each_available(passage.account,
                   [&](Session& session) { host_.route(make("unavailable", {}, session.jid(), to), passage); });
}

void Subscriptions::remind(Session& session, bool first) {
    const Account& account = session.account();
    for (const auto& [key, contact] : roster_.contacts(account)) {
        if (contact.pending_in)
            if (auto request = Stanza::from_bytes(contact.request)) session.send(request->to(account.bare()));
        if (contact.ask && first && !host_.serves(contact.jid))
            host_.route(make("subscribe", "again-" + random_id(48), account.bare(), contact.jid));
    }
}

} // namespace epode::presence
