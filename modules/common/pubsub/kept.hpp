// SPDX-License-Identifier: MIT
// Items as they are stored.
#pragma once

#include "core/base/clock.hpp"
#include "xep/xep0060_pubsub.hpp"

#include <cstdint>
#include <string>

namespace epode::pubsub {

struct Kept {
    std::string id;
    std::string publisher; ///< "" for the owner
    WallTime published{};
    std::string payload; ///< canonical XML; "" for none

    void fields(auto& f) { f(id, publisher, published, payload); }
    std::uint64_t bytes() const noexcept { return id.size() + payload.size(); }
    /// Throws storage::Failure where the payload is damaged.
    xep::pubsub::Item item(bool with_payload = true) const;
};

/// Where an item is.
struct Mark {
    std::uint64_t place = 0;
    std::uint64_t bytes = 0;

    void fields(auto& f) { f(place, bytes); }
};

} // namespace epode::pubsub
