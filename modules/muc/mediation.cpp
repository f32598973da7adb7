// SPDX-License-Identifier: MIT
// What the room passes on for somebody: invitations, what is answered to them, and requests for voice (XEP-0045
// sections 7.8, 7.13, 8.6).
#include "modules/muc/room.hpp"

namespace epode::muc {

Verdict Room::mediate(Arrival& arrival) {
    const Stanza& stanza = arrival.stanza;
    const auto user = stanza.root().child("x", xep::muc::user_ns);
    if (const auto declined = user.child("decline")) return decline(stanza, declined);
    const Occupant* sender = find(stanza.from());
    if (!sender) return Verdict::refuse(StanzaError(Condition::not_acceptable, "you are not in the room"));
    if (user.child("invite")) return invite(arrival, *sender, user);
    if (const auto form = stanza.root().child(xep::Form::name, xep::Form::ns)) return voice(stanza, *sender, form);
    return Verdict::refuse(StanzaError(Condition::bad_request, "rooms take messages of type groupchat"));
}

bool Room::may_invite(const Jid& who) const {
    return affiliation(who) >= (config_.invites ? Affiliation::member : Affiliation::admin);
}

Verdict Room::invite(Arrival& arrival, const Occupant& sender, xml::Element user) {
    const Stanza& stanza = arrival.stanza;
    if (config_.members_only && !may_invite(sender.bare))
        return Verdict::refuse(StanzaError(Condition::forbidden, "you may not invite"));
    std::vector<std::pair<Jid, xml::Element>> all;
    for (const xml::Element child : user.children()) {
        if (!child.is("invite", xep::muc::user_ns)) continue;
        auto to = Jid::parse(child.attr("to"));
        if (!to) return Verdict::refuse(StanzaError(Condition::jid_malformed));
        if (affiliation(*to) == Affiliation::outcast)
            return Verdict::refuse(StanzaError(Condition::forbidden, "who is banned cannot be invited"));
        all.emplace_back(std::move(*to), child);
    }
    if (config_.members_only && affiliates_.size() + all.size() > limits_.affiliations)
        return Verdict::refuse(StanzaError(Condition::resource_constraint, "the room has too many members"));
    Deed deed;
    deed.batch = std::move(arrival.batch());
    for (const auto& [to, child] : all) {
        if (config_.members_only && affiliation(to) == Affiliation::none) {
            set_affiliate(deed, Affiliate(to.bare(), Affiliation::member), Change());
        }
        if (invited_.size() >= limits_.affiliations) invited_.erase(invited_.begin());
        Invitation& invitation = invited_[to.bare()];
        invitation.by = stanza.from();
        invitation.id = stanza.id().str();
        send_invitation(to, config_.non_anonymous ? sender.bare : sender.address, child, stanza.id());
    }
    arrival.batch() = std::move(deed.batch);
    tell(deed);
    return Verdict::take();
}

void Room::send_invitation(const Jid& to, const Jid& from, xml::Element invite, std::string_view id) const {
    xml::Builder builder;
    builder.open("message").attr("id", id.empty() ? random_id() : std::string(id)).open("x", xep::muc::user_ns);
    builder.open("invite").attr("from", from.text());
    if (invite) builder.append_inner(invite);
    builder.close();
    if (config_.password_protected) builder.leaf("password", config_.password);
    host_.route(Stanza(builder.close().close().finish(), jid_, to));
}

/// An invitation came back: there is nobody of that address, or nobody who can be asked.
void Room::not_invited(const Stanza& bounced) {
    const auto found = invited_.find(bounced.from().bare());
    if (found == invited_.end()) return;
    xml::Builder builder;
    builder.open("message").attr("type", "error").attr_if("id", found->second.id);
    builder.open("x", xep::muc::user_ns).open("invite").attr("to", bounced.from().text()).close().close();
    StanzaError(Condition::item_not_found, "the invitation could not be delivered").write(builder);
    const Jid by = found->second.by;
    invited_.erase(found);
    if (has(by)) host_.route(Stanza(builder.close().finish(), jid_, by));
}

/// To whoever invited: in the room by nick, or by address.
Verdict Room::decline(const Stanza& stanza, xml::Element decline) {
    const auto to = Jid::parse(decline.attr("to"));
    if (!to) return Verdict::refuse(StanzaError(Condition::jid_malformed));
    if (invited_.erase(stanza.from().bare()) == 0)
        return Verdict::refuse(StanzaError(Condition::not_acceptable, "you were not invited"));
    xml::Builder builder;
    const auto id = stanza.id();
    builder.open("message").attr("id", id.empty() ? random_id() : id.str()).open("x", xep::muc::user_ns);
    builder.open("decline").attr("from", stanza.from().bare().text()).append_inner(decline).close();
    const Stanza told(builder.close().close().finish(), jid_, Jid());
    for (const auto& [nick, occupant] : occupants_)
        if (occupant.address == *to || occupant.bare == to->bare())
            for (const Visit& visit : occupant.visits) host_.route(told.to(visit.jid));
    return Verdict::take();
}

/// A visitor asks the moderators, a moderator answers the form.
Verdict Room::voice(const Stanza& stanza, const Occupant& sender, xml::Element element) {
    const auto form = xep::Form::decode(element);
    if (!form || form->form_type() != xep::muc::request_form)
        return Verdict::refuse(StanzaError(Condition::bad_request, "rooms take requests for voice"));
    const auto* allow = form->find("muc#request_allow");
    if (!allow) {
        if (sender.role != Role::visitor) return Verdict::take(); // has it
        xep::Form question(xep::Form::Type::form, xep::muc::request_form);
        question.title = "Voice request";
        question.instructions = {
            "To approve this request for voice, select \"Grant voice to this person?\" and submit."};
        question.add(xep::FormField(xep::FieldType::list_single, "muc#role", "Requested role")
                         .option("Participant", "participant")
                         .value("participant"));
        question.add(
            xep::FormField(xep::FieldType::jid_single, "muc#jid", "User ID").value(std::string(stanza.from().text())));
        question.add(xep::FormField(xep::FieldType::text_single, "muc#roomnick", "Room Nickname").value(sender.nick));
        question.add(
            xep::FormField(xep::FieldType::boolean, "muc#request_allow", "Grant voice to this person?").value("false"));
        xml::Builder builder;
        builder.open("message").attr("id", random_id());
        question.encode(builder);
        const Stanza asked(builder.close().finish(), jid_, Jid());
        for (const auto& [nick, occupant] : occupants_)
            if (occupant.role == Role::moderator)
                for (const Visit& visit : occupant.visits) host_.route(asked.to(visit.jid));
        return Verdict::take();
    }
    if (form->type == xep::Form::Type::cancel) return Verdict::take();
    if (sender.role != Role::moderator)
        return Verdict::refuse(StanzaError(Condition::forbidden, "moderators give voice"));
    const auto jid = Jid::parse(form->text("muc#jid"));
    Occupant* visitor = jid && jid->is_full() ? find(*jid) : nullptr; // perhaps under another nick by now
    if (!visitor) visitor = by_nick(form->text("muc#roomnick"));
    if (!visitor) return Verdict::refuse(StanzaError(Condition::item_not_found, "there is nobody of that nick"));
    if (allow->boolean().value_or(false) && visitor->role == Role::visitor) {
        visitor->role = Role::participant;
        remember_voice(*visitor);
        role_changed(*visitor, Role::visitor, Change());
    }
    return Verdict::take();
}

} // namespace epode::muc
