// SPDX-License-Identifier: MIT
#include "core/net/memory_stream.hpp"
#include "tests/core/net_kit.hpp"

#include <atomic>
#include <thread>

using namespace epode;
using namespace epode::net;
using namespace epode::net::kit;

TEST_CASE("what one end writes the other reads") {
    auto [left, right] = memory_pair();
    CHECK(left->write_some("hello").count == 5);
    CHECK(left->unacknowledged() == 5u);
    IoStatus status{};
    CHECK(read_all(*right, status, 2) == "hello");
    CHECK(status == IoStatus::would_block);
    CHECK(left->unacknowledged() == 0u);
    CHECK(right->write_some("answer").count == 6);
    CHECK(read_all(*left) == "answer");
}

TEST_CASE("both ends look like TLS from this machine, or like plain TCP") {
    auto [left, right] = memory_pair();
    CHECK(left->secure());
    CHECK(left->peer_is_loopback());
    CHECK_FALSE(left->tls_description().empty());
    CHECK(left->channel_bindings().tls_exporter.size() == 32);
    CHECK(left->channel_bindings().tls_exporter == right->channel_bindings().tls_exporter);
    auto [plain, other] = memory_pair(100, false);
    CHECK_FALSE(plain->secure());
    CHECK(plain->tls_description().empty());
    CHECK(plain->channel_bindings().tls_exporter.empty());
}

TEST_CASE("waits are called through the executor of who waited, once, later") {
    HandExecutor shard;
    HandExecutor client;
    auto [left, right] = memory_pair();
    int reads = 0;
    int writes = 0;
    {
        const Executor::Scope scope(&shard);
        right->wait_readable([&] { ++reads; });
        right->wait_writable([&] { ++writes; });
    }
    CHECK(writes == 0);
    CHECK(shard.run() == 1);
    CHECK(writes == 1);
    {
        const Executor::Scope scope(&client);
        (void)left->write_some("a");
        (void)left->write_some("b");
    }
    CHECK(client.run() == 0);
    CHECK(reads == 0);
    CHECK(shard.run() == 1); // two writes, one call
    CHECK(reads == 1);
    const Executor::Scope scope(&shard);
    right->wait_readable([&] { ++reads; }); // bytes are there already
    CHECK(reads == 1);
    shard.run();
    CHECK(reads == 2);
}

TEST_CASE("the second wait replaces the first, cancelled ones do not run") {
    HandExecutor shard;
    auto [left, right] = memory_pair();
    const Executor::Scope scope(&shard);
    (void)left->write_some("a");
    int second = 0;
    right->wait_readable([] { FAIL("was replaced"); });
    right->wait_readable([&] { ++second; });
    shard.run();
    CHECK(second == 1);
    right->wait_readable([] { FAIL("was cancelled"); });
    right->wait_writable([] { FAIL("was cancelled"); });
    right->cancel_waits();
    shard.run();
    right->wait_readable([] { FAIL("its stream is gone"); });
    right.reset();
    shard.run();
}

TEST_CASE("a full pair blocks, and reading makes room") {
    HandExecutor shard;
    auto [left, right] = memory_pair(4);
    const Executor::Scope scope(&shard);
    CHECK(left->write_some("abcdef").count == 4);
    CHECK(left->write_some("ef").status == IoStatus::would_block);
    bool room = false;
    left->wait_writable([&] { room = true; });
    shard.run();
    CHECK_FALSE(room);
    std::array<char, 1> one{};
    CHECK(right->read_some(one).count == 1);
    shard.run();
    CHECK(room);
    CHECK(left->unacknowledged() == 3u);
    CHECK(left->write_some("ef").count == 1);
}

TEST_CASE("a retry with other bytes is found out") {
    auto [left, right] = memory_pair(4);
    REQUIRE(left->write_some("abcd").count == 4);
    REQUIRE(left->write_some("first").status == IoStatus::would_block);
    CHECK(read_all(*right) == "abcd");
    CHECK_THROWS_AS(left->write_some("other"), std::logic_error);
    CHECK_THROWS_AS(left->write_some("fir"), std::logic_error);
    CHECK(left->write_some("first and more").count == 4); // longer is fine
    CHECK(left->write_some("anything").status == IoStatus::would_block);
}

TEST_CASE("after a close the peer reads what is left, then the end") {
    HandExecutor shard;
    auto [left, right] = memory_pair();
    const Executor::Scope scope(&shard);
    bool told = false;
    (void)left->write_some("bye");
    left->close();
    left->close();
    right->wait_readable([&] { told = true; });
    shard.run();
    CHECK(told);
    IoStatus status{};
    CHECK(read_all(*right, status) == "bye");
    CHECK(status == IoStatus::closed);
    CHECK(right->write_some("x").status == IoStatus::failed);
    CHECK_FALSE(right->last_error().empty());
    std::array<char, 1> one{};
    CHECK(left->read_some(one).status == IoStatus::failed);
    CHECK(left->write_some("x").status == IoStatus::failed);
}

TEST_CASE("a close wakes a peer that waits for room or for bytes; what it never read stays unacknowledged") {
    HandExecutor shard;
    auto [left, right] = memory_pair(4);
    const Executor::Scope scope(&shard);
    int told = 0;
    (void)left->write_some("lost");
    left->wait_writable([&] { ++told; });
    left->wait_readable([&] { ++told; });
    shard.run();
    CHECK(told == 0);
    right.reset();
    shard.run();
    CHECK(told == 2);
    CHECK(left->unacknowledged() == 4u);
    CHECK(left->write_some("more").status == IoStatus::failed);
}

TEST_CASE("waiting needs an executor") {
    auto [left, right] = memory_pair();
    CHECK_THROWS_AS(left->wait_readable([] {}), std::logic_error);
}

TEST_CASE("a released stream's waits move to the next executor") {
    Loop loop;
    HandExecutor first;
    HandExecutor second;
    auto [left, right] = memory_pair();
    {
        const Executor::Scope scope(&first);
        right->wait_readable([] { FAIL("was released"); });
        (void)left->write_some("a");
        right->release();
    }
    first.run();
    bool fired = false;
    {
        const Executor::Scope scope(&second);
        right->adopt(loop);
        right->wait_readable([&] { fired = true; });
    }
    CHECK(first.run() == 0);
    second.run();
    CHECK(fired);
}

TEST_CASE("the two ends may live on two threads") {
    auto [left, right] = memory_pair(64);
    constexpr std::size_t total = 50'000;
    std::size_t got = 0;
    std::thread reader([&got, stream = std::move(right)] {
        HandExecutor shard;
        const Executor::Scope scope(&shard);
        std::move_only_function<void()> read = [&] {
            IoStatus status{};
            got += read_all(*stream, status).size();
            if (status == IoStatus::would_block) stream->wait_readable([&] { read(); });
        };
        read();
        while (got < total) shard.run();
        stream->cancel_waits();
    });
    std::size_t sent = 0;
    const std::string piece(100, 'x');
    while (sent < total) sent += left->write_some(std::string_view(piece).substr(0, total - sent)).count;
    reader.join();
    CHECK(got == total);
}

TEST_CASE("in memory, too, one side may end while the other goes on") {
    auto [left, right] = memory_pair();
    CHECK(left->write_some("bye").status == IoStatus::ok);
    left->end_writing();
    CHECK(left->write_some("more").status == IoStatus::failed);
    IoStatus status{};
    CHECK(read_all(*right, status) == "bye");
    CHECK(status == IoStatus::closed);
    CHECK(right->write_some("last").status == IoStatus::ok);
    CHECK(read_all(*left) == "last");
}

TEST_CASE("who closes with input unread destroys what it wrote last") {
    auto [left, right] = memory_pair();
    CHECK(right->write_some("nobody reads this").status == IoStatus::ok);
    CHECK(left->write_some("the end").status == IoStatus::ok);
    left->close();
    IoStatus status{};
    CHECK(read_all(*right, status).empty());
    CHECK(status == IoStatus::failed);
}
