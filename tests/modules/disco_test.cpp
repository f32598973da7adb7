// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "xep/xep0115_caps.hpp"

using namespace epode;
using namespace epode::test;
using xep::disco::Info;

namespace {

std::string info_query(std::string_view to, std::string_view node = {}) {
    std::string query = "<iq type='get' id='i'";
    if (!to.empty()) query += " to='" + std::string(to) + "'";
    query += "><query xmlns='http://jabber.org/protocol/disco#info'";
    if (!node.empty()) query += " node='" + std::string(node) + "'";
    return query + "/></iq>";
}

std::string items_query(std::string_view to, std::string_view node = {}) {
    std::string query = info_query(to, node);
    return query.replace(query.find("#info"), 5, "#items");
}

Info info(const Received& reply) {
    const auto stanza = reply.fragment();
    return Info::decode(stanza.element().first()).value();
}

Info ask(Client& client, std::string_view to, std::string_view node = {}) {
    client.send(info_query(to, node));
    return info(client.receive());
}

std::string error_of(std::string_view condition, std::string_view type = "cancel") {
    return "<iq type='error'><error type='" + std::string(type) + "' code='*'><" + std::string(condition) +
           " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>";
}

} // namespace

TEST_CASE("the server says what it is") {
    TestServer server{"disco"};
    auto& romeo = server.login("romeo@example.org/orchard");
    const auto said = ask(romeo, "example.org");
    REQUIRE(said.identities.size() == 1);
    CHECK(said.identities[0].category == "server");
    CHECK(said.identities[0].type == "im");
    CHECK(said.identities[0].name == "Epode");
    CHECK(said.has("http://jabber.org/protocol/disco#info"));
    CHECK(said.has("http://jabber.org/protocol/disco#items"));
    CHECK(said.has("http://jabber.org/protocol/caps"));
    CHECK(said.node.empty());
    CHECK(said.forms.empty());
}

TEST_CASE("each feature is announced once, in order") {
    TestServer server{"disco", "ping", "version", "private"};
    auto& romeo = server.login("romeo@example.org/orchard");
    auto said = ask(romeo, "example.org");
    auto tidied = said;
    tidied.tidy();
    CHECK(said == tidied);
    CHECK(said.has("urn:xmpp:ping"));
    CHECK(said.has("jabber:iq:version"));
}

TEST_CASE("what a module announces goes with it") {
    TestServer server{"disco", "ping"};
    auto& romeo = server.login("romeo@example.org/orchard");
    CHECK(ask(romeo, "example.org").has("urn:xmpp:ping"));
    REQUIRE(server.unload("ping").empty());
    CHECK_FALSE(ask(romeo, "example.org").has("urn:xmpp:ping"));
    REQUIRE(server.load("ping").empty());
    CHECK(ask(romeo, "example.org").has("urn:xmpp:ping"));
}

TEST_CASE("an account says what it is to its owner, with and without an address") {
    TestServer server{"disco"};
    auto& romeo = server.login("romeo@example.org/orchard");
    for (const char* to : {"", "romeo@example.org"}) {
        const auto said = ask(romeo, to);
        REQUIRE(said.identities.size() == 1);
        CHECK(said.identities[0].category == "account");
        CHECK(said.identities[0].type == "registered");
        CHECK(said.has("http://jabber.org/protocol/disco#info"));
        CHECK_FALSE(said.has("http://jabber.org/protocol/caps"));
    }
}

TEST_CASE("an account says nothing to strangers, nor whether it exists (section 8)") {
    TestServer server{"disco"};
    server.account("juliet@example.org");
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(info_query("juliet@example.org"));
    CHECK(romeo.receive() == error_of("service-unavailable"));
    romeo.send(info_query("juliet@example.org", "some-node"));
    CHECK(romeo.receive() == error_of("service-unavailable"));
    romeo.send(info_query("nobody@example.org"));
    CHECK(romeo.receive() == error_of("service-unavailable"));
    romeo.send(items_query("juliet@example.org"));
    const auto existing = romeo.receive();
    romeo.send(items_query("nobody@example.org"));
    CHECK(existing == error_of("service-unavailable"));
    CHECK(romeo.receive() == error_of("service-unavailable"));
}

TEST_CASE("an account says what it is to contacts that may see its presence") {
    TestServer server{"disco", "roster", "presence"};
    server.account("juliet@example.org");
    server.account("romeo@example.org");
    server.befriend("juliet@example.org", "romeo@example.org");
    auto& romeo = server.login("romeo@example.org/orchard");
    CHECK(ask(romeo, "juliet@example.org").identities.at(0).category == "account");
    romeo.send(items_query("juliet@example.org"));
    CHECK(romeo.receive() == "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
}

TEST_CASE("a node nobody knows is not found") {
    TestServer server{"disco"};
    auto& romeo = server.login("romeo@example.org/orchard");
    for (const char* to : {"example.org", "romeo@example.org"}) {
        romeo.send(info_query(to, "no-such-node"));
        CHECK(romeo.receive() == error_of("item-not-found"));
        romeo.send(items_query(to, "no-such-node"));
        CHECK(romeo.receive() == error_of("item-not-found"));
    }
}

TEST_CASE("without items the answer is empty, not an error") {
    TestServer server{"disco"};
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(items_query("example.org"));
    CHECK(romeo.receive() == "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
    romeo.send(items_query(""));
    CHECK(romeo.receive() == "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
}

TEST_CASE("contact addresses are a form (XEP-0157)") {
    TestServer server(
        {"disco"},
        "<disco abuse='mailto:abuse@example.org xmpp:abuse@example.org' status='https://status.example.org'/>");
    auto& romeo = server.login("romeo@example.org/orchard");
    const auto said = ask(romeo, "example.org");
    REQUIRE(said.forms.size() == 1);
    CHECK(said.forms[0].type == xep::Form::Type::result);
    CHECK(said.forms[0].form_type() == "http://jabber.org/network/serverinfo");
    REQUIRE(said.forms[0].find("abuse-addresses"));
    CHECK(said.forms[0].find("abuse-addresses")->values ==
          std::vector<std::string>{"mailto:abuse@example.org", "xmpp:abuse@example.org"});
    CHECK(said.forms[0].text("status-addresses") == "https://status.example.org");
    CHECK(said.forms[0].find("admin-addresses") == nullptr);
    CHECK(ask(romeo, "").forms.empty());
}

TEST_CASE("the stream features carry the hash of the server's answer (XEP-0115 6.3)") {
    TestServer server({"disco", "ping"}, "<disco support='xmpp:help@example.org'/>");
    auto& romeo = server.login("romeo@example.org/orchard");
    const std::string raw = romeo.raw();
    const auto begin = raw.find("<c xmlns='http://jabber.org/protocol/caps'");
    REQUIRE(begin != std::string::npos);
    const auto element = Received(raw.substr(begin, raw.find("/>", begin) + 2 - begin));
    const xep::caps::Caps caps(element.attr("hash"), element.attr("node"), element.attr("ver"));
    CHECK(caps.hash == "sha-1");
    CHECK(xep::caps::verify(caps, ask(romeo, "example.org")) == xep::caps::Verdict::valid);

    const auto by_node = ask(romeo, "example.org", caps.query_node());
    CHECK(by_node.node == caps.query_node());
    CHECK(xep::caps::verify(caps, by_node) == xep::caps::Verdict::valid);

    romeo.send(info_query("example.org", caps.node + "#anything-else"));
    CHECK(romeo.receive() == error_of("item-not-found"));
}

TEST_CASE("a disco query is a get") {
    TestServer server{"disco"};
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send("<iq type='set' id='1' to='example.org'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    CHECK(romeo.receive() == error_of("service-unavailable"));
}
