// SPDX-License-Identifier: MIT
// The generator's only thread: readiness of sockets, one timer, and a flush of all that was written at the end of a
// turn.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace bench {

/// Microseconds of the monotonic clock, which all processes of a machine share.
std::int64_t now();

class Loop {
public:
    class Watched {
    public:
        virtual void ready(std::uint32_t events) = 0; ///< EPOLLIN, EPOLLOUT, ...
        virtual void flush() = 0;

    protected:
        ~Watched() = default;
    };

    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void watch(int descriptor, Watched& watched, std::uint32_t events);
    void change(int descriptor, Watched& watched, std::uint32_t events);
    /// Forgets events and flushes that still wait for it.
    void forget(int descriptor, Watched& watched);
    void flush_later(Watched& watched) { unflushed_.push_back(&watched); }

    /// Called once a turn; returns when it wants to be called again at the latest.
    std::function<std::int64_t()> on_turn;
    /// Called about once a second.
    std::function<void()> on_second;

    void turn(std::int64_t until);
    /// Turns until `done` holds; false when that took longer than the given seconds.
    bool run_until(const std::function<bool()>& done, double seconds);
    void run_for(double seconds);

private:
    int epoll_;
    std::int64_t next_second_ = 0;
    std::vector<Watched*> ready_; ///< of this turn; null where forgotten meanwhile
    std::vector<Watched*> unflushed_;
};

} // namespace bench
