// SPDX-License-Identifier: MIT
// The last messages of a room, for those who come later (XEP-0045 section 7.2.13).
#pragma once

#include "core/base/id.hpp"
#include "core/stanza.hpp"
#include "xep/xep0045_muc.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

namespace epode::muc {

struct Said {
    OrderedId id;   ///< its stanza-id (XEP-0359)
    Stanza message; ///< as it was sent to everybody

    Said() = default;
    Said(OrderedId given, Stanza what) : id(given), message(std::move(what)) {}
    void fields(auto& f) { f(id, message); }
    bool complete() const noexcept { return static_cast<bool>(message); }
};

class History {
public:
    /// What had to go for it, oldest first.
    std::vector<OrderedId> add(Said said, std::size_t limit);
    /// The newest that meet every condition, oldest first, with the time they were said at, by `room`.
    std::vector<Stanza> select(const xep::muc::HistoryRequest& asked, const Jid& room, WallTime now,
                               std::size_t at_most) const;
    /// Null where it is not (or no more) here.
    const Said* find(std::string_view id) const;
    void erase(const OrderedId& id);
    /// About so many messages come in an hour (XEP-0502): of the last day, or where more than is kept came in that
    /// time, since the oldest. Null where nothing is kept.
    std::optional<double> per_hour(WallTime now, std::size_t limit) const;

    const std::deque<Said>& all() const noexcept { return all_; }

private:
    std::deque<Said> all_;
};

} // namespace epode::muc
