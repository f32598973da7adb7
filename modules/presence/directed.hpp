// SPDX-License-Identifier: MIT
// RFC 6121 4.6: to whom a session has sent directed presence, so that they hear when it goes. Sorted, without
// duplicates; its owner bounds it.
#pragma once

#include "core/jid.hpp"

#include <algorithm>
#include <vector>

namespace epode::presence {

class Directed {
public:
    void add(const Jid& jid) {
        const auto at = std::lower_bound(to_.begin(), to_.end(), jid);
        if (at == to_.end() || !(*at == jid)) to_.insert(at, jid);
    }
    void erase(const Jid& jid) {
        const auto at = std::lower_bound(to_.begin(), to_.end(), jid);
        if (at != to_.end() && *at == jid) to_.erase(at);
    }
    /// Every address of that bare JID.
    void erase_bare(const Jid& bare) {
        std::erase_if(to_, [&](const Jid& jid) { return jid.bare() == bare; });
    }
    bool contains(const Jid& jid) const { return std::binary_search(to_.begin(), to_.end(), jid); }
    /// Any address of that bare JID: an occupant of a room writes from the room's, under whatever name.
    bool contains_bare(const Jid& bare) const {
        return std::ranges::any_of(to_, [&](const Jid& jid) { return jid.bare() == bare; });
    }
    std::size_t size() const noexcept { return to_.size(); }
    const std::vector<Jid>& all() const noexcept { return to_; }

    void fields(auto& f) { f(to_); }

private:
    std::vector<Jid> to_;
};

} // namespace epode::presence
