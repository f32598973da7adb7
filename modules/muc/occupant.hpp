// SPDX-License-Identifier: MIT
// Somebody in a room: one nick, one account, and each of its clients that has entered under it (XEP-0045 section 7.2).
#pragma once

#include "core/stanza.hpp"
#include "xep/xep0045_muc.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace epode::muc {

struct Visit {
    Jid jid;         ///< full
    Stanza presence; ///< the last one it sent

    Visit() = default;
    Visit(Jid who, Stanza what) : jid(std::move(who)), presence(std::move(what)) {}
    void fields(auto& f) { f(jid, presence); }
};

struct Occupant {
    std::string nick;
    Jid address; ///< room@service/nick
    Jid bare;    ///< whose
    xep::muc::Role role = xep::muc::Role::none;
    std::string id;            ///< XEP-0421
    std::vector<Visit> visits; ///< never empty; the last one's presence stands for the occupant
    bool told = false;         ///< others know that he is here
    std::uint64_t spoke = 0;   ///< when he last said something, in messages of the room; 0: never

    /// His presence as those see it who see less and more; made when somebody enters, void after a change.
    mutable std::array<Ref<xml::Document>, 2> seen;

    const Visit& main() const noexcept { return visits.back(); }
    void fields(auto& f) { f(nick, address, bare, role, id, visits, told, spoke); }
};

} // namespace epode::muc
