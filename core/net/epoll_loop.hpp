// SPDX-License-Identifier: MIT
// What a Loop is made of. Private to core/net: shared by loop.cpp and watch.cpp.
#pragma once

#include "core/net/loop.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <sys/epoll.h>
#include <vector>

namespace epode::net {

class Watch;

struct Loop::Impl {
    static constexpr std::size_t turn_limit = 256;

    Impl();
    ~Impl();

    /// Fetches what is ready after at most `timeout` milliseconds and calls it.
    std::size_t run(int timeout);
    /// Nothing of it will be called any more.
    void forget(const Watch& watch) noexcept;
    void call_soon(Watch& watch) { soon.push_back(&watch); }
    int set_of(Rank rank) const noexcept { return rank == Rank::resident ? residents.set : newcomers.set; }
    /// Something was fetched and is not called yet.
    bool behind() const noexcept { return residents.next != residents.count || newcomers.next != newcomers.count; }

    /// An epoll set and what it has told: ready[next..count) is not called yet.
    struct Told {
        int set = -1;
        std::array<epoll_event, turn_limit> ready{};
        std::size_t next = 0;
        std::size_t count = 0;

        void fetch(int timeout) noexcept;
    };
    Told residents;
    Told newcomers;                 // its set is in the other one, and makes it ready
    int waker = -1;                 // an eventfd, in the residents' set
    bool knocked = false;           // there are newcomers
    std::vector<Watch*> soon;       // to be called without an event
    std::vector<Watch*> calling;    // the ones of this turn; null where forgotten
    const Watch* current = nullptr; // whose callback runs; null when it has been destroyed
    std::atomic<bool> woken{false};
    std::atomic<bool> sleeping{false};

private:
    void close() noexcept;
    std::size_t call(const epoll_event& event);
    std::size_t call_residents();
    std::size_t call_newcomers();
    std::size_t call_queued();
    void drain_waker() noexcept;
};

} // namespace epode::net
