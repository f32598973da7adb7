// SPDX-License-Identifier: MIT
// RFC 6120 section 7: a resource is bound, refused, taken over. (Clients that bind at the same moment on threads of
// their own: tests/client/hostile_test.py.)
#include "core/base/base64.hpp"
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

#include <algorithm>

using namespace epode;
using namespace epode::test;

namespace {

constexpr std::string_view header = "<stream:stream xmlns='jabber:client' "
                                    "xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>";

TestOptions with(const std::string& c2s) {
    TestOptions options;
    options.c2s = c2s;
    options.all_modules = true;
    return options;
}

std::string binding(std::string_view resource) {
    return "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" + std::string(resource) +
           "</resource></bind></iq>";
}

/// Logged in, not bound; all in one go, which a client may do.
Client& unbound(TestServer& server, std::string_view name = "romeo") {
    auto& client = server.connect();
    const std::string plain = std::string(1, '\0') + std::string(name) + std::string(1, '\0') + "secret";
    client.send(std::string(header) + "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" +
                base64::encode(plain) + "</auth>" + std::string(header));
    return client;
}

/// What has come since it could bind: the kit's parser does not follow a stream that restarts by itself.
std::string last(Client& client) {
    const auto all = client.raw();
    return all.substr(all.rfind("</stream:features>"));
}
bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

constexpr std::string_view stream_conflict = "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>";

} // namespace

TEST_CASE("binding: the old session of a taken resource ends, if so configured and by default") {
    for (const auto* c2s : {"", "conflict='replace'"}) {
        TestServer server(with(c2s));
        auto& old = server.login("romeo@example.org/same");
        old.available();
        auto& other = server.login("romeo@example.org/other");
        other.available();
        old.drain();
        auto& young = server.login("romeo@example.org/same");
        CHECK(young.jid().resource() == "same");
        CHECK(old.stream_error() == "conflict");
        CHECK(old.closed());
        CHECK(old.raw().ends_with("</stream:error></stream:stream>"));
        CHECK(other.receive() == "<presence from='romeo@example.org/same' type='unavailable'/>");
        young.available();
        other.drain();
        other.send("<message to='romeo@example.org/same' id='m' type='chat'><body>hi</body></message>");
        CHECK(young.receive().attr("id") == "m");
    }
}

TEST_CASE("binding: what the old session did not get, the new one does") {
    TestServer server(with(""));
    auto& old = server.login("romeo@example.org/same");
    old.send("<enable xmlns='urn:xmpp:sm:3'/>");
    old.available();
    old.stall(true);
    auto& juliet = server.login("juliet@example.org/j");
    juliet.send("<message to='romeo@example.org/same' id='m' type='chat'><body>hi</body></message>");
    auto& young = server.login("romeo@example.org/same");
    young.send("<presence/>");
    const auto all = young.receive_all();
    CHECK(std::ranges::count_if(all, [](const auto& one) { return one.attr("id") == "m"; }) == 1);
}

TEST_CASE("binding: a taken resource is refused, and another one may be asked for") {
    TestServer server(with("conflict='refuse'"));
    auto& old = server.login("romeo@example.org/same");
    auto& young = unbound(server);
    young.send(binding("same"));
    CHECK(has(last(young), "<error type='modify' code='409'><conflict"));
    CHECK(has(last(young), "this resource is in use"));
    young.send(binding("free"));
    CHECK(has(last(young), "<jid>romeo@example.org/free</jid>"));
    CHECK_FALSE(old.closed());
    old.send("<iq type='get' id='1'><a xmlns='b:c'/></iq>");
    CHECK(old.receive().attr("id") == "1");
}

TEST_CASE("binding: a taken resource is renamed") {
    TestServer server(with("conflict='rename'"));
    auto& old = server.login("romeo@example.org/same");
    auto& young = unbound(server);
    young.send(binding("same"));
    CHECK(has(last(young), "<jid>romeo@example.org/same-"));
    CHECK_FALSE(old.closed());
}

TEST_CASE("binding: without a resource, or with an empty one, the server makes one up") {
    TestServer server(with("conflict='refuse'"));
    server.account("romeo@example.org");
    for (const auto* request : {"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
                                "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource/>"
                                "</bind></iq>"}) {
        auto& client = unbound(server);
        client.send(request);
        CHECK(has(last(client), "<jid>romeo@example.org/"));
    }
}

TEST_CASE("binding: a resource that is none, and requests that are none, up to ten times (7.7.3)") {
    TestServer server(with(""));
    server.account("romeo@example.org");
    auto& client = unbound(server);
    for (int i = 0; i < 9; ++i) {
        client.send(binding(std::string(1024, 'r')));
        CHECK(has(last(client), "<error type='modify' code='400'><bad-request"));
        CHECK_FALSE(has(last(client), "stream:error"));
    }
    SECTION("the next is good") {
        client.send(binding("good"));
        CHECK(has(last(client), "<jid>romeo@example.org/good</jid>"));
    }
    SECTION("and no more") {
        client.send(binding(std::string(1024, 'r')));
        CHECK(has(last(client), "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"));
        CHECK(client.closed());
    }
}

TEST_CASE("binding: an account has so many sessions, and may replace one of them") {
    TestServer server(with("max-sessions='2'"));
    auto& first = server.login("romeo@example.org/1");
    auto& second = server.login("romeo@example.org/2");
    auto& third = unbound(server);
    third.send(binding("3"));
    CHECK(has(last(third), "<error type='wait' code='500'><resource-constraint"));
    third.send(binding("2"));
    CHECK(has(last(third), "<jid>romeo@example.org/2</jid>"));
    CHECK(has(last(second), stream_conflict));
    CHECK_FALSE(first.closed());
}
