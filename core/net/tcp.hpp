// SPDX-License-Identifier: MIT
// Plain TCP sockets as ByteStreams, and turning one into TLS.
#pragma once

#include "core/base/result.hpp"
#include "core/net/byte_stream.hpp"

#include <memory>
#include <string>

namespace epode::net {

class TlsContext;

/// Takes over a connected, non-blocking descriptor. Sets TCP_NODELAY, TCP_NOTSENT_LOWAT (16 KB), keepalive. Throws
/// std::system_error where the kernel has no room to watch it; the descriptor then stays the caller's.
std::unique_ptr<ByteStream> tcp_stream(Loop& loop, int descriptor);

/// Server side of TLS over `plain` (must come from tcp_stream and be on a loop; it is consumed, its waits are
/// forgotten). The handshake runs by itself as the stream is read: read_some returns would_block until it is done. With
/// STARTTLS, nothing may have been read beyond the request. The process must have called ignore_sigpipe().
std::unique_ptr<ByteStream> tls_server(std::unique_ptr<ByteStream> plain, std::shared_ptr<TlsContext> context);

} // namespace epode::net
