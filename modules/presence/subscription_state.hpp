// SPDX-License-Identifier: MIT
// RFC 6121 Appendix A: the nine subscription states and what each of the four stanzas does to them, outbound (the
// user's client sends it) and inbound (the contact sends it). Pure tables: no storage, no stanzas.
#pragma once

#include "core/service/roster.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace epode::presence {

/// A.1, from the user's side.
enum class State : std::uint8_t { none, none_out, none_in, none_out_in, to, to_in, from, from_out, both };
inline constexpr int state_count = 9;

enum class Type : std::uint8_t { subscribe, unsubscribe, subscribed, unsubscribed };

/// Nothing where it is not one of the four.
std::optional<Type> subscription_type(std::string_view type) noexcept;

/// Pre-approval (3.4) is a flag beside the state, which some stanzas set or take away.
enum class Approval : std::uint8_t { keep, grant, cancel };

struct Outcome {
    State next;
    bool pass;                      ///< outbound: route it; inbound: deliver it to the user
    std::optional<Type> reply = {}; ///< inbound: what the server answers on the user's behalf
    Approval approval = Approval::keep;
};

/// Tables 2 to 5.
Outcome outbound(Type type, State state) noexcept;
/// Tables 6 to 9; `approved`: the user has pre-approved this contact. An approval is used up by the request it answers.
Outcome inbound(Type type, State state, bool approved) noexcept;

State state_of(const Contact& contact) noexcept;
/// Sets subscription, ask and pending_in; an item the user's own doing created becomes listed, and a request that is
/// no longer pending is forgotten.
void set_state(Contact& contact, State state);

} // namespace epode::presence
