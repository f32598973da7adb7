// SPDX-License-Identifier: MIT
// What a room says of itself (XEP-0045 sections 6.4, 6.5).
#pragma once

#include "modules/muc/room.hpp"
#include "xep/xep0030_disco.hpp"

namespace epode::muc {

xep::disco::Info describe(const Room& room);
/// Occupants by nick; none where the room is hidden from who asks.
xep::disco::Items occupants(const Room& room, const Jid& asker);
/// Its line in the list of rooms.
xep::disco::Item item(const Room& room);

} // namespace epode::muc
