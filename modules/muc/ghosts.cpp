// SPDX-License-Identifier: MIT
// Ghosts (XEP-0045 section 17.5): clients that a room has and that are there no more. Their goodbye usually comes;
// where it did not, the homes of all occupants are asked from time to time, which costs the clients nothing.
#include "modules/muc/muc.hpp"

#include <algorithm>
#include <utility>

namespace epode::muc {

namespace {
constexpr std::size_t at_once = 2000; ///< clients that a shard looks for in one go
} // namespace

Task<> Muc::find_ghosts() {
    std::vector<Jid> inhabited;
    for (const auto& [jid, room] : rooms_.rooms())
        if (!room->empty()) inhabited.push_back(jid);
    auto asked = std::make_shared<Suspects>();
    for (const Jid& jid : inhabited) {
        const RoomPtr room = rooms_.find(jid);
        if (!room) continue;
        for (const auto& [nick, occupant] : room->occupants())
            for (const Visit& visit : occupant.visits)
                if (host.has_home(visit.jid)) asked->push_back({jid, visit.jid, visit.presence.document()});
        if (asked->size() >= at_once) {
            auto lot = std::exchange(asked, std::make_shared<Suspects>());
            co_await take_out_ghosts(std::move(lot));
        }
        if (gate().closing()) co_return;
    }
    co_await take_out_ghosts(asked);
}

Task<> Muc::take_out_ghosts(std::shared_ptr<Suspects> asked) {
    if (asked->empty()) co_return;
    co_await everywhere(&Muc::look_for, asked);
    for (const Suspect& suspect : *asked) {
        const RoomPtr room = suspect.gone ? rooms_.find(suspect.room) : nullptr;
        if (!room) continue;
        room->lost(suspect.client, suspect.presence);
        rooms_.look_after(*room);
    }
}

void Muc::look_for(std::shared_ptr<Suspects> asked) {
    for (Suspect& suspect : *asked) {
        if (!host.home_of(suspect.client)) continue;
        const auto account = host.active(suspect.client.bare());
        suspect.gone = !account || !account->session(suspect.client.resource());
    }
}

void Room::lost(const Jid& client, const Ref<xml::Document>& presence) {
    const Occupant* occupant = find(client);
    if (!occupant) return;
    const auto visit = std::ranges::find(occupant->visits, client, &Visit::jid);
    // Another one of that address may have come meanwhile.
    if (visit->presence.document() == presence) leave(client, Stanza(), {xep::muc::status::technical});
}

} // namespace epode::muc
