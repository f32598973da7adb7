// SPDX-License-Identifier: MIT
// Watch: a descriptor on a loop, asked when it becomes readable or writable. Private to core/net. It knows nothing of
// bytes, and what uses it knows nothing of epoll.
//
// Two callers share a descriptor (who reads, who writes), and TLS may have either of them wait for either event; so a
// wait names its slot and its event. The descriptor stays in the loop's set between waits; an event that comes while
// nobody waits for it takes it out, and the next wait puts it back.
#pragma once

#include "core/net/loop.hpp"

#include <array>
#include <cstdint>
#include <functional>

namespace epode::net {

enum class Slot : std::uint8_t { reader, writer };
enum class Event : std::uint8_t { readable = 1, writable = 2, at_once = 4 };

/// Belongs to the loop's thread. Does not own the descriptor, and ends before it is closed.
class Watch {
public:
    using Callback = std::move_only_function<void()>;

    /// Throws std::system_error where the kernel has no room for another watch.
    Watch(Loop& loop, int descriptor, Rank rank = Rank::resident);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    /// Calls `ready` once, from the loop, after the event (perhaps without it). Replaces the slot's former wait. The
    /// callback may destroy the watch.
    void wait(Slot slot, Event event, Callback ready);
    void forget() noexcept;
    /// Waits go on.
    void set_rank(Rank rank) noexcept;

private:
    friend struct Loop::Impl;

    struct Waiting {
        Callback ready;
        std::uint8_t event = 0; // of Event; 0 while nobody waits
    };

    /// Calls whoever waits for one of the `events`; returns how many were called.
    std::size_t happened(std::uint32_t epoll_events);
    std::size_t call(Slot slot);
    bool watch_for(std::uint8_t events) noexcept;
    std::uint8_t wanted() const noexcept;
    Waiting& at(Slot slot) noexcept { return waiting_[static_cast<std::size_t>(slot)]; }

    Loop::Impl& loop_;
    int descriptor_;
    std::uint8_t watched_ = 0; // what the kernel was asked to tell
    bool queued_ = false;      // for a call at once
    Rank rank_;
    std::array<Waiting, 2> waiting_;
};

} // namespace epode::net
