// SPDX-License-Identifier: MIT
// The end of a stream, seen by a client: the error arrives even where the client goes on sending, and nobody holds the
// server up.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

using namespace epode;
using namespace epode::test;

namespace {
constexpr std::size_t kilobyte = 1024;
} // namespace

TEST_CASE("a stream error reaches a client that is still sending") {
    TestServer server{};
    for (const std::string broken : {"<a></b>", "<!-- c -->", "<message from='else@example.org'/>", "<what/>"}) {
        auto& romeo = server.login("romeo@example.org");
        romeo.send(broken + std::string(300 * kilobyte, 'x'));
        CHECK(romeo.stream_error() != "");
        CHECK(romeo.closed());
        CHECK(romeo.unsent() < kilobyte);
    }
}

TEST_CASE("the end of the stream is said before the connection ends, and nothing after it") {
    TestServer server{};
    auto& romeo = server.login("romeo@example.org");
    romeo.send("<what/><iq type='get' id='late'><a xmlns='b:c'/></iq>");
    CHECK(romeo.raw().ends_with("</stream:error></stream:stream>"));
}

TEST_CASE("of what comes after the end only a bounded part is taken, and for a bounded time") {
    TestServer server{};
    auto& romeo = server.login("romeo@example.org");
    romeo.stall(true); // it does not even see that the server has ended
    romeo.send("<a></b>" + std::string(4096 * kilobyte, 'x'));
    CHECK(romeo.unsent() > 2048 * kilobyte);
    server.advance(4s);
    romeo.stall(false);
    CHECK(romeo.closed());
}

TEST_CASE("a client that ends its stream is answered and needs not wait") {
    TestServer server{};
    auto& romeo = server.login("romeo@example.org");
    romeo.close();
    CHECK(romeo.closed());
    CHECK(romeo.stream_error().empty());
    CHECK(romeo.raw().ends_with("</stream:stream>"));
}
