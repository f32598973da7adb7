// SPDX-License-Identifier: MIT
#include "core/base/clock.hpp"

namespace epode {

Instant SystemClock::now() const noexcept {
    return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
}
WallTime SystemClock::wall() const noexcept {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

Timers::Handle& Timers::Handle::operator=(Handle&& other) noexcept {
    if (this != &other) {
        cancel();
        entry_ = std::move(other.entry_);
    }
    return *this;
}

void Timers::Handle::cancel() noexcept {
    if (auto entry = entry_.lock(); entry && entry->queue) entry->queue->erase(entry->place);
    entry_.reset();
}

Timers::Handle Timers::after(Duration delay, std::move_only_function<void()> action) {
    auto entry = std::make_shared<Entry>();
    entry->action = std::move(action);
    entry->queue = &queue_;
    Handle handle{std::weak_ptr<Entry>(entry)};
    const auto place = queue_.emplace(clock_.now() + delay, std::move(entry));
    place->second->place = place;
    return handle;
}

bool Timers::run_due() {
    bool ran = false;
    const Instant now = clock_.now();
    while (!queue_.empty() && queue_.begin()->first <= now) {
        auto action = std::move(queue_.begin()->second->action);
        queue_.erase(queue_.begin()); // the handle is inactive while its action runs
        action();
        ran = true;
    }
    return ran;
}

Instant Timers::next() const noexcept { return queue_.empty() ? Instant::max() : queue_.begin()->first; }

} // namespace epode
