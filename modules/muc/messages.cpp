// SPDX-License-Identifier: MIT
// What is said: to everybody, to one, and to the room itself: subject, invitations, requests for voice (XEP-0045
// sections 7.4 to 7.8, 7.13, 8.1, 8.6).
#include "modules/muc/room.hpp"
#include "xep/xep0359_sid.hpp"

#include <algorithm>
#include <array>

namespace epode::muc {

namespace {

using xep::muc::occupant_id_ns;

/// Section 18.6 of the specification's business rules: what says that the one it was sent to is gone. core's answer
/// for a session that ended is service-unavailable.
bool means_gone(xml::Element error) {
    constexpr std::array<std::string_view, 8> conditions{
        "gone",          "item-not-found",        "recipient-unavailable", "redirect", "remote-server-not-found",
        "jid-malformed", "remote-server-timeout", "service-unavailable"};
    return std::ranges::any_of(conditions, [&](std::string_view name) { return bool(error.child(name, ns::stanzas)); });
}

StanzaError outside() { return StanzaError(Condition::not_acceptable, "you are not in the room"); }

} // namespace

Verdict Room::message(const Stanza& stanza) {
    const Occupant* sender = find(stanza.from());
    if (stanza.is_error()) {
        if (sender && means_gone(stanza.root().child("error")))
            leave(stanza.from(), Stanza(), {xep::muc::status::technical});
        return Verdict::take();
    }
    if (stanza.to().is_full()) return whisper(stanza);
    if (stanza.type() == "groupchat") return groupchat(stanza);
    return mediate(stanza);
}

/// Without what only the room says.
Stanza Room::clean(const Stanza& stanza) const {
    const auto clean = xep::without_stanza_id(stanza, jid_);
    return clean.without_children([](xml::Element child) {
        return child.ns() == xep::muc::user_ns || child.ns() == occupant_id_ns || child.is("delay", "urn:xmpp:delay");
    });
}

void Room::send_all(const Stanza& stanza) const {
    for (const auto& [nick, occupant] : occupants_)
        for (const Visit& visit : occupant.visits) host_.route(stanza.to(visit.jid));
}

Verdict Room::groupchat(const Stanza& stanza) {
    const Occupant* sender = find(stanza.from());
    if (!sender) return Verdict::refuse(outside());
    const auto root = stanza.root();
    const bool body = bool(root.child("body"));
    if (root.child("subject") && !body && !root.child("thread")) return change_subject(stanza, *sender);
    if (sender->role < Role::participant)
        return Verdict::refuse(StanzaError(Condition::forbidden, "only those who have voice may speak here"));
    xml::Builder builder;
    builder.open("occupant-id", occupant_id_ns).attr("id", sender->id).close();
    const auto mark = builder.finish();
    last_id_ = OrderedId::next(host_.wall(), last_id_);
    const Stanza marked = clean(stanza).with_child(xml::Element::root(mark));
    const Stanza said =
        xep::with_stanza_id(marked, xep::StanzaId(last_id_.text(), jid_)).addressed(sender->address, Jid());
    send_all(said);
    if (body) history_.add(Said(said, host_.wall()), limits_.history);
    return Verdict::take();
}

Verdict Room::change_subject(const Stanza& stanza, const Occupant& sender) {
    const bool may = sender.role == Role::moderator || (config_.change_subject && sender.role == Role::participant);
    if (!may) return Verdict::refuse(StanzaError(Condition::forbidden, "the subject is for moderators"));
    subject_ = clean(stanza).addressed(sender.address, Jid());
    subject_since_ = host_.wall();
    send_all(subject_);
    return Verdict::take();
}

Verdict Room::whisper(const Stanza& stanza) {
    if (stanza.type() == "groupchat") return Verdict::refuse(StanzaError(Condition::bad_request));
    const Occupant* sender = find(stanza.from());
    if (!sender) return Verdict::refuse(outside());
    const Occupant* to = by_nick(stanza.to().resource());
    if (!to) return Verdict::refuse(StanzaError(Condition::item_not_found, "there is nobody of that nick"));
    const bool may = config_.private_messages == Private::anyone ||
                     (config_.private_messages == Private::participants && sender->role >= Role::participant) ||
                     (config_.private_messages == Private::moderators && sender->role == Role::moderator);
    if (!may) return Verdict::refuse(StanzaError(Condition::forbidden, "no private messages in this room"));
    xml::Builder builder;
    builder.open("x", xep::muc::user_ns).close();
    const auto mark = builder.finish();
    const Stanza said = clean(stanza).with_child(xml::Element::root(mark)).from(sender->address);
    for (const Visit& visit : to->visits) host_.route(said.to(visit.jid));
    return Verdict::take();
}

Verdict Room::mediate(const Stanza& stanza) {
    const auto user = stanza.root().child("x", xep::muc::user_ns);
    if (const auto declined = user.child("decline")) return decline(stanza, declined);
    const Occupant* sender = find(stanza.from());
    if (!sender) return Verdict::refuse(outside());
    if (user.child("invite")) return invite(stanza, *sender, user);
    if (const auto form = stanza.root().child(xep::Form::name, xep::Form::ns)) return voice(stanza, *sender, form);
    return Verdict::refuse(StanzaError(Condition::bad_request, "rooms take messages of type groupchat"));
}

Verdict Room::invite(const Stanza&, const Occupant& sender, xml::Element user) {
    const Affiliation what = affiliation(sender.bare);
    if (sender.role < Role::participant ||
        (config_.members_only && what < (config_.invites ? Affiliation::member : Affiliation::admin)))
        return Verdict::refuse(StanzaError(Condition::forbidden, "you may not invite"));
    for (const xml::Element child : user.children()) {
        if (!child.is("invite", xep::muc::user_ns)) continue;
        const auto to = Jid::parse(child.attr("to"));
        if (!to) return Verdict::refuse(StanzaError(Condition::jid_malformed));
        if (affiliation(*to) == Affiliation::outcast) return Verdict::refuse(StanzaError(Condition::forbidden));
        if (config_.members_only && affiliation(*to) == Affiliation::none) {
            if (affiliations_.size() >= limits_.affiliations)
                return Verdict::refuse(StanzaError(Condition::resource_constraint));
            set_affiliation(to->bare(), Affiliation::member, Change());
        }
        if (invited_.size() < limits_.affiliations) invited_.insert(to->bare());
        xml::Builder builder;
        builder.open("message").attr("id", random_id()).open("x", xep::muc::user_ns);
        builder.open("invite").attr("from", (config_.non_anonymous ? sender.bare : sender.address).text());
        builder.append_inner(child).close();
        if (config_.password_protected) builder.leaf("password", config_.password);
        host_.route(Stanza(builder.close().close().finish(), jid_, *to));
    }
    return Verdict::take();
}

/// To whoever invited: in the room by nick, or by address.
Verdict Room::decline(const Stanza& stanza, xml::Element decline) {
    const auto to = Jid::parse(decline.attr("to"));
    if (!to) return Verdict::refuse(StanzaError(Condition::jid_malformed));
    if (invited_.erase(stanza.from().bare()) == 0)
        return Verdict::refuse(StanzaError(Condition::not_acceptable, "you were not invited"));
    xml::Builder builder;
    builder.open("message").attr("id", random_id()).open("x", xep::muc::user_ns);
    builder.open("decline").attr("from", stanza.from().bare().text()).append_inner(decline).close();
    const Stanza told(builder.close().close().finish(), jid_, Jid());
    for (const auto& [nick, occupant] : occupants_)
        if (occupant.address == *to || occupant.bare == to->bare())
            for (const Visit& visit : occupant.visits) host_.route(told.to(visit.jid));
    return Verdict::take();
}

/// Sections 7.13 and 8.6: a visitor asks the moderators, a moderator answers the form.
Verdict Room::voice(const Stanza& stanza, const Occupant& sender, xml::Element element) {
    const auto form = xep::Form::decode(element);
    if (!form || form->form_type() != xep::muc::request_form)
        return Verdict::refuse(StanzaError(Condition::bad_request));
    const auto* allow = form->find("muc#request_allow");
    if (!allow) {
        if (sender.role != Role::visitor) return Verdict::take(); // has it
        xep::Form question(xep::Form::Type::form, xep::muc::request_form);
        question.title = "Voice request";
        question.add(xep::FormField(xep::FieldType::list_single, "muc#role", "Role")
                         .option("Participant", "participant")
                         .value("participant"));
        question.add(
            xep::FormField(xep::FieldType::jid_single, "muc#jid", "Who").value(std::string(stanza.from().text())));
        question.add(xep::FormField(xep::FieldType::text_single, "muc#roomnick", "Nick").value(sender.nick));
        question.add(xep::FormField(xep::FieldType::boolean, "muc#request_allow", "Give voice?").value("false"));
        xml::Builder builder;
        builder.open("message").attr("id", random_id());
        question.encode(builder);
        const Stanza asked(builder.close().finish(), jid_, Jid());
        for (const auto& [nick, occupant] : occupants_)
            if (occupant.role == Role::moderator)
                for (const Visit& visit : occupant.visits) host_.route(asked.to(visit.jid));
        return Verdict::take();
    }
    if (sender.role != Role::moderator) return Verdict::refuse(StanzaError(Condition::forbidden));
    Occupant* visitor = by_nick(form->text("muc#roomnick"));
    if (!visitor) return Verdict::refuse(StanzaError(Condition::item_not_found));
    if (allow->boolean().value_or(false) && visitor->role == Role::visitor)
        set_role(*visitor, Role::participant, Change());
    return Verdict::take();
}

} // namespace epode::muc
