// SPDX-License-Identifier: MIT
// Watch: a descriptor on a loop, asked when it becomes readable or writable. Private to core/net. It knows nothing of
// bytes, and what uses it knows nothing of Boost.Asio.
//
// Two callers share a descriptor (who reads, who writes), and TLS may have either of them wait for either event; so a
// wait names its slot and its event. Waits are forgotten rather than cancelled: an operation that is still queued when
// nobody asks any more finds an empty slot. Only `release` and `close` cancel.
#pragma once

#include "core/net/byte_stream.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace epode::net {

enum class Slot : std::uint8_t { reader, writer };
enum class Event : std::uint8_t { readable = 1, writable = 2, at_once = 4 };

class Watch {
public:
    using Callback = std::move_only_function<void()>;

    /// Takes over the descriptor. Throws std::system_error where the kernel has no room for another watch; the
    /// descriptor then still belongs to the caller.
    static std::shared_ptr<Watch> make(Loop& loop, int descriptor);
    virtual ~Watch() = default;

    /// Calls `ready` once, from the loop, after the event (perhaps without it). Replaces the slot's former wait.
    virtual void wait(Slot slot, Event event, Callback ready) = 0;
    virtual void forget() noexcept = 0;
    /// Forgets waits, lets the descriptor go without closing it, and calls `done` from the loop when the loop holds
    /// nothing of it any more.
    virtual void release(Callback done) = 0;
    /// Forgets everything and closes the descriptor.
    virtual void close() noexcept = 0;
};

} // namespace epode::net
