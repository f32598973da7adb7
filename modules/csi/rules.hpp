// SPDX-License-Identifier: MIT
// What may wait until somebody looks at a client again: what only says how things are, and nobody is called by it. Also
// what nobody here knows goes at once.
#pragma once

#include "core/stanza.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace epode::csi {

enum class Kind : std::uint8_t { important, presence, chat_state, marker, receipt, reaction, event };

/// By their names in the option `hold`; important has none.
inline constexpr std::string_view kind_names[] = {"",         "presence",  "chat-states", "markers",
                                                  "receipts", "reactions", "events"};

struct Finding {
    Kind kind = Kind::important;
    /// What waits under it has nothing to say any more once this is sent; 0: it takes the place of nothing.
    std::uint64_t key = 0;
};

/// `stanza` is on its way to a client of the account.
Finding classify(const Stanza& stanza);

} // namespace epode::csi
