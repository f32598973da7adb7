// SPDX-License-Identifier: MIT
// When somebody was last there, as it is stored.
#pragma once

#include "core/base/clock.hpp"

#include <string>

namespace epode::last {

struct Left {
    WallTime at{};
    std::string status;

    void fields(auto& f) { f(at, status); }
    bool complete() const { return at >= WallTime{}; } ///< nobody left before 1970; now - at must not overflow
};

} // namespace epode::last
