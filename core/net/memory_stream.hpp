// SPDX-License-Identifier: MIT
// A pair of ByteStreams in memory: what one writes the other reads. For the test kit: no sockets, no clock. Both ends
// call back through the Executor that was current when they waited. Who closes with input unread resets the connection,
// and what he wrote last is lost, as it may be with TCP.
#pragma once

#include "core/net/byte_stream.hpp"

#include <memory>
#include <utility>

namespace epode::net {

/// `capacity` bounds what one side may have written and the other not read (would_block beyond it). `secure` makes both
/// ends report TLS with channel bindings (the same at both ends), so that tests may log in with PLAIN and SCRAM-PLUS.
///
/// Each end belongs to one thread at a time, the two ends may belong to two. Waiting with no executor current throws
/// std::logic_error, and so does a write after would_block that does not repeat the refused bytes: TLS would have lost
/// data there without a word.
std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> memory_pair(std::size_t capacity = 256 * 1024,
                                                                                bool secure = true);

} // namespace epode::net
