// SPDX-License-Identifier: MIT
#include "core/net/loop.hpp"

#include "core/net/asio_loop.hpp"

#include <algorithm>
#include <csignal>

namespace epode::net {

namespace {
constexpr std::size_t turn_limit = 256;
constexpr Duration longest_sleep = 1h; // keeps Asio's nanoseconds from overflowing with Instant::max()
} // namespace

Loop::Loop() : impl_(std::make_unique<Impl>()) {}
Loop::~Loop() = default;

std::size_t Loop::poll() {
    auto& context = impl_->context;
    context.restart(); // `wake` may have stopped it
    std::size_t ran = 0;
    while (ran < turn_limit && context.poll_one() != 0) ++ran;
    return ran;
}

std::size_t Loop::wait(Instant deadline) {
    auto& context = impl_->context;
    std::size_t ran = 0;
    // Restart first, then look at the flag: a wake between the two is seen in the flag, one after them stops run_one.
    context.restart();
    if (!impl_->woken.exchange(false)) {
        ran = context.run_one_until(std::min(deadline, SystemClock().now() + longest_sleep));
        impl_->woken.exchange(
            false); // an exchange and not a store: what was done before `wake` is visible after `wait`
    }
    return ran + poll();
}

void Loop::wake() noexcept {
    // stop() interrupts the reactor without allocating, which a posted handler could not promise.
    if (!impl_->woken.exchange(true)) impl_->context.stop();
}

void ignore_sigpipe() noexcept { std::signal(SIGPIPE, SIG_IGN); }

} // namespace epode::net
