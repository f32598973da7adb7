// SPDX-License-Identifier: MIT
// A device and the push service that wakes it.
#pragma once

#include "core/base/clock.hpp"
#include "core/jid.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace epode::push {

struct Registration {
    Jid service;
    std::string node;
    std::string device;  ///< the resource of the client that asked
    std::string options; ///< a form, as canonical XML; "" for none
    WallTime since{};
    std::uint64_t waiting = 0;  ///< messages since the device was last there
    std::uint64_t failures = 0; ///< in a row
    WallTime not_before{};      ///< after a failure

    void fields(auto& f) { f(service, node, device, options, since, waiting, failures, not_before); }
    std::string key() const { return std::string(service.text()) + '\n' + node; }
};

/// After so many failures in a row: a minute, two, four and so on, up to a day.
inline Duration pause_after(std::uint64_t failures) {
    constexpr std::uint64_t most = 11; // 2^11 minutes are more than a day
    const auto doubled = 1min * (1LL << (std::min(std::max<std::uint64_t>(failures, 1), most + 1) - 1));
    return std::min<Duration>(doubled, 24h);
}

} // namespace epode::push
