// SPDX-License-Identifier: MIT
#include "core/service/roster.hpp"

namespace epode {

std::string_view name(Subscription subscription) noexcept {
    switch (subscription) {
    case Subscription::none:
        return "none";
    case Subscription::to:
        return "to";
    case Subscription::from:
        return "from";
    case Subscription::both:
        return "both";
    }
    return "none";
}

} // namespace epode
