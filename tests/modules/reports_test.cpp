// SPDX-License-Identifier: MIT
// XEP-0377: a block with a report is a block, and administrators learn of the report.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

using namespace epode::test;

namespace {

std::string block(std::string_view jid, std::string_view report) {
    return "<iq type='set' id='block1'><block xmlns='urn:xmpp:blocking'><item jid='" + std::string(jid) + "'>" +
           std::string(report) + "</item></block></iq>";
}
constexpr const char* spam =
    "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'><text xml:lang='en'>Never came trouble to "
    "my "
    "house like this.</text><stanza-id xmlns='urn:xmpp:sid:0' by='juliet@example.org' id='28482'/></report>";

} // namespace

TEST_CASE("who is reported is blocked, administrators are told and find it again after a kill") {
    TestServer server({"reports"}, "<reports tell='friar@example.org'/>");
    auto& friar = server.login("friar@example.org/cell");
    friar.available();
    auto& juliet = server.login("juliet@example.org/chamber");
    juliet.send(block("romeo@example.net/x", spam));
    CHECK(juliet.receive().attr("type") == "result");
    juliet.send("<iq type='get' id='l'><blocklist xmlns='urn:xmpp:blocking'/></iq>");
    CHECK(juliet.receive().xml().contains("romeo@example.net/x"));
    const auto told = friar.receive();
    CHECK(told.attr("from") == "example.org");
    CHECK(told.xml().contains("juliet@example.org reports romeo@example.net/x: spam\nNever came trouble"));
    server.kill();
    for (const char* about : {"", "example.net", "romeo@example.net"}) {
        const auto listed = server.command("reports-list", {{"about", about}});
        CHECK(listed.contains("romeo@example.net/x"));
        CHECK(listed.contains("28482"));
    }
    CHECK_FALSE(server.command("reports-list", {{"about", "example.org"}}).contains("romeo"));
    server.command("reports-clear", {});
    CHECK_FALSE(server.command("reports-list", {{"about", ""}}).contains("romeo"));
}

TEST_CASE("so many reports are kept, the newest ones") {
    TestServer server({"reports"}, "<reports most='2'/>");
    auto& juliet = server.login("juliet@example.org/chamber");
    for (const char* who : {"a@example.net", "b@example.net", "c@example.net"}) juliet.send(block(who, spam));
    const auto listed = server.command("reports-list", {{"about", ""}});
    CHECK_FALSE(listed.contains("a@example.net"));
    CHECK(listed.contains("b@example.net"));
    CHECK(listed.contains("c@example.net"));
}

TEST_CASE("a report without a reason is a plain block; one that was refused is no report") {
    TestServer server({"reports"}, "<blocking limit='1'/>");
    auto& juliet = server.login("juliet@example.org/chamber");
    juliet.send(block("a@example.net", "<report xmlns='urn:xmpp:reporting:1'/>"));
    CHECK(juliet.receive().attr("type") == "result");
    juliet.send(block("b@example.net", spam));
    CHECK(juliet.receive().attr("type") == "error");
    CHECK_FALSE(server.command("reports-list", {{"about", ""}}).contains("example.net"));
}

TEST_CASE("the server says that it takes reports") {
    TestServer server{"reports"};
    auto& juliet = server.login("juliet@example.org/chamber");
    juliet.send("<iq id='d' type='get' to='example.org'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    CHECK(juliet.receive().xml().contains("urn:xmpp:reporting:1"));
}
