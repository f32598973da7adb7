// SPDX-License-Identifier: MIT
// Which messages wait for their recipient (XEP-0160 section 3, XEP-0334). That nobody is there to take the message, and
// that its address lets it wait (RFC 6121 8.5), core has found out before it asks.
#pragma once

#include "core/stanza.hpp"

#include <cstdint>

namespace epode::offline {

enum class Fate : std::uint8_t {
    keep,
    forget, ///< nothing lost: only a chat state, which is worth no error either
    refuse, ///< not ours to keep: the delivery rules decide (an error for most)
};

Fate fate(const Stanza& message);

} // namespace epode::offline
