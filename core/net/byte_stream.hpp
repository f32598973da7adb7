// SPDX-License-Identifier: MIT
// ByteStream: what sockets offer: plain TCP, TLS, or a pair in memory for tests. Everything above is the same for all.
//
// Readiness, not completion: the owner asks for a call back, then reads or writes until would_block. No buffer belongs
// to a connection; the shard lends its own. One owner, one shard at a time; `release`d streams may be adopted by
// another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace epode::net {

enum class IoStatus : std::uint8_t {
    ok,          ///< `count` bytes moved (at least 1)
    would_block, ///< wait first
    closed,      ///< orderly end of input (TCP FIN, TLS close_notify)
    failed,      ///< reset, TLS fault; `last_error()` says it
};
struct IoResult {
    IoStatus status = IoStatus::failed;
    std::size_t count = 0;
    bool more = false; ///< after a read: asking again at once is worth it; otherwise wait (nothing is lost either way)

    IoResult(IoStatus outcome) : status(outcome) {} // NOLINT: a status alone is a whole answer
    IoResult(std::size_t moved, bool again) : status(IoStatus::ok), count(moved), more(again) {}
};

/// What the SASL layer needs of a TLS connection (RFC 5929, RFC 9266).
struct ChannelBindings {
    std::string tls_exporter;         ///< "" where there is none (TLS below 1.3 without extended master secret)
    std::string tls_unique;           ///< TLS 1.2 with extended master secret only
    std::string tls_server_end_point; ///< hash of our certificate

    ChannelBindings() = default;
};

class Loop; // a shard's readiness source; see loop.hpp
enum class Rank : std::uint8_t;

class ByteStream {
public:
    virtual ~ByteStream() = default;

    virtual IoResult read_some(std::span<char> into) = 0;
    /// After would_block the call must be repeated with the same leading bytes (TLS has framed them already).
    virtual IoResult write_some(std::string_view bytes) = 0;

    /// Calls `ready` once, on the loop, when reading (writing) may make progress; now and then without need, so be
    /// ready for would_block. A second wait for the same direction replaces the first. Also called after an error, but
    /// not after `close`. Never called from inside the call itself. `ready` may destroy the stream.
    virtual void wait_readable(std::move_only_function<void()> ready) = 0;
    virtual void wait_writable(std::move_only_function<void()> ready) = 0;
    /// Forgets waits; their callbacks will not run.
    virtual void cancel_waits() = 0;

    /// Nothing more will be written: tells the peer (close_notify, FIN) as far as that is possible without waiting.
    /// Reading goes on. Idempotent.
    virtual void end_writing() = 0;
    /// Sends what the transport needs to end cleanly (close_notify, FIN) as far as that is possible without waiting,
    /// and closes. Forgets waits. Idempotent; the destructor does the same.
    virtual void close() = 0;

    /// Forgets waits and detaches from the loop, on its thread, so that another loop's thread may `adopt` the stream.
    /// Between the two only `close` and destruction are allowed, on whatever thread owns the stream.
    virtual void release() = 0;
    virtual void adopt(Loop& loop) = 0;

    /// Who is served first by the loop, also by the next one; residents, unless it is said.
    virtual void set_rank(Rank /*rank*/) {}

    virtual bool secure() const noexcept { return false; }
    virtual std::string peer_address() const { return {}; } ///< "192.0.2.1", "::1" or "" (memory)
    virtual bool peer_is_loopback() const { return false; }
    virtual const std::string& last_error() const noexcept = 0;
    /// Bytes written that the peer's TCP has not acknowledged yet (with TLS: its records); nullopt where unknowable
    /// (then treat written as received).
    virtual std::optional<std::size_t> unacknowledged() const { return std::nullopt; }
    virtual ChannelBindings channel_bindings() { return {}; }
    virtual std::string tls_description() const { return {}; } ///< "TLSv1.3 TLS_AES_256_GCM_SHA384"; "" when plain
};

} // namespace epode::net
