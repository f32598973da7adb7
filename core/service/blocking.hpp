// SPDX-License-Identifier: MIT
// BlockingService: whom a user wants to hear nothing of. Provided by modules/blocking, which keeps stanzas back by
// itself; for those who send in a user's name without the outgoing phases (presence broadcasts) or build lists of
// people.
#pragma once

#include "core/jid.hpp"
#include "core/session/account.hpp"

#include <string_view>

namespace epode {

class BlockingService {
public:
    static constexpr std::string_view service_name = "blocking";

    virtual ~BlockingService() = default;
    /// Whether `account` blocks `peer` (XEP-0191 section 5). Resident: the account must be active on this shard. Never
    /// for the account's own addresses and its server.
    virtual bool blocks(const Account& account, const Jid& peer) const = 0;
};

} // namespace epode
