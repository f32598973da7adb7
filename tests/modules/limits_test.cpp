// SPDX-License-Identifier: MIT
// Rates, sizes and failed logins.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

#include <string>

using namespace epode;
using namespace epode::test;

namespace {

constexpr std::string_view header = "<stream:stream xmlns='jabber:client' "
                                    "xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>";
/// A response to PLAIN with a wrong password: \0romeo\0wrong.
constexpr std::string_view wrong =
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAHdyb25n</auth>";

/// What the server says to one login of a fresh connection, after as much time as it takes.
std::string attempt(TestServer& server) {
    auto& client = server.connect();
    client.send(header);
    static_cast<void>(client.raw());
    client.drain();
    client.send(wrong);
    server.advance(10s); // core itself takes its time to say so
    auto answer = client.raw();
    client.close();
    return answer;
}

bool pings(Client& client) {
    client.send("<iq type='get' id='p' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>");
    return static_cast<bool>(client.receive());
}

} // namespace

TEST_CASE("limits: the size of a stanza is announced after login") {
    TestServer server{"limits"};
    auto& romeo = server.login("romeo@example.org/orchard");
    const auto features = romeo.raw();
    const auto at = features.find("<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>");
    REQUIRE(at != std::string::npos);
    CHECK(features.find("<limits", at + 1) == std::string::npos);
    CHECK(features.rfind("<bind ", at) != std::string::npos);
}

TEST_CASE("limits: who sends too fast is read later, and loses nothing") {
    TestServer server({"limits", "ping"}, "<limits loopback='true' burst='5' rate='1'/>");
    auto& romeo = server.login("romeo@example.org/orchard");
    int answered = 0;
    for (int i = 0; i < 8; ++i) answered += pings(romeo) ? 1 : 0;
    CHECK(answered < 8);
    CHECK(answered >= 5);
    for (int i = 0; i < 20; ++i) {
        server.advance(1s);
        answered += static_cast<int>(romeo.receive_all().size());
    }
    CHECK(answered == 8);
    CHECK_FALSE(romeo.closed());
}

TEST_CASE("limits: others are not held up") {
    TestServer server({"limits", "ping"}, "<limits loopback='true' burst='2' rate='1'/>");
    auto& romeo = server.login("romeo@example.org/orchard");
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& phone = server.login("romeo@example.org/phone");
    for (int i = 0; i < 5; ++i) pings(romeo);
    CHECK(pings(juliet));
    CHECK(pings(phone));
}

TEST_CASE("limits: the burst comes back with time") {
    TestServer server({"limits", "ping"}, "<limits loopback='true' burst='3' rate='1'/>");
    auto& romeo = server.login("romeo@example.org/orchard");
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 3; ++i) CHECK(pings(romeo));
        server.advance(5s);
    }
}

TEST_CASE("limits: bytes count where the administrator says so") {
    TestServer server({"limits", "ping"}, "<limits loopback='true' byte-burst='2KiB' byte-rate='1KiB'/>");
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send("<message to='example.net' type='error'><body>" + std::string(4096, 'x') + "</body></message>");
    CHECK_FALSE(pings(romeo));
    server.advance(5s);
    CHECK(romeo.receive());
}

TEST_CASE("limits: an address that guesses passwords is put off") {
    TestServer server({"limits"}, "<limits loopback='true' login-failures='2' login-wait='1h'/>");
    server.account("romeo@example.org");
    constexpr std::string_view put_off = "<temporary-auth-failure/>";
    std::size_t free = 0; // each shard counts what it has accepted
    while (free <= server.shards() * 10 && attempt(server).find(put_off) == std::string::npos) ++free;
    CHECK(free >= 2);
    CHECK(free <= server.shards() * 2);
    server.advance(3h);
    CHECK(attempt(server).find(put_off) == std::string::npos);
}

TEST_CASE("limits: a mechanism that a client cannot do is no guess") {
    TestServer server({"limits"}, "<limits loopback='true' login-failures='2' login-wait='1h'/>");
    server.account("romeo@example.org");
    for (std::size_t i = 0; i <= server.shards() * 3; ++i) {
        auto& client = server.connect();
        client.send(header);
        client.drain();
        // y,,n=romeo,r=abcdef: it says "y" because it knows none of our channel bindings.
        client.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
                    "mechanism='SCRAM-SHA-1'>eSwsbj1yb21lbyxyPWFiY2RlZg==</auth>");
        CHECK(client.receive().xml().find("<not-authorized/>") != std::string::npos);
        client.close();
    }
    CHECK(attempt(server).find("<not-authorized/>") != std::string::npos);
}
