// SPDX-License-Identifier: MIT
// A pair of ByteStreams in memory: what one writes the other reads. For the test kit: no sockets, no clock. Both ends call
// back through the Executor that was current when they waited.
#pragma once

#include <memory>
#include <utility>

#include "core/net/byte_stream.hpp"

namespace epode::net {

/// `capacity` bounds what one side may have written and the other not read (would_block beyond it). `secure` makes both
/// ends report TLS, so that tests may log in with PLAIN.
std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> memory_pair(std::size_t capacity = 256 * 1024,
                                                                               bool secure = true);

} // namespace epode::net
