// SPDX-License-Identifier: MIT
// Loop: one thread's readiness: an epoll set whose descriptors stay in it, level-triggered, so that a stream that reads
// on and on costs no system call but its reads (README.md has the figures that made us leave Boost.Asio here).
//
// The shard calls `poll` to run what is ready, or `wait` to sleep until something is, a deadline has come, or another
// thread called `wake`.
#pragma once

#include "core/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace epode::net {

/// Who is served first. A handshake takes a third of a millisecond, so a thousand newcomers at once would hold up for
/// that long everybody who is in. All of them together get one millisecond of each round instead.
enum class Rank : std::uint8_t { resident, newcomer };

/// All but `wake` belong to the thread that runs the loop. Streams and listeners end before their loop does, unless
/// they were released from it.
class Loop {
public:
    /// Throws std::system_error where the process has no descriptors left.
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Runs callbacks that are ready, without waiting: at most 256 events of residents and a millisecond of newcomers,
    /// so that a turn has an end. Returns how many ran. What a callback throws comes out here; the callbacks behind it
    /// run next time.
    std::size_t poll();
    /// Sleeps until a callback is ready (and runs it and what else is ready, as `poll` does), `deadline` has come, or
    /// `wake` was called. May return early with 0. Deadlines are kept to about a millisecond.
    std::size_t wait(Instant deadline);
    /// From any thread: makes the current or next `wait` return. No system call unless the loop sleeps.
    void wake() noexcept;

    struct Impl;
    Impl& impl() noexcept { return *impl_; }

private:
    std::unique_ptr<Impl> impl_;
};

/// Once, at the start of the process: a peer that has gone must not end us. Plain sockets would do without (they send
/// with MSG_NOSIGNAL), OpenSSL writes to the descriptor itself and does not.
void ignore_sigpipe() noexcept;

} // namespace epode::net
