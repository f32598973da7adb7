// SPDX-License-Identifier: MIT
#include "core/base/codec.hpp"
#include "modules/last/left.hpp"
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

using namespace epode;
using namespace epode::test;

namespace {

std::string ask(std::string_view to) {
    return "<iq type='get' id='last1' to='" + std::string(to) + "'><query xmlns='jabber:iq:last'/></iq>";
}
std::string said(std::string_view seconds, std::string_view status = {}) {
    return "<iq type='result'><query xmlns='jabber:iq:last' seconds='" + std::string(seconds) + "'>" +
           std::string(status) + "</query></iq>";
}
constexpr const char* forbidden = "<iq type='error'><error type='auth' code='403'><forbidden "
                                  "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>";

void befriend(TestServer& server) {
    server.account("juliet@example.org");
    server.account("romeo@example.org");
    server.befriend("juliet@example.org", "romeo@example.org");
}

} // namespace

TEST_CASE("the server says how long it has been running") {
    TestServer server{"last"};
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(ask("example.org"));
    const auto before = std::stoul(Received(romeo.receive()).fragment().element().first().attr("seconds").str());
    server.advance(100s);
    romeo.send(ask("example.org"));
    CHECK(romeo.receive() == said(std::to_string(before + 100)));
}

TEST_CASE("a contact learns when somebody left, and with which words") {
    TestServer server{"last", "roster", "presence"};
    befriend(server);
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.available();
    juliet.send("<presence type='unavailable'><status>Heading Home</status></presence>");
    server.advance(903s);
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(ask("juliet@example.org"));
    CHECK(romeo.receive() == said("903", "Heading Home"));

    server.restart();
    auto& later = server.login("romeo@example.org/orchard");
    server.advance(7s);
    later.send(ask("juliet@example.org"));
    CHECK(later.receive() == said("910", "Heading Home"));
}

TEST_CASE("departures are written together, after a second; a stop, an unload and a reload do not wait for it") {
    TestServer server{"last", "roster", "presence"};
    befriend(server);
    const auto rows = [&] { return server.stored("Heading Home")["store/last/last"]; };
    const auto leave = [&](std::string_view jid) {
        auto& client = server.login(jid);
        client.available();
        client.send("<presence type='unavailable'><status>Heading Home</status></presence>");
    };
    leave("juliet@example.org/balcony");
    leave("romeo@example.org/garden");
    CHECK(rows() == 0);
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(ask("juliet@example.org"));
    CHECK(romeo.receive() == said("0", "Heading Home"));

    SECTION("a second") {
        server.advance(1s);
        CHECK(rows() == 2);
        server.kill();
        CHECK(rows() == 2);
    }
    SECTION("a kill") {
        server.kill();
        CHECK(rows() == 0);
    }
    SECTION("a stop") {
        server.restart();
        CHECK(rows() == 2);
    }
    SECTION("an unload") {
        CHECK(server.unload("last").empty());
        CHECK(rows() == 2);
    }
    SECTION("a reload") {
        CHECK(server.reload("last").empty());
        CHECK(rows() == 2);
        romeo.send(ask("juliet@example.org"));
        CHECK(romeo.receive() == said("0", "Heading Home"));
    }
}

TEST_CASE("who leaves because the server stops is written") {
    TestServer server{"last", "roster", "presence"};
    befriend(server);
    server.login("juliet@example.org/balcony").available();
    server.restart();
    server.advance(10s);
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(ask("juliet@example.org"));
    CHECK(romeo.receive() == said("10"));
}

TEST_CASE("who left just before the account was removed leaves no row") {
    TestServer server{"last", "roster", "presence"};
    befriend(server);
    const auto owner = server.owner_of("juliet@example.org");
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.available();
    SECTION("by itself") { juliet.send("<presence type='unavailable'/>"); }
    SECTION("by the removal") {}
    server.remove_account("juliet@example.org");
    server.advance(5s);
    CHECK(server.stored(owner)["store/last/last"] == 0);
}

TEST_CASE("who is there has been away for no time") {
    TestServer server{"last", "roster", "presence"};
    befriend(server);
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.available();
    auto& romeo = server.login("romeo@example.org/orchard");
    server.advance(50s);
    romeo.send(ask("juliet@example.org"));
    CHECK(romeo.receive() == said("0"));
}

TEST_CASE("a lost connection is a departure, too") {
    TestServer server{"last", "roster", "presence"};
    befriend(server);
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.available();
    juliet.close();
    server.advance(60s);
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(ask("juliet@example.org"));
    CHECK(romeo.receive() == said("60"));
}

TEST_CASE("one's own account answers") {
    TestServer server{"last"};
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(ask("romeo@example.org"));
    CHECK(romeo.receive().attr("type") == "error"); // never available so far
    romeo.available();
    romeo.send(ask("romeo@example.org"));
    CHECK(romeo.receive() == said("0"));
}

TEST_CASE("strangers learn nothing, from the account or from its devices") {
    TestServer server{"last", "roster", "presence"};
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.available();
    auto& tybalt = server.login("tybalt@example.org/street");
    tybalt.send(ask("juliet@example.org"));
    CHECK(tybalt.receive() == forbidden);
    tybalt.send(ask("juliet@example.org/balcony"));
    CHECK(tybalt.receive() == forbidden);
    CHECK(juliet.silent());
}

TEST_CASE("a contact's query reaches the device") {
    TestServer server{"last", "roster", "presence"};
    befriend(server);
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.available();
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(ask("juliet@example.org/balcony"));
    CHECK(juliet.receive() == "<iq type='get'><query xmlns='jabber:iq:last'/></iq>");
}

TEST_CASE("other queries of strangers reach the device as ever") {
    TestServer server{"last"};
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.available();
    auto& tybalt = server.login("tybalt@example.org/street");
    tybalt.send("<iq type='get' id='1' to='juliet@example.org/balcony'><query xmlns='jabber:iq:version'/></iq>");
    CHECK(juliet.receive() == "<iq type='get'><query xmlns='jabber:iq:version'/></iq>");
}

TEST_CASE("a stored time that cannot be is a damaged row") {
    last::Left left;
    left.at = WallTime(Duration::min());
    CHECK_FALSE(decode_value<last::Left>(encode_value(left)));
    left.at = WallTime(1s);
    CHECK(decode_value<last::Left>(encode_value(left)));
}
