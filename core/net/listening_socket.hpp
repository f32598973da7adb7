// SPDX-License-Identifier: MIT
// Opening a listening descriptor: families, options, and errors in words. Private to core/net.
#pragma once

#include "core/base/result.hpp"
#include "core/net/listener.hpp"

#include <cstdint>

namespace epode::net {

/// A non-blocking descriptor that listens; the caller owns it.
Result<int> open_listening(const ListenAddress& where, Sharing sharing);
/// The port it got.
std::uint16_t port_of(int descriptor);

/// A Listener on a descriptor that listens already, which it takes over. Where there is an `admit`, a connection that
/// it refuses is closed before anybody hears of it.
std::unique_ptr<Listener> listen_on(Loop& loop, int descriptor, std::uint16_t port, bool (*admit)(int connection),
                                    Listener::Accept accept);

} // namespace epode::net
