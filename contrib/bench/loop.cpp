// SPDX-License-Identifier: MIT
#include "loop.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <sys/epoll.h>
#include <unistd.h>

namespace bench {

std::int64_t now() {
    using namespace std::chrono;
    return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

Loop::Loop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

Loop::~Loop() { close(epoll_); }

void Loop::watch(int descriptor, Watched& watched, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &watched;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
}

void Loop::change(int descriptor, Watched& watched, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &watched;
    epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event);
}

void Loop::forget(int descriptor, Watched& watched) {
    epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
    std::replace(ready_.begin(), ready_.end(), &watched, static_cast<Watched*>(nullptr));
    std::replace(unflushed_.begin(), unflushed_.end(), &watched, static_cast<Watched*>(nullptr));
}

void Loop::turn(std::int64_t until) {
    const auto before = now();
    if (on_second && before >= next_second_) {
        next_second_ = before + 1'000'000;
        on_second();
    }
    if (on_turn) until = std::min(until, on_turn());
    // By index: what is flushed may write again.
    for (std::size_t i = 0; i < unflushed_.size(); ++i)
        if (unflushed_[i]) unflushed_[i]->flush();
    unflushed_.clear();

    const auto wait = std::clamp<std::int64_t>(until - now(), 0, 1'000'000);
    const timespec limit{wait / 1'000'000, wait % 1'000'000 * 1000};
    std::array<epoll_event, 256> events;
    const int count = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &limit, nullptr);
    ready_.clear();
    for (int i = 0; i < count; ++i)
        ready_.push_back(static_cast<Watched*>(events[static_cast<std::size_t>(i)].data.ptr));
    for (std::size_t i = 0; i < ready_.size(); ++i)
        if (ready_[i]) ready_[i]->ready(events[i].events);
}

bool Loop::run_until(const std::function<bool()>& done, double seconds) {
    const auto end = now() + static_cast<std::int64_t>(seconds * 1e6);
    while (!done()) {
        if (now() >= end) return false;
        turn(end);
    }
    return true;
}

void Loop::run_for(double seconds) {
    run_until([] { return false; }, seconds);
}

} // namespace bench
