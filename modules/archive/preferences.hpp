// SPDX-License-Identifier: MIT
// Preferences: whose messages an account wants kept (XEP-0441), as they are stored.
#pragma once

#include "core/config/value.hpp"
#include "core/jid.hpp"
#include "xep/xep0313_mam.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace epode::xep::mam {

constexpr auto setting_names(Preferences::Default) {
    using enum Preferences::Default;
    return std::to_array<Named<Preferences::Default>>({{"always", always}, {"never", never}, {"roster", roster}});
}

} // namespace epode::xep::mam

namespace epode::archive {

class Preferences {
public:
    using Default = xep::mam::Preferences::Default;

    Preferences() = default;
    explicit Preferences(xep::mam::Preferences given)
        : said_(true), otherwise_(given.otherwise), always_(std::move(given.always)), never_(std::move(given.never)) {}

    /// Whether messages with `peer` are kept. `fallback` counts while the account has said nothing; `listed` tells
    /// whether the peer is in the roster and is asked only where that decides.
    template <typename F> bool keeps(const Jid& peer, Default fallback, F listed) const {
        if (holds(never_, peer)) return false;
        if (holds(always_, peer)) return true;
        switch (said_ ? otherwise_ : fallback) {
        case Default::always:
            return true;
        case Default::never:
            return false;
        case Default::roster:
            return listed();
        }
        return true;
    }
    xep::mam::Preferences told(Default fallback) const {
        xep::mam::Preferences answer;
        answer.otherwise = said_ ? otherwise_ : fallback;
        answer.always = always_;
        answer.never = never_;
        return answer;
    }
    void fields(auto& f) { f(said_, otherwise_, always_, never_); }

private:
    /// Section 2.4: an entry without a resource stands for all of them.
    static bool holds(const std::vector<Jid>& list, const Jid& peer) {
        return std::ranges::any_of(
            list, [&](const Jid& each) { return each.is_full() ? each == peer : each == peer.bare(); });
    }

    bool said_ = false;
    Default otherwise_ = Default::always;
    std::vector<Jid> always_, never_;
};

} // namespace epode::archive
