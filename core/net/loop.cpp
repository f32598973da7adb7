// SPDX-License-Identifier: MIT
#include "core/net/loop.hpp"

#include "core/net/epoll_loop.hpp"
#include "core/net/watch.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace epode::net {

namespace {

constexpr Duration longest_sleep = 1h; // epoll takes milliseconds in an int
constexpr Duration newcomers_share = 1ms;

[[noreturn]] void no_loop() { throw std::system_error(errno, std::generic_category(), "making an event loop"); }

/// Rounded up: returning before the deadline would only make us ask again.
int milliseconds_until(Instant deadline) {
    const Instant now = SystemClock().now();
    if (deadline <= now) return 0;
    const Duration left = std::min<Duration>(deadline - now, longest_sleep);
    return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

} // namespace

Loop::Impl::Impl() {
    residents.set = ::epoll_create1(EPOLL_CLOEXEC);
    newcomers.set = ::epoll_create1(EPOLL_CLOEXEC);
    waker = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    const auto put_in = [this](int descriptor, void* meaning) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = meaning;
        return ::epoll_ctl(residents.set, EPOLL_CTL_ADD, descriptor, &event) == 0;
    };
    if (put_in(waker, nullptr) && put_in(newcomers.set, &newcomers)) return;
    const int error = errno;
    close();
    errno = error;
    no_loop();
}

Loop::Impl::~Impl() { close(); }

void Loop::Impl::close() noexcept {
    for (const int descriptor : {waker, newcomers.set, residents.set})
        if (descriptor >= 0) ::close(descriptor);
}

void Loop::Impl::Told::fetch(int timeout) noexcept {
    next = count = 0;
    const int fetched = ::epoll_wait(set, ready.data(), static_cast<int>(ready.size()), timeout);
    if (fetched > 0) count = static_cast<std::size_t>(fetched);
}

std::size_t Loop::Impl::run(int timeout) {
    if (residents.next == residents.count && calling.empty()) { // or a callback has thrown: those behind it waited
        residents.fetch(behind() ? 0 : timeout);
        calling.swap(soon);
    }
    sleeping.store(false, std::memory_order_relaxed);
    const auto ran = call_residents() + call_queued();
    return ran + call_newcomers();
}

std::size_t Loop::Impl::call(const epoll_event& event) {
    if (event.data.ptr == &newcomers)
        knocked = true;
    else if (auto* watch = static_cast<Watch*>(event.data.ptr))
        return watch->happened(event.events);
    else if (event.events != 0)
        drain_waker();
    return 0;
}

std::size_t Loop::Impl::call_residents() {
    std::size_t ran = 0;
    while (residents.next < residents.count) ran += call(residents.ready[residents.next++]);
    return ran;
}

/// What is left is called in the next round.
std::size_t Loop::Impl::call_newcomers() {
    auto& [set, ready, next, count] = newcomers;
    if (next == count) {
        if (!std::exchange(knocked, false)) return 0;
        newcomers.fetch(0);
    }
    const Instant end = SystemClock().now() + newcomers_share;
    std::size_t ran = 0;
    while (next < count) {
        ran += call(ready[next++]);
        if (next < count && SystemClock().now() >= end) break;
    }
    return ran;
}

std::size_t Loop::Impl::call_queued() {
    std::size_t ran = 0;
    while (!calling.empty()) { // the order among different descriptors is nobody's business
        auto* watch = calling.back();
        calling.pop_back();
        if (!watch) continue;
        watch->queued_ = false;
        ran += watch->happened(0);
    }
    return ran;
}

void Loop::Impl::drain_waker() noexcept {
    std::uint64_t times = 0;
    (void)!::read(waker, &times, sizeof times);
}

void Loop::Impl::forget(const Watch& watch) noexcept {
    if (current == &watch) current = nullptr;
    for (auto* told : {&residents, &newcomers})
        for (std::size_t i = told->next; i < told->count; ++i)
            if (told->ready[i].data.ptr == &watch) told->ready[i] = epoll_event{};
    for (auto* list : {&soon, &calling}) std::ranges::replace(*list, const_cast<Watch*>(&watch), nullptr);
}

Loop::Loop() : impl_(std::make_unique<Impl>()) {}
Loop::~Loop() = default;

std::size_t Loop::poll() { return impl_->run(0); }

std::size_t Loop::wait(Instant deadline) {
    auto& loop = *impl_;
    // First the announcement, then a look at the flag, both in one order with `wake`: it either sees a sleeper and
    // writes to the eventfd, or its flag is seen here. The exchange also makes visible what was done before `wake`.
    loop.sleeping.store(true);
    const bool woken = loop.woken.exchange(false);
    const auto ran = loop.run(woken || !loop.soon.empty() ? 0 : milliseconds_until(deadline));
    loop.woken.exchange(false);
    return ran;
}

void Loop::wake() noexcept {
    if (impl_->woken.exchange(true) || !impl_->sleeping.load()) return;
    const std::uint64_t once = 1;
    (void)!::write(impl_->waker, &once, sizeof once); // cannot be full: it is drained whenever it is not empty
}

void ignore_sigpipe() noexcept { std::signal(SIGPIPE, SIG_IGN); }

} // namespace epode::net
