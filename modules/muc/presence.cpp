// SPDX-License-Identifier: MIT
// What occupants see of each other. One document for everybody who may see the same.
#include "modules/muc/room.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace epode::muc {

namespace {
using xep::muc::occupant_id_ns;

/// What only the room says; hats, too (XEP-0317).
bool of_the_room(xml::Element child) {
    return child.ns() == xep::muc::join_ns || child.ns() == xep::muc::user_ns || child.ns() == occupant_id_ns ||
           child.ns() == xep::hats_ns;
}
} // namespace

bool Room::sees_addresses(const Occupant& viewer) const noexcept {
    return config_.non_anonymous || viewer.role == Role::moderator;
}

/// All of them, but for outcasts.
bool Room::knows_lists(const Occupant& viewer) const {
    return may_list(affiliation(viewer.bare), config_.tells_lists(viewer.role), Affiliation::owner,
                    config_.non_anonymous);
}

/// Whether others are told of him: by role, and by size of the room, of the silent. Who was told stays so.
bool Room::shows(const Occupant& who) const noexcept {
    return config_.shows(who.role) &&
           (who.told || who.spoke > 0 || who.role == Role::moderator || occupants_.size() <= limits_.quiet);
}

/// Whoever says something is shown from then on, and before it.
void Room::speaks(Occupant& who) {
    who.spoke = ++said_;
    if (!who.told && shows(who)) tell_others(who, who.main().presence, Change());
}

Ref<xml::Document> Room::document(const Occupant& who, const Stanza& presence, const Change& change,
                                  Viewer viewer) const {
    const auto [self, sees, knows] = viewer;
    xml::Builder builder;
    builder.open("presence");
    if (presence && presence.is_presence()) builder.copy_attrs(presence.root(), {"type"});
    if (change.gone) builder.attr("type", "unavailable");
    if (presence && presence.is_presence())
        for (const xml::Element child : presence.root().children())
            if (!of_the_room(child)) builder.append(child);
    builder.open("occupant-id", occupant_id_ns).attr("id", who.id).close();
    if (const auto hats = change.gone ? std::vector<const Hat*>() : hats_.of(who.bare); !hats.empty()) {
        builder.open("hats", xep::hats_ns);
        for (const Hat* hat : hats) hat->encode(builder);
        builder.close();
    }
    builder.open("x", xep::muc::user_ns);
    // Without since it is for who enters.
    if (knows && change.lists && (self || !change.lists->since.empty())) change.lists->encode(builder);
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
    const bool shown = !change.gone && shows(who);
    if (!shown && !who.told) return;
    who.told = shown;
    Change hidden; // to those who may not see such roles he goes
    hidden.gone = true;
    const Change& what = shown || change.gone ? change : hidden;
    const bool of_lists = what.lists && !what.lists->since.empty();
    std::array<std::vector<Jid>, 4> clients; // by what they see
    for (const auto& [nick, viewer] : occupants_) {
        if (&viewer == &who) continue;
        const bool knows = of_lists && knows_lists(viewer);
        auto& into = clients[(sees_addresses(viewer) ? 1U : 0U) + (knows ? 2U : 0U)];
        for (const Visit& visit : viewer.visits) into.push_back(visit.jid);
    }
    for (unsigned i = 0; i < clients.size(); ++i)
        if (!clients[i].empty())
            host_.route(Stanza(document(who, presence, what, {false, (i & 1) != 0, (i & 2) != 0}), who.address, Jid()),
                        std::move(clients[i]));
}

void Room::tell_self(const Occupant& who, const Stanza& presence, const Change& change) const {
    const bool knows = config_.non_anonymous || knows_lists(who); // also who is banned at this moment
    const auto made = document(who, presence, change, {true, true, knows});
    for (const Visit& visit : who.visits) host_.route(Stanza(made, who.address, visit.jid));
}

void Room::tell_others_to(const Occupant& viewer, const Jid& client) const {
    const bool sees = sees_addresses(viewer);
    std::vector<const Occupant*> shown;
    for (const auto& [nick, who] : occupants_)
        if (&who != &viewer && who.told) shown.push_back(&who);
    // So many at once would be more than one client may leave unread: moderators, and those who spoke last.
    if (shown.size() > limits_.quiet) {
        const auto end = shown.begin() + static_cast<std::ptrdiff_t>(limits_.quiet);
        const auto matters = [](const Occupant* who) { return std::pair(who->role == Role::moderator, who->spoke); };
        std::ranges::nth_element(shown, end, std::greater<>(), matters);
        shown.erase(end, shown.end());
    }
    for (const Occupant* who : shown) {
        auto& made = who->seen[sees ? 1 : 0];
        if (!made) made = document(*who, who->main().presence, Change(), {false, sees, false});
        host_.route(Stanza(made, who->address, client));
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
