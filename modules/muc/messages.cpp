// SPDX-License-Identifier: MIT
// What is said: to everybody, to one, and the subject (XEP-0045 sections 7.4, 7.5, 8.1).
#include "modules/muc/room.hpp"
#include "xep/xep0203_delay.hpp"
#include "xep/xep0359_sid.hpp"

#include <algorithm>
#include <array>

namespace epode::muc {

namespace {

using xep::muc::occupant_id_ns;

constexpr std::size_t most_spoken = 10'000; ///< whose last message slow mode remembers

/// Section 17.5, "Ghost Users": what says that the one it was sent to is gone. core's answer for a session that ended
/// is service-unavailable.
bool means_gone(xml::Element error) {
    constexpr std::array<std::string_view, 8> conditions{
        "gone",          "item-not-found",        "recipient-unavailable", "redirect", "remote-server-not-found",
        "jid-malformed", "remote-server-timeout", "service-unavailable"};
    return std::ranges::any_of(conditions, [&](std::string_view name) { return bool(error.child(name, ns::stanzas)); });
}

StanzaError outside() { return StanzaError(Condition::not_acceptable, "you are not in the room"); }

/// What those who come later are shown. A chat state, a marker or a reaction says nothing without the rest.
bool is_historic(xml::Element message) { return message.child("body") && !message.child("no-store", "urn:xmpp:hints"); }

} // namespace

Verdict Room::message(Arrival& arrival) {
    const Stanza& stanza = arrival.stanza;
    Occupant* sender = find(stanza.from());
    if (stanza.is_error()) {
        if (!sender) {
            not_invited(stanza);
        } else if (means_gone(stanza.root().child("error"))) {
            leave(stanza.from(), Stanza(), {xep::muc::status::technical});
        } else if (const Occupant* to = by_nick(stanza.to().resource())) {
            const Stanza told = clean(stanza, false).from(sender->address); // it could not take a private message
            for (const Visit& visit : to->visits) host_.route(told.to(visit.jid));
        }
        return Verdict::take();
    }
    if (locked_ && sender) return Verdict::refuse(StanzaError(Condition::item_not_found, "the room is locked"));
    if (stanza.to().is_full()) return whisper(arrival);
    if (stanza.type() == "groupchat") return groupchat(arrival);
    return mediate(arrival);
}

/// Without what only the room says. An owner may bring messages of another conversation, with their time (section 7.8).
Stanza Room::clean(const Stanza& stanza, bool owner) const {
    const auto clean = xep::without_stanza_id(stanza, jid_);
    return clean.without_children([&](xml::Element child) {
        if (child.ns() == xep::muc::user_ns || child.ns() == occupant_id_ns) return true;
        if (!child.is(xep::Delay::name, xep::Delay::ns)) return false;
        const auto by = Jid::parse(child.attr("from"));
        return !owner || !by || by->bare() == jid_;
    });
}

Stanza Room::marked(const Stanza& stanza, const Occupant& sender) const {
    xml::Builder builder;
    builder.open("occupant-id", occupant_id_ns).attr("id", sender.id).close();
    const auto mark = builder.finish();
    const Stanza cleaned = clean(stanza, affiliation(sender.bare) == Affiliation::owner);
    return cleaned.with_child(xml::Element::root(mark)).addressed(sender.address, Jid());
}

void Room::send_all(const Stanza& stanza, const Jid& but) const {
    std::vector<Jid> clients;
    clients.reserve(nicks_.size());
    for (const auto& [nick, occupant] : occupants_)
        for (const Visit& visit : occupant.visits)
            if (visit.jid != but) clients.push_back(visit.jid);
    host_.route(stanza, std::move(clients));
}

Verdict Room::groupchat(Arrival& arrival) {
    const Stanza& stanza = arrival.stanza;
    Occupant* sender = find(stanza.from());
    if (!sender) return Verdict::refuse(outside());
    const auto root = stanza.root();
    const bool body = bool(root.child("body"));
    if (root.child("subject") && !body && !root.child("thread")) return change_subject(arrival, *sender);
    if (sender->role < Role::participant)
        return Verdict::refuse(StanzaError(Condition::forbidden, "only those who have voice may speak here"));
    if (config_.slow_mode > 0 && body && too_soon(*sender))
        return Verdict::refuse(StanzaError(Condition::policy_violation, ErrorType::wait,
                                           "This room is in slow mode: wait " + std::to_string(config_.slow_mode) +
                                               " seconds between messages."));
    retract(arrival, *sender);
    if (body) speaks(*sender);
    last_id_ = host_.next_id();
    const Stanza said = xep::with_stanza_id(marked(stanza, *sender), xep::StanzaId(last_id_.text(), jid_));
    // Its sender's own copy holds the acknowledgement: by then the others have theirs before them. Not each copy does,
    // or one client that does not read would stop everybody.
    send_all(said, stanza.from());
    host_.route(said.to(stanza.from()), arrival);
    if (auto* archived = archive(); archived && archived->worth_keeping(stanza))
        archive(arrival.batch(), Said(last_id_, said), stanza.from());
    if (lasts(stanza)) tell_members(Said(last_id_, said), stanza.from().bare(), arrival.receipt());
    if (config_.forwards_mentions) forward_mentions(arrival, Said(last_id_, said));
    if (is_historic(root)) keep(Said(last_id_, said), arrival);
    return Verdict::take();
}

/// Whether it is worth anything to who is not here. Where there are archives it is as they see it, also of a room that
/// keeps none.
bool Room::lasts(const Stanza& message) const {
    const auto* archives = records_.archive();
    return archives ? archives->worth_keeping(message) : is_historic(message.root());
}

/// XEP-0500: of one user, whatever his clients and nicks.
bool Room::too_soon(const Occupant& sender) {
    if (affiliation(sender.bare) >= Affiliation::admin) return false;
    const Instant now = host_.now();
    const auto wait = std::chrono::seconds(config_.slow_mode);
    if (const auto last = spoke_.find(sender.bare); last != spoke_.end() && now < last->second + wait) return true;
    if (spoke_.size() >= most_spoken)
        std::erase_if(spoke_, [&](const auto& entry) { return now >= entry.second + wait; });
    spoke_.insert_or_assign(sender.bare, now);
    return false;
}

void Room::keep(Said said, Arrival& arrival) {
    if (keeps()) records_.put(arrival.batch(), key_, said);
    for (const OrderedId& gone : history_.add(std::move(said), limits_.history))
        if (keeps()) records_.erase(arrival.batch(), key_, gone);
}

/// XEP-0424: what its author takes back is not shown to those who come later.
void Room::retract(Arrival& arrival, const Occupant& sender) {
    const auto retraction = arrival.stanza.root().child("retract", xep::retract_ns);
    if (!retraction) return;
    const auto id = OrderedId::parse(retraction.attr("id"));
    if (!id) return;
    if (const Said* said = history_.find(retraction.attr("id"))) {
        if (!(said->message.root().child("occupant-id", occupant_id_ns).attr("id") == sender.id)) return;
        if (keeps()) records_.erase(arrival.batch(), key_, *id);
        history_.erase(*id);
    }
    if (archive()) retractions_.push_back({*id, sender.id, arrival.stanza.id().str(), arrival.receipt()});
}

Verdict Room::change_subject(Arrival& arrival, const Occupant& sender) {
    const bool may = sender.role == Role::moderator || (config_.change_subject && sender.role == Role::participant);
    if (!may) return Verdict::refuse(StanzaError(Condition::forbidden, "the subject is for moderators"));
    last_id_ = host_.next_id();
    subject_ = xep::with_stanza_id(marked(arrival.stanza, sender), xep::StanzaId(last_id_.text(), jid_));
    subject_since_ = host_.wall();
    archive(arrival.batch(), Said(last_id_, *subject_), arrival.stanza.from());
    send_all(*subject_);
    if (keeps()) put_record(arrival.batch());
    return Verdict::take();
}

Verdict Room::whisper(Arrival& arrival) {
    const Stanza& stanza = arrival.stanza;
    if (stanza.type() == "groupchat")
        return Verdict::refuse(StanzaError(Condition::bad_request, "what is for one is not for all"));
    Occupant* sender = find(stanza.from());
    if (!sender) return Verdict::refuse(outside());
    const Occupant* to = by_nick(stanza.to().resource());
    if (!to) return Verdict::refuse(StanzaError(Condition::item_not_found, "there is nobody of that nick"));
    const bool may = config_.private_messages == Private::anyone ||
                     (config_.private_messages == Private::participants && sender->role >= Role::participant) ||
                     (config_.private_messages == Private::moderators && sender->role == Role::moderator);
    if (!may) return Verdict::refuse(StanzaError(Condition::forbidden, "no private messages in this room"));
    if (stanza.root().child("body")) speaks(*sender);
    xml::Builder builder;
    builder.open("x", xep::muc::user_ns).close();
    const auto mark = builder.finish();
    const Stanza said = marked(stanza, *sender).with_child(xml::Element::root(mark));
    for (const Visit& visit : to->visits) host_.route(said.to(visit.jid), arrival);
    return Verdict::take();
}

} // namespace epode::muc
