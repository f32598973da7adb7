// SPDX-License-Identifier: MIT
// The presence stanzas that the server itself makes.
#pragma once

#include "core/session/account.hpp"
#include "core/stanza.hpp"
#include "modules/presence/subscription_state.hpp"

#include <string_view>

namespace epode::presence {

std::string_view name(Type type) noexcept;

/// `<presence type= id=/>`; an empty type or id is left out.
Stanza make(std::string_view type, std::string_view id, const Jid& from, const Jid& to);

/// Calls `each(Session&)` for every available session.
void each_available(const Account& account, auto each) {
    for (const auto& session : account.sessions())
        if (session->available()) each(*session);
}

} // namespace epode::presence
