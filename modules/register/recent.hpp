// SPDX-License-Identifier: MIT
// When one address made its accounts of the last hour, as it is stored.
#pragma once

#include "core/base/clock.hpp"

#include <chrono>
#include <vector>

namespace epode::registration {

struct Recent {
    std::vector<WallTime> times;

    /// What is older, and what a clock has said that ran ahead: it would count until then.
    void forget(WallTime now) {
        std::erase_if(times, [now](WallTime time) { return time > now || time <= now - std::chrono::hours(1); });
    }
    void fields(auto& f) { f(times); }
};

} // namespace epode::registration
