// SPDX-License-Identifier: MIT
// Listener: one port on one shard (SO_REUSEPORT spreads connections over shards).
#pragma once

#include "core/base/result.hpp"
#include "core/net/byte_stream.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace epode::net {

struct ListenAddress {
    std::string address;    ///< "" or "*": every address, v6 and v4; else one in figures ("::" is every v6 one only)
    std::uint16_t port = 0; ///< 0: any free one; see port()

    ListenAddress() = default;
    ListenAddress(std::string where, std::uint16_t number) : address(std::move(where)), port(number) {}
};

/// Who else may listen on a port. `next` joins the `first` of the same process; another `first` is refused, at whatever
/// moment it comes.
enum class Sharing : std::uint8_t { alone, first, next };

/// Belongs to its loop's thread, as do its callbacks.
class Listener {
public:
    /// Called on the loop for each connection, at most 32 times in a row. It may pause, resume or destroy the listener.
    /// Out of descriptors: accepting pauses for a moment, is logged once a minute.
    using Accept = std::move_only_function<void(std::unique_ptr<ByteStream>)>;
    /// With `first` and `next` (the other shards) each gets its part of the connections.
    /// The error says the address and why ("in use", "permission denied: ports below 1024 need CAP_NET_BIND_SERVICE").
    static Result<std::unique_ptr<Listener>> open(Loop& loop, const ListenAddress& where, Sharing sharing,
                                                  Accept accept);
    virtual ~Listener() = default;
    virtual std::uint16_t port() const = 0;
    /// Stops and resumes accepting (pressure, shutdown). Connections wait in the kernel's queue meanwhile.
    virtual void pause() = 0;
    virtual void resume() = 0;
};

} // namespace epode::net
