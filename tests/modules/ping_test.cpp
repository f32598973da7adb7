// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

using namespace epode;
using namespace epode::test;

namespace {
constexpr const char* pong = "<iq type='result'/>";
constexpr const char* asked = "<iq type='get' from='example.org'><ping xmlns='urn:xmpp:ping'/></iq>";
} // namespace

TEST_CASE("a ping to the server, to oneself and to nobody is answered (4.2)") {
    TestServer server{"ping"};
    auto& juliet = server.login("juliet@example.org/balcony");
    for (const char* to : {" to='example.org'", " to='juliet@example.org'", ""}) {
        juliet.send("<iq type='get' id='c2s1'" + std::string(to) + "><ping xmlns='urn:xmpp:ping'/></iq>");
        const auto answer = juliet.receive();
        CHECK(answer == pong);
        CHECK(answer.attr("id") == "c2s1");
    }
}

TEST_CASE("pings do not tell whether somebody else's account exists") {
    TestServer server{"ping"};
    server.account("romeo@example.org");
    auto& juliet = server.login("juliet@example.org/balcony");
    for (const char* to : {"romeo@example.org", "nobody@example.org"}) {
        juliet.send("<iq type='get' id='1' to='" + std::string(to) + "'><ping xmlns='urn:xmpp:ping'/></iq>");
        CHECK(juliet.receive() == "<iq type='error'><error type='cancel' code='503'>"
                                  "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
    }
}

TEST_CASE("a ping to a device is the device's to answer") {
    TestServer server{"ping"};
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& romeo = server.login("romeo@example.org/home");
    romeo.send("<iq type='get' id='e2e1' to='juliet@example.org/balcony'><ping xmlns='urn:xmpp:ping'/></iq>");
    CHECK(juliet.receive() == "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>");
    juliet.send("<iq type='result' id='e2e1' to='romeo@example.org/home'/>");
    CHECK(romeo.receive() == pong);
}

TEST_CASE("silent clients are left alone by default") {
    TestServer server{"ping"};
    auto& juliet = server.login("juliet@example.org/balcony");
    server.advance(1h);
    CHECK(juliet.silent());
}

TEST_CASE("a silent client is pinged, and again after the next silence") {
    TestServer server({"ping"}, "<ping interval='1min' timeout='10s'/>");
    auto& juliet = server.login("juliet@example.org/balcony");
    for (int i = 0; i < 2; ++i) {
        server.advance(50s);
        CHECK(juliet.silent());
        server.advance(16s);
        const auto ping = juliet.receive();
        REQUIRE(ping == asked);
        juliet.send("<iq type='result' to='example.org' id='" + ping.attr("id") + "'/>");
    }
    server.advance(20s);
    CHECK_FALSE(juliet.closed());
    CHECK(juliet.silent());
}

TEST_CASE("an error counts as an answer (4.1)") {
    TestServer server({"ping"}, "<ping interval='1min' timeout='10s'/>");
    auto& juliet = server.login("juliet@example.org/balcony");
    server.advance(66s);
    const auto ping = juliet.receive();
    REQUIRE(ping == asked);
    juliet.send(
        "<iq type='error' to='example.org' id='" + ping.attr("id") +
        "'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
    server.advance(20s);
    CHECK_FALSE(juliet.closed());
}

TEST_CASE("a client that does not answer is given up") {
    TestServer server({"ping"}, "<ping interval='1min' timeout='10s'/>");
    auto& juliet = server.login("juliet@example.org/balcony");
    server.advance(61s);
    REQUIRE(juliet.receive() == asked);
    server.advance(5s);
    CHECK_FALSE(juliet.closed());
    server.advance(6s);
    CHECK(juliet.closed());
    CHECK(juliet.stream_error() == "connection-timeout");
}

TEST_CASE("a client that talks is not pinged") {
    TestServer server({"ping"}, "<ping interval='1min'/>");
    auto& juliet = server.login("juliet@example.org/balcony");
    for (int i = 0; i < 5; ++i) {
        server.advance(40s);
        CHECK(juliet.silent());
        juliet.send("<presence/>");
        juliet.drain();
    }
}
