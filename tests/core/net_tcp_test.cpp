// SPDX-License-Identifier: MIT
#include "core/net/tcp.hpp"
#include "tests/core/net_kit.hpp"

#include <array>
#include <mutex>
#include <netinet/tcp.h>
#include <thread>

using namespace epode;
using namespace epode::net;
using namespace epode::net::kit;

namespace {

void send_text(const Descriptor& to, std::string_view text) {
    REQUIRE(::send(to.number(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
}

/// What the client has got so far, until the stream ends or `size` bytes are there.
std::string receive(Loop& loop, const Descriptor& from, std::size_t size) {
    std::string result;
    std::array<char, 4096> buffer;
    bool over = false;
    CHECK(run_until(loop, [&] {
        const auto count = ::recv(from.number(), buffer.data(), buffer.size(), 0);
        if (count > 0) result.append(buffer.data(), static_cast<std::size_t>(count));
        over = over || count == 0 || (count < 0 && errno != EAGAIN);
        return over || result.size() >= size;
    }));
    return result;
}

void reset(Descriptor& client) {
    const linger at_once{1, 0};
    ::setsockopt(client.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    client.close();
}

} // namespace

TEST_CASE("bytes go both ways over TCP") {
    Loop loop;
    auto [server, client] = connect(loop);
    send_text(client, "<stream>");
    CHECK(read_exactly(loop, *server, 8) == "<stream>");
    const auto written = server->write_some("answer");
    CHECK(written.status == IoStatus::ok);
    CHECK(written.count == 6);
    CHECK(receive(loop, client, 6) == "answer");
    CHECK_FALSE(server->secure());
    CHECK(server->tls_description().empty());
    CHECK(server->channel_bindings().tls_exporter.empty());
}

TEST_CASE("the peer's address is known and stays known") {
    Loop loop;
    auto [server, client] = connect(loop);
    CHECK(server->peer_address() == "127.0.0.1");
    CHECK(server->peer_is_loopback());
    reset(client);
    IoStatus status = IoStatus::would_block;
    CHECK(run_until(loop, [&] { return read_all(*server, status), status != IoStatus::would_block; }));
    CHECK(server->peer_address() == "127.0.0.1");
}

TEST_CASE("a wait fires once, later, and the second replaces the first") {
    Loop loop;
    auto [server, client] = connect(loop);
    int first = 0;
    int second = 0;
    send_text(client, "x");
    server->wait_readable([&] { ++first; });
    server->wait_readable([&] { ++second; });
    CHECK(second == 0); // never from inside the call
    CHECK(run_until(loop, [&] { return second == 1; }));
    send_text(client, "y");
    settle(loop);
    CHECK(first == 0);
    CHECK(second == 1);
}

TEST_CASE("reader and writer wait side by side") {
    Loop loop;
    auto [server, client] = connect(loop);
    bool readable = false;
    bool writable = false;
    server->wait_readable([&] { readable = true; });
    server->wait_writable([&] { writable = true; });
    CHECK(run_until(loop, [&] { return writable; }));
    CHECK_FALSE(readable);
    send_text(client, "x");
    CHECK(run_until(loop, [&] { return readable; }));
}

TEST_CASE("cancelled waits do not run, and a wait after that does") {
    Loop loop;
    auto [server, client] = connect(loop);
    server->wait_readable([] { FAIL("was cancelled"); });
    server->wait_writable([] { FAIL("was cancelled"); });
    server->cancel_waits();
    send_text(client, "x");
    settle(loop);
    bool ran = false;
    server->wait_readable([&] { ran = true; });
    CHECK(run_until(loop, [&] { return ran; }));
}

TEST_CASE("a stream may be destroyed with a completed wait in the loop's queue") {
    Loop loop;
    auto [server, client] = connect(loop);
    auto [other, other_client] = connect(loop);
    // Both are ready in the same round; whoever runs first destroys the other.
    int ran = 0;
    server->wait_writable([&, &other = other] { ++ran, other.reset(); });
    other->wait_writable([&, &server = server] { ++ran, server.reset(); });
    settle(loop);
    CHECK(ran == 1);
}

TEST_CASE("a callback may destroy its own stream") {
    Loop loop;
    auto [server, client] = connect(loop);
    server->wait_writable([&server = server] { server.reset(); });
    CHECK(run_until(loop, [&server = server] { return server == nullptr; }));
    CHECK(receive(loop, client, 1).empty());
}

TEST_CASE("the end of input is an orderly close, and we may still write") {
    Loop loop;
    auto [server, client] = connect(loop);
    send_text(client, "last");
    ::shutdown(client.number(), SHUT_WR);
    IoStatus status{};
    std::string got;
    CHECK(run_until(loop,
                    [&, &server = server] { return got += read_all(*server, status), status == IoStatus::closed; }));
    CHECK(got == "last");
    CHECK(server->write_some("bye").status == IoStatus::ok);
    CHECK(receive(loop, client, 3) == "bye");
}

TEST_CASE("we may end our side and read on") {
    Loop loop;
    auto [server, client] = connect(loop);
    CHECK(server->write_some("bye").status == IoStatus::ok);
    server->end_writing();
    server->end_writing();
    CHECK(server->write_some("more").status == IoStatus::failed);
    CHECK(receive(loop, client, 100) == "bye"); // up to the end of input
    send_text(client, "last");
    CHECK(read_exactly(loop, *server, 4) == "last");
}

TEST_CASE("a reset fires the wait and fails with a reason") {
    Loop loop;
    auto [server, client] = connect(loop);
    bool fired = false;
    server->wait_readable([&] { fired = true; });
    reset(client);
    CHECK(run_until(loop, [&] { return fired; }));
    std::array<char, 8> buffer;
    CHECK(server->read_some(buffer).status == IoStatus::failed);
    CHECK_FALSE(server->last_error().empty());
    CHECK(server->write_some("x").status == IoStatus::failed); // and no SIGPIPE
}

TEST_CASE("close sends what was written before it, even with input unread") {
    Loop loop;
    auto [server, client] = connect(loop);
    send_text(client, std::string(20'000, 'x'));
    bool readable = false;
    server->wait_readable([&] { readable = true; });
    REQUIRE(run_until(loop, [&] { return readable; }));
    REQUIRE(server->write_some("</stream:stream>").status == IoStatus::ok);
    server->close();
    server->close();
    CHECK(receive(loop, client, 100) == "</stream:stream>");
    std::array<char, 8> buffer;
    CHECK(server->read_some(buffer).status == IoStatus::failed);
    CHECK(server->write_some("x").status == IoStatus::failed);
    CHECK_FALSE(server->unacknowledged());
    server->wait_readable([] { FAIL("closed"); });
    settle(loop);
}

TEST_CASE("a slow reader blocks us early, and what it has not acknowledged is known") {
    Loop loop;
    auto [server, client] = connect(loop);
    const std::string sent(1 << 20, 'm');
    std::size_t done = 0;
    std::size_t blocked = 0;
    std::string got;
    std::array<char, 65536> buffer;
    std::move_only_function<void()> write = [&, &server = server] {
        while (done < sent.size()) {
            const auto outcome = server->write_some(std::string_view(sent).substr(done));
            if (outcome.status == IoStatus::would_block) {
                ++blocked;
                return server->wait_writable([&] { write(); });
            }
            REQUIRE(outcome.status == IoStatus::ok);
            done += outcome.count;
        }
    };
    write();
    CHECK(blocked > 0);
    CHECK(server->unacknowledged().value_or(0) > 0);
    CHECK(run_until(loop, [&, &client = client] {
        if (const auto count = ::recv(client.number(), buffer.data(), buffer.size(), 0); count > 0)
            got.append(buffer.data(), static_cast<std::size_t>(count));
        return got.size() == sent.size();
    }));
    CHECK(run_until(loop, [&server = server] { return server->unacknowledged() == 0u; }));
}

TEST_CASE("sockets are tuned") {
    Loop loop;
    int ends[2];
    Descriptor listening(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    REQUIRE(::bind(listening.number(), reinterpret_cast<sockaddr*>(&name), size) == 0);
    REQUIRE(::listen(listening.number(), 1) == 0);
    REQUIRE(::getsockname(listening.number(), reinterpret_cast<sockaddr*>(&name), &size) == 0);
    Descriptor client = connect_to(ntohs(name.sin_port));
    ends[0] = ::accept4(listening.number(), nullptr, nullptr, SOCK_NONBLOCK);
    ends[1] = -1;
    const auto stream = tcp_stream(loop, ends[0]);
    auto option = [&](int level, int which) {
        int value = -1;
        socklen_t length = sizeof value;
        CHECK(::getsockopt(ends[0], level, which, &value, &length) == 0);
        return value;
    };
    CHECK(option(IPPROTO_TCP, TCP_NODELAY) != 0);
    CHECK(option(IPPROTO_TCP, TCP_NOTSENT_LOWAT) == 16 * 1024);
    CHECK(option(SOL_SOCKET, SO_KEEPALIVE) != 0);
}

TEST_CASE("tcp_stream does not close what it could not take") {
    Loop loop;
    CHECK_THROWS_AS(tcp_stream(loop, 100'000), std::system_error);
}

TEST_CASE("release forgets the old loop's waits; then another may adopt") {
    Loop old_loop;
    Loop new_loop;
    auto [server, client] = connect(old_loop);
    server->wait_readable([] { FAIL("the wait was released"); });
    server->wait_writable([] { FAIL("the wait was released"); });
    send_text(client, "first");
    server->release();
    server->wait_readable([] { FAIL("between two loops"); });
    settle(old_loop);
    CHECK_THROWS_AS(server->release(), std::logic_error);

    server->adopt(new_loop);
    CHECK_THROWS_AS(server->adopt(new_loop), std::logic_error);
    bool readable = false;
    server->wait_readable([&] { readable = true; });
    settle(old_loop);
    CHECK_FALSE(readable);
    CHECK(run_until(new_loop, [&] { return readable; }));
    CHECK(read_all(*server) == "first");
    send_text(client, "second");
    CHECK(read_exactly(new_loop, *server, 6) == "second");
    settle(old_loop);
}

TEST_CASE("a stream may be destroyed between two loops") {
    Loop loop;
    auto [server, client] = connect(loop);
    server->wait_readable([] { FAIL("was released"); });
    server->release();
    server.reset();
    settle(loop);
    CHECK(receive(loop, client, 1).empty());
}

TEST_CASE("one callback may end other streams whose events were fetched with its own") {
    Loop loop;
    std::vector<Connection> connections;
    for (int i = 0; i < 8; ++i) connections.push_back(connect(loop));
    int called = 0;
    for (auto& connection : connections) {
        connection.server->wait_readable([&] {
            ++called;
            for (auto& other : connections) other.server.reset();
        });
        send_text(connection.client, "x");
    }
    CHECK(run_until(loop, [&] { return called > 0; }));
    settle(loop);
    CHECK(called == 1);
}

TEST_CASE("a callback that ends its own stream keeps the other wait from being called") {
    Loop loop;
    auto [server, client] = connect(loop);
    server->wait_readable([&server = server] { server.reset(); });
    server->wait_writable([] { FAIL("its stream is gone"); });
    send_text(client, "x");
    (void)loop.poll(); // both at once
    CHECK(run_until(loop, [&server = server] { return server == nullptr; }));
    settle(loop);
}

TEST_CASE("input that nobody waits for does not keep the loop awake") {
    Loop loop;
    auto [server, client] = connect(loop);
    send_text(client, "x");
    settle(loop);
    const Instant deadline = SystemClock().now() + 2ms;
    loop.wait(deadline);
    CHECK(SystemClock().now() >= deadline);
    client.close(); // nor a peer that has gone
    settle(loop);
    const Instant second = SystemClock().now() + 2ms;
    loop.wait(second);
    CHECK(SystemClock().now() >= second);
    CHECK(read_exactly(loop, *server, 1) == "x"); // and nothing was lost
}

TEST_CASE("streams move back and forth between two threads") {
    Loop home;
    Loop away;
    auto [server, client] = connect(home);
    std::mutex mutex;
    std::unique_ptr<ByteStream> in_transit;
    std::atomic<bool> over{false};

    // The other thread adopts what comes, echoes one byte, and hands it back.
    std::unique_ptr<ByteStream> returned;
    std::thread thread([&] {
        std::unique_ptr<ByteStream> mine;
        while (!over) {
            away.wait(SystemClock().now() + 5ms);
            const std::lock_guard lock(mutex);
            if (!in_transit || mine) continue;
            mine = std::move(in_transit);
            mine->adopt(away);
            mine->wait_readable([&] {
                std::array<char, 1> byte{};
                if (mine->read_some(byte).status == IoStatus::ok) (void)mine->write_some({byte.data(), 1});
                mine->wait_readable([] {}); // something for release to cancel
                mine->release();
                const std::lock_guard handing_back(mutex);
                returned = std::move(mine);
                home.wake();
            });
        }
    });
    std::unique_ptr<ByteStream> mine = std::move(server);
    int rounds = 0;
    for (; rounds < 50 && mine; ++rounds) {
        mine->wait_readable([] {}); // may or may not complete before the release
        send_text(client, "x");
        mine->release();
        {
            const std::lock_guard lock(mutex);
            in_transit = std::move(mine);
            away.wake();
        }
        CHECK(receive(home, client, 1) == "x");
        CHECK(run_until(home, [&] {
            const std::lock_guard lock(mutex);
            return returned != nullptr;
        }));
        const std::lock_guard lock(mutex);
        mine = std::move(returned);
        if (mine) mine->adopt(home);
    }
    over = true;
    away.wake();
    thread.join();
    CHECK(rounds == 50);
    CHECK(mine != nullptr);
}
