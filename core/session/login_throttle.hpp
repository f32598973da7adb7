// SPDX-License-Identifier: MIT
// LoginThrottle: failed logins are slowed per account, on all shards together: the first ones are answered at once,
// later ones after a growing delay. Only delays; a right password gets in after the same wait, so nobody can lock
// anybody out.
#pragma once

#include "core/base/clock.hpp"
#include "core/jid.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_map>

namespace epode {

class LoginThrottle {
public:
    /// How long the answer to a failure for this account has to wait now. Any thread.
    Duration failed(const Jid& account, Instant now) {
        std::lock_guard lock(mutex_);
        if (failures_.size() >= max_entries) forget_old(now);
        auto& entry = failures_[account];
        if (now - entry.last > memory) entry.count = 0;
        entry.last = now;
        ++entry.count;
        if (entry.count <= free) return Duration(0);
        return std::min<Duration>(longest, first * (1 << std::min(entry.count - free - 1, 16u)));
    }
    void succeeded(const Jid& account) {
        std::lock_guard lock(mutex_);
        failures_.erase(account);
    }

private:
    static constexpr unsigned free = 3;
    static constexpr Duration first = 250ms;
    static constexpr Duration longest = 5s;
    static constexpr Duration memory = 10min;
    static constexpr std::size_t max_entries = 10'000;

    void forget_old(Instant now) {
        std::erase_if(failures_, [&](const auto& item) { return now - item.second.last > memory; });
        if (failures_.size() >= max_entries) failures_.clear();
    }
    struct Entry {
        unsigned count = 0;
        Instant last{};
    };
    std::mutex mutex_;
    std::unordered_map<Jid, Entry> failures_;
};

} // namespace epode
