// SPDX-License-Identifier: MIT
// What the roster keeps so that a client with an older version gets the difference only (RFC 6121 2.6).
//
// A version is the time of the change in microseconds (or the last one + 1): it grows, and a number that was sent once
// is never used for another state, not even after a lost commit or by a later account of the same name.
#pragma once

#include "core/base/clock.hpp"
#include "core/jid.hpp"

#include <algorithm>
#include <cstdint>
#include <ranges>

namespace epode::roster {

/// Removals that are remembered; a client that is further behind gets the whole roster.
inline constexpr std::size_t max_removals = 64;

struct Version {
    std::uint64_t current = 0; ///< 0: nothing was ever in it
    std::uint64_t floor = 0;   ///< differences can be told from this version on

    Version next(WallTime now) const noexcept {
        Version next = *this;
        next.current = std::max(current + 1, static_cast<std::uint64_t>(now.time_since_epoch().count()));
        if (current == 0) next.floor = next.current;
        return next;
    }
    void fields(auto& f) { f(current, floor); }
};

struct Removal {
    Jid jid;
    std::uint64_t version = 0;

    Removal() = default;
    Removal(Jid contact, std::uint64_t when) : jid(std::move(contact)), version(when) {}
    void fields(auto& f) { f(jid, version); }
};

/// Of a map of removals that is not empty.
const Removal& oldest(const auto& removals) {
    return std::ranges::min_element(removals, {}, [](const auto& row) { return row.second.version; })->second;
}

} // namespace epode::roster
