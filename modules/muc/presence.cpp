// SPDX-License-Identifier: MIT
// What occupants see of each other. One document for everybody who may see the same.
#include "modules/muc/room.hpp"

#include <array>

namespace epode::muc {

namespace {
using xep::muc::occupant_id_ns;

/// What only the room says. It gives nobody hats (XEP-0317), so nobody has any.
bool of_the_room(xml::Element child) {
    return child.ns() == xep::muc::join_ns || child.ns() == xep::muc::user_ns || child.ns() == occupant_id_ns ||
           child.ns() == "urn:xmpp:hats:0";
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
    // Without since it is for who enters.
    if (config_.non_anonymous && change.lists && (self || !change.lists->since.empty())) change.lists->encode(builder);
    const Affiliation what = change.destroy ? Affiliation::none : affiliation(who.bare);
    builder.open("item").attr("affiliation", xep::muc::name(what));
    if (sees || self) builder.attr("jid", who.main().jid.text());
    builder.attr_if("nick", change.new_nick);
    const bool stays = !change.gone || !change.new_nick.empty();
    builder.attr("role", xep::muc::name(stays ? who.role : Role::none));
    if (!change.actor.empty()) builder.open("actor").attr("nick", change.actor).close();
    if (!change.reason.empty()) builder.leaf("reason", change.reason);
    builder.close();
    const auto say = [&](unsigned code) { builder.open("status").attr("code", std::to_string(code)).close(); };
    if (self) say(xep::muc::status::self);
    for (const unsigned code : change.codes) {
        // These are for whom they concern (7.2.2, 7.2.3, 7.2.12, 10.1.1).
        using namespace xep::muc::status;
        if (!self && (code == non_anonymous || code == created || code == nick_assigned || code == now_logged))
            continue;
        say(code);
    }
    if (change.destroy) change.destroy->encode(builder);
    return builder.close().close().finish();
}

void Room::tell_all(Occupant& who, const Stanza& presence, const Change& change) {
    tell_others(who, presence, change);
    tell_self(who, presence, change);
}

void Room::tell_others(Occupant& who, const Stanza& presence, const Change& change) {
    who.seen = {};
    const bool shown = !change.gone && config_.shows(who.role);
    if (!shown && !who.told) return;
    who.told = shown;
    Change hidden; // to those who may not see such roles he goes
    hidden.gone = true;
    const Change& what = shown || change.gone ? change : hidden;
    std::array<std::vector<Jid>, 2> clients; // of those who see less, who see more
    for (const auto& [nick, viewer] : occupants_) {
        if (&viewer == &who) continue;
        auto& into = clients[sees_addresses(viewer) ? 1 : 0];
        for (const Visit& visit : viewer.visits) into.push_back(visit.jid);
    }
    for (const bool sees : {false, true})
        if (!clients[sees].empty())
            host_.route(Stanza(document(who, presence, what, false, sees), who.address, Jid()),
                        std::move(clients[sees]));
}

void Room::tell_self(const Occupant& who, const Stanza& presence, const Change& change) const {
    const auto made = document(who, presence, change, true, true);
    for (const Visit& visit : who.visits) host_.route(Stanza(made, who.address, visit.jid));
}

void Room::tell_others_to(const Occupant& viewer, const Jid& client) const {
    const bool sees = sees_addresses(viewer);
    for (const auto& [nick, who] : occupants_) {
        if (&who == &viewer || !who.told) continue;
        auto& made = who.seen[sees ? 1 : 0];
        if (!made) made = document(who, who.main().presence, Change(), false, sees);
        host_.route(Stanza(made, who.address, client));
    }
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
