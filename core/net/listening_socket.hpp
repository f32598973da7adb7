// SPDX-License-Identifier: MIT
// Opening a listening descriptor: families, options, and errors in words. Private to core/net.
#pragma once

#include "core/base/result.hpp"
#include "core/net/listener.hpp"

#include <cstdint>

namespace epode::net {

/// A non-blocking descriptor that listens; the caller owns it.
Result<int> open_listening(const ListenAddress& where, bool share);
/// The port it got.
std::uint16_t port_of(int descriptor);

} // namespace epode::net
