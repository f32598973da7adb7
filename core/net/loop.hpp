// SPDX-License-Identifier: MIT
// Loop: one thread's readiness (Boost.Asio inside loop.cpp, tcp.cpp, listener.cpp and nowhere else).
//
// The shard calls `poll` to run what is ready, or `wait` to sleep until something is, a deadline has come, or another
// thread called `wake`.
#pragma once

#include <memory>

#include "core/base/clock.hpp"

namespace epode::net {

class Loop {
public:
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Runs callbacks that are ready, without waiting. Returns how many ran.
    std::size_t poll();
    /// Sleeps until a callback is ready (and runs it), `deadline` has come, or `wake` was called.
    std::size_t wait(Instant deadline);
    /// From any thread: makes the current or next `wait` return. Cheap when already woken.
    void wake() noexcept;

    struct Impl;
    Impl& impl() noexcept { return *impl_; }

private:
    std::unique_ptr<Impl> impl_;
};

} // namespace epode::net
