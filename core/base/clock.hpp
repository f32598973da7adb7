// SPDX-License-Identifier: MIT
// Time. A Clock says what time it is; Timers calls back when it has come. Both can be turned by hand in tests: nothing
// in Epode asks the operating system for the time except SystemClock.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

namespace epode {

using Duration = std::chrono::microseconds;
/// Monotonic, for time-outs.
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;
/// Civil time (UTC), for stamps.
using WallTime = std::chrono::sys_time<Duration>;

using namespace std::chrono_literals;

class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() const noexcept = 0;
    virtual WallTime wall() const noexcept = 0;
};

class SystemClock final : public Clock {
public:
    Instant now() const noexcept override;
    WallTime wall() const noexcept override;
};

/// Stands still until told otherwise.
class ManualClock final : public Clock {
public:
    Instant now() const noexcept override { return Instant(1h) + passed_; }
    WallTime wall() const noexcept override { return start_ + passed_; }
    void advance(Duration by) noexcept { passed_ += by; }

private:
    Duration passed_{0};
    WallTime start_ = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1));
};

/// One shard's timers. Not thread-safe: belongs to the shard.
class Timers {
    struct Entry;

public:
    /// Cancels its timer when destroyed.
    class Handle {
    public:
        Handle() = default;
        Handle(Handle&&) noexcept = default;
        Handle& operator=(Handle&& other) noexcept;
        Handle(const Handle&) = delete;
        Handle& operator=(const Handle&) = delete;
        ~Handle() { cancel(); }
        void cancel() noexcept;
        bool active() const noexcept { return !entry_.expired(); }

    private:
        friend class Timers;
        explicit Handle(std::weak_ptr<Entry> entry) : entry_(std::move(entry)) {}
        std::weak_ptr<Entry> entry_;
    };

    explicit Timers(const Clock& clock) : clock_(clock) {}

    /// Calls `action` once, when `delay` has passed.
    [[nodiscard]] Handle after(Duration delay, std::move_only_function<void()> action);

    /// Runs what is due; returns whether anything ran.
    bool run_due();

    /// When the next timer is due; Instant::max() when there is none.
    Instant next() const noexcept;

    /// How many wait.
    std::size_t size() const noexcept { return queue_.size(); }

    const Clock& clock() const noexcept { return clock_; }

private:
    using Queue = std::multimap<Instant, std::shared_ptr<Entry>>;
    struct Entry {
        std::move_only_function<void()> action;
        Queue* queue = nullptr;
        Queue::iterator place;
    };
    const Clock& clock_;
    Queue queue_;
};

} // namespace epode
