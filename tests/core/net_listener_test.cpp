// SPDX-License-Identifier: MIT
#include "core/net/listener.hpp"
#include "tests/core/net_kit.hpp"

#include <barrier>
#include <sys/resource.h>
#include <thread>
#include <vector>

using namespace epode;
using namespace epode::net;
using namespace epode::net::kit;

namespace {

struct Guests {
    std::vector<std::unique_ptr<ByteStream>> streams;
    Listener::Accept accept() {
        return [this](std::unique_ptr<ByteStream> stream) { streams.push_back(std::move(stream)); };
    }
};

std::unique_ptr<Listener> open(Loop& loop, Guests& guests, const std::string& address = "127.0.0.1",
                               Sharing sharing = Sharing::alone, std::uint16_t port = 0) {
    auto result = Listener::open(loop, ListenAddress(address, port), sharing, guests.accept());
    REQUIRE(result);
    return std::move(*result);
}

std::string error_of(Loop& loop, const std::string& address, std::uint16_t port, Sharing sharing = Sharing::alone) {
    Guests guests;
    const auto result = Listener::open(loop, ListenAddress(address, port), sharing, guests.accept());
    REQUIRE_FALSE(result);
    return result.error().text;
}

} // namespace

TEST_CASE("a listener accepts on the port it got") {
    Loop loop;
    Guests guests;
    const auto listener = open(loop, guests);
    REQUIRE(listener->port() != 0);
    const auto client = connect_to(listener->port());
    REQUIRE(run_until(loop, [&] { return guests.streams.size() == 1; }));
    REQUIRE(::send(client.number(), "hello", 5, 0) == 5);
    CHECK(read_exactly(loop, *guests.streams[0], 5) == "hello");
}

TEST_CASE("every address is v4, and v6 where the machine has it") {
    Loop loop;
    Guests guests;
    const auto listener = open(loop, guests, GENERATE("", "*"));
    const auto v4 = connect_to(listener->port());
    REQUIRE(v4.number() >= 0);
    REQUIRE(run_until(loop, [&] { return guests.streams.size() == 1; }));
    CHECK(guests.streams[0]->peer_address() == "127.0.0.1");
    CHECK(guests.streams[0]->peer_is_loopback());
    const auto v6 = connect_to(listener->port(), true);
    if (v6.number() < 0) return; // no v6 here
    REQUIRE(run_until(loop, [&] { return guests.streams.size() == 2; }));
    CHECK(guests.streams[1]->peer_address() == "::1");
    CHECK(guests.streams[1]->peer_is_loopback());
}

TEST_CASE("more connections than one turn takes are all accepted") {
    Loop loop;
    Guests guests;
    const auto listener = open(loop, guests);
    std::vector<Descriptor> clients;
    for (int i = 0; i < 100; ++i) clients.push_back(connect_to(listener->port()));
    loop.wait(SystemClock().now() + 10s);
    const auto in_one_wait = guests.streams.size();
    CHECK(in_one_wait >= 1);
    CHECK(run_until(loop, [&] { return guests.streams.size() == 100; }));
}

TEST_CASE("at most 32 connections are accepted in a row") {
    Loop loop;
    std::vector<std::unique_ptr<ByteStream>> streams;
    std::vector<std::size_t> seen; // how many were there when the first stream's callback ran in between
    auto accept = [&](std::unique_ptr<ByteStream> stream) {
        if (streams.empty()) stream->wait_writable([&] { seen.push_back(streams.size()); });
        streams.push_back(std::move(stream));
    };
    const auto listener = Listener::open(loop, ListenAddress("127.0.0.1", 0), Sharing::alone, std::move(accept));
    REQUIRE(listener);
    std::vector<Descriptor> clients;
    for (int i = 0; i < 100; ++i) clients.push_back(connect_to((*listener)->port()));
    CHECK(run_until(loop, [&] { return streams.size() == 100; }));
    REQUIRE(seen.size() == 1);
    CHECK(seen[0] <= 64); // its turn came before the crowd was in
}

TEST_CASE("a paused listener leaves connections in the queue") {
    Loop loop;
    Guests guests;
    const auto listener = open(loop, guests);
    listener->pause();
    const auto client = connect_to(listener->port());
    settle(loop);
    CHECK(guests.streams.empty());
    listener->resume();
    CHECK(run_until(loop, [&] { return guests.streams.size() == 1; }));
}

TEST_CASE("a listener may be paused or destroyed in its own callback") {
    Loop loop;
    std::unique_ptr<Listener> listener;
    int accepted = 0;
    const bool destroy = GENERATE(false, true);
    auto accept = [&](std::unique_ptr<ByteStream>) {
        ++accepted;
        if (destroy) {
            listener.reset();
        } else {
            listener->pause();
        }
    };
    auto opened = Listener::open(loop, ListenAddress("127.0.0.1", 0), Sharing::alone, std::move(accept));
    REQUIRE(opened);
    listener = std::move(*opened);
    const auto port = listener->port();
    const auto first = connect_to(port);
    const auto second = connect_to(port);
    REQUIRE(run_until(loop, [&] { return accepted == 1; }));
    settle(loop);
    CHECK(accepted == 1);
    if (!destroy) {
        listener->resume();
        CHECK(run_until(loop, [&] { return accepted == 2; }));
    }
}

TEST_CASE("shards share a port, strangers do not") {
    Loop loop;
    Loop other;
    Guests guests;
    Guests more;
    const auto listener = open(loop, guests, "127.0.0.1", Sharing::first);
    const auto second = open(other, more, "127.0.0.1", Sharing::next, listener->port());
    CHECK(second->port() == listener->port());
    std::vector<Descriptor> clients;
    for (int i = 0; i < 60; ++i) clients.push_back(connect_to(listener->port()));
    CHECK(run_until(loop, [&] {
        other.poll();
        return guests.streams.size() + more.streams.size() == 60;
    }));
    CHECK_FALSE(guests.streams.empty());
    CHECK_FALSE(more.streams.empty());
    for (const auto sharing : {Sharing::alone, Sharing::first})
        CHECK(error_of(loop, "127.0.0.1", listener->port(), sharing) ==
              "cannot listen on 127.0.0.1 port " + std::to_string(listener->port()) + ": in use");
}

TEST_CASE("of two servers that come at the same moment one is refused") {
    for (int round = 0; round < 100; ++round) {
        Loop loops[2];
        Guests guests;
        const auto port = open(loops[0], guests)->port(); // free again, unless somebody else takes it
        bool won[2] = {};
        std::barrier start(2);
        const auto come = [&](int server) {
            start.arrive_and_wait();
            const ListenAddress where("127.0.0.1", port);
            const auto first = Listener::open(loops[server], where, Sharing::first, Listener::Accept([](auto) {}));
            won[server] = first.has_value();
            start.arrive_and_wait(); // both have asked before one leaves
        };
        std::thread one(come, 0), two(come, 1);
        one.join();
        two.join();
        REQUIRE_FALSE((won[0] && won[1]));
    }
}

TEST_CASE("what cannot be listened on is named") {
    Loop loop;
    CHECK(error_of(loop, "192.0.2.1", 0) == "cannot listen on 192.0.2.1 port 0: this machine has no such address");
    CHECK(error_of(loop, "localhost", 0) ==
          "cannot listen on localhost port 0: the address must be in figures (127.0.0.1, ::1) or *");
}

TEST_CASE("out of descriptors accepting pauses, and goes on when there are some") {
    Loop loop;
    Guests guests;
    const auto listener = open(loop, guests);
    const auto client = connect_to(listener->port());
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const Descriptor free(::dup(client.number())); // the highest number in use, at least
    rlimit tight = before;
    tight.rlim_cur = 3; // nothing more can be opened
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
    std::size_t calls = 0;
    for (int i = 0; i < 50; ++i) calls += loop.poll();
    const auto accepted = guests.streams.size();
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(accepted == 0);
    CHECK(calls < 10); // it rested, it did not spin
    CHECK(run_until(loop, [&] { return guests.streams.size() == 1; }));
}
