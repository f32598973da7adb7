// SPDX-License-Identifier: MIT
// The last messages of a room, for those who come later (XEP-0045 section 7.2.14).
#pragma once

#include "core/stanza.hpp"
#include "xep/xep0045_muc.hpp"

#include <cstddef>
#include <deque>
#include <vector>

namespace epode::muc {

struct Said {
    Stanza message; ///< as it was sent to everybody
    WallTime when{};

    Said() = default;
    Said(Stanza what, WallTime at) : message(std::move(what)), when(at) {}
    void fields(auto& f) { f(message, when); }
};

class History {
public:
    void add(Said said, std::size_t limit);
    /// The newest that meet every condition, oldest first, with the time they were said at, by `room`.
    std::vector<Stanza> select(const xep::muc::HistoryRequest& asked, const Jid& room, WallTime now,
                               std::size_t at_most) const;

    const std::deque<Said>& all() const noexcept { return all_; }

private:
    std::deque<Said> all_;
};

} // namespace epode::muc
