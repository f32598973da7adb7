// SPDX-License-Identifier: MIT
// Bucket: so much at once, and so much per second after that. A fresh one is full; it costs nothing to forget one that
// has filled up again.
#pragma once

#include "core/base/clock.hpp"

#include <algorithm>

namespace epode {

class Bucket {
public:
    /// Takes `cost` in any case, and says how long the taker should wait before the next time.
    Duration take(Instant now, double cost, double capacity, double per_second) noexcept {
        owed_ = owed(now, per_second) + cost;
        last_ = std::max(last_, now);
        const double over = owed_ - capacity;
        if (over <= 0) return Duration(0);
        const double seconds = per_second > 0 ? std::min(over / per_second, 3600.0) : 3600.0;
        return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
    }
    /// What has been taken and has not come back; 0 when it is full.
    double owed(Instant now, double per_second) const noexcept {
        const double passed = std::chrono::duration<double>(std::max(now, last_) - last_).count();
        return std::max(0.0, owed_ - passed * per_second);
    }

private:
    double owed_ = 0;
    Instant last_{};
};

} // namespace epode
