// SPDX-License-Identifier: MIT
#include "core/net/loop.hpp"
#include "tests/core/net_kit.hpp"

#include <array>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace epode;
using namespace epode::net;
using namespace epode::net::kit;

TEST_CASE("a loop without work returns at its deadline") {
    Loop loop;
    CHECK(loop.poll() == 0);
    const Instant deadline = SystemClock().now() + 2ms;
    CHECK(loop.wait(deadline) == 0);
    CHECK(SystemClock().now() >= deadline);
    CHECK(loop.wait(SystemClock().now() - 1s) == 0); // in the past
}

TEST_CASE("wake ends the wait that comes next, once") {
    Loop loop;
    loop.wake();
    loop.wake();
    CHECK(loop.wait(Instant::max()) == 0);
    const Instant deadline = SystemClock().now() + 2ms;
    loop.wait(deadline); // the second wake was part of the same burst
    CHECK(SystemClock().now() >= deadline);
}

TEST_CASE("wake from other threads is never lost") {
    Loop loop;
    std::atomic<int> produced{0};
    constexpr int each = 2000;
    auto produce = [&] {
        for (int i = 0; i < each; ++i) {
            produced.fetch_add(1, std::memory_order_relaxed);
            loop.wake();
        }
    };
    std::thread first(produce);
    std::thread second(produce);
    // A lost wake would hang here: there is no deadline.
    while (produced.load(std::memory_order_relaxed) < 2 * each) loop.wait(Instant::max());
    first.join();
    second.join();
    CHECK(produced == 2 * each);
}

TEST_CASE("poll after wake still runs callbacks") {
    Loop loop;
    auto [server, client] = connect(loop);
    bool ran = false;
    server->wait_writable([&] { ran = true; });
    loop.wake();
    CHECK(run_until(loop, [&] { return ran; }));
}

TEST_CASE("one poll has an end even when callbacks always wait again") {
    Loop loop;
    auto [server, client] = connect(loop);
    std::size_t calls = 0;
    std::move_only_function<void()> again = [&] {
        ++calls;
        server->wait_writable([&] { again(); });
    };
    again();
    const std::size_t ran = loop.poll();
    CHECK(ran <= 256);
    CHECK(calls <= 257);
    server->cancel_waits();
}

TEST_CASE("what a callback throws comes out of the loop, and the loop goes on") {
    Loop loop;
    auto [server, client] = connect(loop);
    server->wait_writable([] { throw std::runtime_error("from a callback"); });
    CHECK_THROWS_AS(run_until(loop, [] { return false; }), std::runtime_error);
    bool ran = false;
    server->wait_writable([&] { ran = true; });
    CHECK(run_until(loop, [&] { return ran; }));
}

TEST_CASE("a loop may end with waits pending") {
    Connection left;
    {
        Loop loop;
        left = connect(loop);
        left.server->wait_readable([] { FAIL("nothing was sent"); });
        left.server.reset();
    }
    std::array<char, 1> byte{};
    CHECK(::read(left.client.number(), byte.data(), 1) == 0);
}

TEST_CASE("residents are served before newcomers, who share a millisecond of a round") {
    Loop loop;
    std::array<Connection, 3> newcomers;
    std::size_t came_in = 0;
    for (auto& each : newcomers) each = connect(loop);
    auto [resident, client] = connect(loop);
    for (auto& each : newcomers) {
        each.server->set_rank(Rank::newcomer);
        each.server->wait_writable([&] {
            ++came_in;
            for (const Instant start = SystemClock().now(); SystemClock().now() < start + 2ms;) continue;
        });
    }
    for (std::size_t round = 1; round <= 3; ++round) {
        std::size_t before = 99;
        resident->wait_writable([&] { before = came_in; });
        CHECK(run_until(loop, [&] { return before != 99; }));
        CHECK(before == round - 1);
        CHECK(came_in == round);
    }
}

TEST_CASE("a wait goes on when a newcomer becomes a resident, and back") {
    Loop loop;
    auto [server, client] = connect(loop);
    server->set_rank(Rank::newcomer);
    int called = 0;
    server->wait_readable([&] { ++called; });
    server->set_rank(Rank::resident);
    CHECK(loop.poll() == 0);
    REQUIRE(::write(client.number(), "x", 1) == 1);
    CHECK(run_until(loop, [&] { return called == 1; }));
    server->wait_readable([&] { ++called; });
    server->set_rank(Rank::newcomer); // with an event that is there already
    CHECK(run_until(loop, [&] { return called == 2; }));
}

TEST_CASE("a newcomer that was told of may end before its turn") {
    Loop loop;
    std::array<Connection, 2> newcomers;
    int called = 0;
    for (auto& each : newcomers) each = connect(loop);
    for (auto& each : newcomers) {
        each.server->set_rank(Rank::newcomer);
        each.server->wait_writable([&] {
            ++called;
            for (auto& other : newcomers) other.server.reset();
        });
    }
    CHECK(run_until(loop, [&] { return called == 1; }));
    settle(loop);
    CHECK(called == 1);
}
