// SPDX-License-Identifier: MIT
// What is worth waking a device that cannot be reached: what somebody would want to see on a lock screen.
#pragma once

#include "core/stanza.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace epode::push {

enum class Worth : std::uint8_t { nothing, message, call };

/// The message that a carbon of a received one carries; else the stanza itself.
Stanza carried(const Stanza& stanza);
/// Of a message to an account, or of what a room has said.
Worth worth(const Stanza& message);
/// Whether the message names this account, or the nick that it has in a room: in its text, by a reference (XEP-0372),
/// or because it answers something of his (XEP-0461). `room` is null in a chat with one person.
bool mentions(const Stanza& message, const Jid& account, const Jid& room, std::string_view nick);
/// A private message of a room's occupant, or a mention that a room forwards (XEP-0452): meant for him alone.
bool is_personal(const Stanza& message);

} // namespace epode::push
