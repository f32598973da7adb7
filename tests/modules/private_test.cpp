// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

using namespace epode::test;

namespace {

std::string iq(std::string_view type, std::string_view inside, std::string_view to = {}) {
    std::string query = "<iq type='" + std::string(type) + "' id='1'";
    if (!to.empty()) query += " to='" + std::string(to) + "'";
    return query + "><query xmlns='jabber:iq:private'>" + std::string(inside) + "</query></iq>";
}

constexpr const char* hamlet = "<exodus xmlns='exodus:prefs'><defaultnick>Hamlet</defaultnick></exodus>";
constexpr const char* done = "<iq type='result'/>";

std::string refused(std::string_view condition, std::string_view type, std::string_view text = {}) {
    std::string error = "<iq type='error'><error type='" + std::string(type) + "' code='*'><" + std::string(condition) +
                        " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>";
    if (!text.empty()) error += "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>*</text>";
    return error + "</error></iq>";
}

} // namespace

TEST_CASE("a fragment that was saved is loaded again") {
    TestServer server{"private"};
    auto& client = server.login("hamlet@example.org/denmark");
    client.send(iq("set", hamlet));
    CHECK(client.receive() == done);
    client.send(iq("get", "<exodus xmlns='exodus:prefs'/>"));
    CHECK(client.receive() == iq("result", hamlet));
}

TEST_CASE("what was never saved is an empty element") {
    TestServer server{"private"};
    auto& client = server.login("hamlet@example.org/denmark");
    client.send(iq("get", "<storage xmlns='storage:bookmarks' attribute='is not kept'/>"));
    CHECK(client.receive() == iq("result", "<storage xmlns='storage:bookmarks'/>"));
}

TEST_CASE("fragments of other names and namespaces are others") {
    TestServer server{"private"};
    auto& client = server.login("hamlet@example.org/denmark");
    client.send(iq("set", "<a xmlns='one'>1</a>"));
    client.send(iq("set", "<a xmlns='two'>2</a>"));
    client.drain();
    client.send(iq("get", "<a xmlns='one'/>"));
    CHECK(client.receive() == iq("result", "<a xmlns='one'>1</a>"));
    client.send(iq("get", "<b xmlns='one'/>"));
    CHECK(client.receive() == iq("result", "<b xmlns='one'/>"));
}

TEST_CASE("the last one that was saved counts, on every device and after a restart") {
    TestServer server{"private"};
    auto& first = server.login("hamlet@example.org/denmark");
    first.send(iq("set", hamlet));
    first.send(iq("set", "<exodus xmlns='exodus:prefs'>later</exodus>"));
    auto& second = server.login("hamlet@example.org/england");
    second.send(iq("get", "<exodus xmlns='exodus:prefs'/>"));
    CHECK(second.receive() == iq("result", "<exodus xmlns='exodus:prefs'>later</exodus>"));
    server.restart();
    auto& third = server.login("hamlet@example.org/poland");
    third.send(iq("get", "<exodus xmlns='exodus:prefs'/>"));
    CHECK(third.receive() == iq("result", "<exodus xmlns='exodus:prefs'>later</exodus>"));
}

TEST_CASE("nobody reads or writes another one's fragments") {
    TestServer server{"private"};
    auto& owner = server.login("hamlet@example.org/denmark");
    owner.send(iq("set", hamlet));
    owner.drain();
    auto& macbeth = server.login("macbeth@example.org/scotland");
    macbeth.send(iq("set", "<exodus xmlns='exodus:prefs'>Macbeth</exodus>", "hamlet@example.org"));
    CHECK(macbeth.receive() == refused("service-unavailable", "cancel"));
    macbeth.send(iq("get", "<exodus xmlns='exodus:prefs'/>", "hamlet@example.org"));
    CHECK(macbeth.receive() == refused("service-unavailable", "cancel"));
    owner.send(iq("get", "<exodus xmlns='exodus:prefs'/>", "hamlet@example.org"));
    CHECK(owner.receive() == iq("result", hamlet));
}

TEST_CASE("a query without a fragment is a bad request") {
    TestServer server{"private"};
    auto& client = server.login("hamlet@example.org/denmark");
    for (const char* type : {"get", "set"}) {
        client.send(iq(type, ""));
        CHECK(client.receive() == refused("bad-request", "modify", "why"));
    }
}

TEST_CASE("a fragment has a largest size") {
    TestServer server({"private"}, "<private max-bytes='1KiB'/>");
    auto& client = server.login("hamlet@example.org/denmark");
    client.send(iq("set", "<a xmlns='x'>" + std::string(900, 'a') + "</a>"));
    CHECK(client.receive() == done);
    client.send(iq("set", "<a xmlns='x'>" + std::string(1100, 'a') + "</a>"));
    CHECK(client.receive() == "<iq type='error'><error type='modify' code='406'>"
                              "<policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                              "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>*</text></error></iq>");
}

TEST_CASE("an account has so many fragments, which may still change") {
    TestServer server({"private"}, "<private max-fragments='2'/>");
    auto& client = server.login("hamlet@example.org/denmark");
    client.send(iq("set", "<a xmlns='x'/>"));
    client.send(iq("set", "<b xmlns='x'/>"));
    client.drain();
    client.send(iq("set", "<c xmlns='x'/>"));
    CHECK(client.receive() == refused("resource-constraint", "wait", "why"));
    client.send(iq("set", "<b xmlns='x'>new</b>"));
    CHECK(client.receive() == done);
}

TEST_CASE("a fragment that could not be kept is not acknowledged") {
    TestServer server{"private"};
    auto& client = server.login("hamlet@example.org/denmark");
    server.fail_commit(1);
    client.send(iq("set", hamlet));
    CHECK(client.receive().attr("type") == "error");
    client.send(iq("get", "<exodus xmlns='exodus:prefs'/>"));
    CHECK(client.receive() == iq("result", "<exodus xmlns='exodus:prefs'/>"));
}
