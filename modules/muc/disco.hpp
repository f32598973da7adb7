// SPDX-License-Identifier: MIT
// What a room says of itself (XEP-0045 sections 6.4, 6.5, 7.12).
#pragma once

#include "modules/muc/room.hpp"
#include "xep/xep0030_disco.hpp"
#include "xep/xep0433_channel_search.hpp"

namespace epode::muc {

xep::disco::Info describe(const Room& room, const Jid& asker);
/// The nick that is reserved for who asks, as an identity; none where he has none.
xep::disco::Info reserved_nick(const Room& room, const Jid& asker);
/// Occupants by nick, for those who are inside.
xep::disco::Items occupants(const Room& room, const Jid& asker);
/// What a search finds (XEP-0433).
xep::channels::Channel channel(const Jid& room, const Configuration& config, std::size_t users);
/// Its line in the list of rooms.
xep::disco::Item item(const Jid& room, const Configuration& config);

} // namespace epode::muc
