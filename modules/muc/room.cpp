// SPDX-License-Identifier: MIT
#include "modules/muc/room.hpp"

#include "core/base/digest.hpp"
#include "core/base/id.hpp"

namespace epode::muc {

Room::Room(Host& host, Jid jid, Limits limits)
    : host_(host), jid_(std::move(jid)), limits_(limits), secret_(random_id(128)) {}

void Room::restored(std::vector<Said> said) {
    if (!nicks_.empty()) return; // being saved
    for (Said& each : said) history_.add(std::move(each), limits_.history);
    for (const auto& [nick, occupant] : occupants_)
        for (const Visit& visit : occupant.visits) nicks_.emplace(visit.jid, nick);
}

Affiliation Room::affiliation(const Jid& who) const {
    const Jid bare = who.bare();
    if (const auto found = affiliations_.find(bare); found != affiliations_.end()) return found->second;
    // Section 9.1: a whole domain may be banned.
    if (const auto found = affiliations_.find(bare.domain_jid());
        found != affiliations_.end() && found->second == Affiliation::outcast)
        return Affiliation::outcast;
    return Affiliation::none;
}

Occupant* Room::find(const Jid& full) noexcept {
    const auto found = nicks_.find(full);
    return found == nicks_.end() ? nullptr : by_nick(found->second);
}
const Occupant* Room::find(const Jid& full) const noexcept { return const_cast<Room*>(this)->find(full); }

Occupant* Room::by_nick(std::string_view nick) noexcept {
    const auto found = occupants_.find(std::string(nick));
    return found == occupants_.end() ? nullptr : &found->second;
}

Standing Room::standing(const Jid& full) const {
    const Occupant* occupant = find(full);
    return {affiliation(full), occupant ? occupant->role : Role::none};
}

std::string Room::occupant_id(const Jid& bare) const {
    const std::string text = secret_ + '/' + std::string(bare.text());
    return hex(sha256(text)).substr(0, 32);
}

} // namespace epode::muc
