// SPDX-License-Identifier: MIT
// What occupants see of each other. One document for everybody who may see the same.
#include "modules/muc/room.hpp"

#include <array>

namespace epode::muc {

namespace {
using xep::muc::occupant_id_ns;

/// What only the room says.
bool of_the_room(xml::Element child) {
    return child.ns() == xep::muc::join_ns || child.ns() == xep::muc::user_ns || child.ns() == occupant_id_ns;
}
} // namespace

bool Room::sees_addresses(const Occupant& viewer) const noexcept {
    return config_.non_anonymous || viewer.role == Role::moderator;
}

Ref<xml::Document> Room::document(const Occupant& who, const Stanza& presence, const Change& change, bool self,
                                  bool sees) const {
    xml::Builder builder;
    builder.open("presence");
    if (presence && presence.is_presence()) builder.copy_attrs(presence.root(), {"type"});
    if (change.gone) builder.attr("type", "unavailable");
    if (presence && presence.is_presence())
        for (const xml::Element child : presence.root().children())
            if (!of_the_room(child)) builder.append(child);
    builder.open("occupant-id", occupant_id_ns).attr("id", who.id).close();
    builder.open("x", xep::muc::user_ns);
    builder.open("item").attr("affiliation", xep::muc::name(affiliation(who.bare)));
    if (sees || self) builder.attr("jid", who.main().jid.text());
    builder.attr_if("nick", change.new_nick);
    const bool stays = !change.gone || !change.new_nick.empty();
    builder.attr("role", xep::muc::name(stays ? who.role : Role::none));
    if (!change.actor.empty()) builder.open("actor").attr("nick", change.actor).close();
    if (!change.reason.empty()) builder.leaf("reason", change.reason);
    builder.close();
    const auto say = [&](unsigned code) { builder.open("status").attr("code", std::to_string(code)).close(); };
    for (const unsigned code : change.codes) {
        // These are for whom they concern (7.2.2, 7.2.6, 10.1.1).
        using namespace xep::muc::status;
        if (!self && (code == non_anonymous || code == created || code == nick_assigned || code == now_logged))
            continue;
        say(code);
    }
    if (self) say(xep::muc::status::self);
    if (change.destroy) change.destroy->encode(builder);
    return builder.close().close().finish();
}

void Room::tell_all(const Occupant& who, const Stanza& presence, const Change& change) {
    std::array<Ref<xml::Document>, 3> documents; // for those who see less, who see more, for himself
    const bool shown = config_.shows(who.role);
    for (const auto& [nick, viewer] : occupants_) {
        const bool self = &viewer == &who;
        if (!shown && !self) continue;
        const bool sees = sees_addresses(viewer);
        auto& made = documents[self ? 2 : sees ? 1 : 0];
        if (!made) made = document(who, presence, change, self, sees);
        for (const Visit& visit : viewer.visits) host_.route(Stanza(made, who.address, visit.jid));
    }
}

void Room::tell(const Occupant& who, const Stanza& presence, const Change& change, const Occupant& viewer,
                const Jid& client) const {
    host_.route(Stanza(document(who, presence, change, &who == &viewer, sees_addresses(viewer)), who.address, client));
}

void Room::tell_others_to(const Occupant& viewer, const Jid& client) const {
    for (const auto& [nick, who] : occupants_)
        if (&who != &viewer && config_.shows(who.role)) tell(who, who.main().presence, Change(), viewer, client);
}

void Room::tell_status(const std::vector<unsigned>& codes) const {
    if (codes.empty()) return;
    xml::Builder builder;
    builder.open("message").attr("type", "groupchat").attr("id", random_id());
    builder.open("x", xep::muc::user_ns);
    for (const unsigned code : codes) builder.open("status").attr("code", std::to_string(code)).close();
    send_all(Stanza(builder.close().close().finish(), jid_, Jid()));
}

} // namespace epode::muc
