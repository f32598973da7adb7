// SPDX-License-Identifier: MIT
// Listener: one port on one shard (SO_REUSEPORT spreads connections over shards).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "core/net/byte_stream.hpp"

namespace epode::net {

struct ListenAddress {
    std::string address; ///< "" or "*": every address, v6 and v4
    std::uint16_t port = 0; ///< 0: any free one; see port()

    ListenAddress() = default;
    ListenAddress(std::string where, std::uint16_t number) : address(std::move(where)), port(number) {}
};

class Listener {
public:
    /// Called on the loop for each connection. Out of descriptors: accepting pauses for a moment, is logged once a minute.
    using Accept = std::move_only_function<void(std::unique_ptr<ByteStream>)>;
    /// The error says the address and why ("in use", "permission denied: ports below 1024 need CAP_NET_BIND_SERVICE").
    static Result<std::unique_ptr<Listener>> open(Loop& loop, const ListenAddress& where, bool share, Accept accept);
    virtual ~Listener() = default;
    virtual std::uint16_t port() const = 0;
    /// Stops and resumes accepting (pressure, shutdown).
    virtual void pause() = 0;
    virtual void resume() = 0;
};

} // namespace epode::net
