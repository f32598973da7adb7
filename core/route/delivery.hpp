// SPDX-License-Identifier: MIT
// Which sessions get a stanza: RFC 6121 section 8.5 as a pure function.
#pragma once

#include "core/session/account.hpp"
#include "core/stanza.hpp"

#include <vector>

namespace epode {

/// What section 8.5 says for a message or presence addressed to an existing account.
struct Delivery {
    enum class Otherwise : std::uint8_t {
        offline, ///< nobody was there: `undelivered` hooks may take it, else service-unavailable
        refuse,  ///< service-unavailable
        ignore,
    };
    std::vector<Session*> targets;
    Otherwise otherwise = Otherwise::ignore; ///< when there are no targets

    Delivery() = default;
};

/// "Most available" is the group of the highest non-negative priority. `skip` is the id of a session that must not get
/// it (0: none).
Delivery choose_targets(const Account& account, const Stanza& stanza, std::uint64_t skip);

} // namespace epode
