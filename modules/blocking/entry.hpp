// SPDX-License-Identifier: MIT
// An address on a user's list, as it is stored; its key is the address.
#pragma once

#include "core/base/clock.hpp"

namespace epode::blocking {

struct Entry {
    WallTime since{};

    void fields(auto& f) { f(since); }
};

} // namespace epode::blocking
