// SPDX-License-Identifier: MIT
// XEP-0490: server assist, and the inbox that follows the node.
#include "tests/catch.hpp"
#include "tests/modules/inbox_kit.hpp"
#include "tests/modules/pep_kit.hpp"

using namespace epode::test;
using namespace epode::test::pep;

namespace {

constexpr const char* node = "urn:xmpp:mds:displayed:0";

std::string displayed(std::string_view id, std::string_view by) {
    return "<displayed xmlns='urn:xmpp:mds:displayed:0'><stanza-id xmlns='urn:xmpp:sid:0' id='" + std::string(id) +
           "' by='" + std::string(by) + "'/></displayed>";
}
std::string stanza_id(const Received& message) {
    const auto kept = message.fragment();
    return kept.element().child("stanza-id", "urn:xmpp:sid:0").attr("id").str();
}
std::string published(Client& client) {
    client.send(iq("get", items(node)));
    for (const auto& received : client.receive_all()) {
        if (received.attr("id") != "p") continue;
        if (received.attr("type") != "result") return said(received);
        const auto kept = received.fragment();
        std::string all;
        for (const auto each : kept.element().first().child("items").children())
            all +=
                each.attr("id").str() + " " + each.first().child("stanza-id", "urn:xmpp:sid:0").attr("id").str() + "\n";
        return all;
    }
    return "silence";
}

} // namespace

TEST_CASE("what a client has displayed is taken out of its message and told to its devices alone") {
    TestServer server{"displayed", "archive", "carbons"};
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& romeo = server.login("romeo@example.net/orchard");
    auto& phone = server.login("juliet@example.org/phone");
    romeo.available();
    juliet.available();
    appear(phone, Software{node});
    phone.send("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
    phone.drain();
    juliet.send("<message to='romeo@example.net' type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='m'/>" +
                displayed("x", "juliet@example.org") + "</message>");
    const auto came = romeo.receive().xml();
    CHECK(came.contains("urn:xmpp:chat-markers:0"));
    CHECK_FALSE(came.contains("mds"));
    unsigned events = 0;
    for (const auto& received : phone.receive_all()) {
        const bool event = received.xml().contains("pubsub#event");
        events += event;
        if (!event) CHECK_FALSE(received.xml().contains("mds")); // the carbon
    }
    CHECK(events == 1);
    CHECK(published(phone) == "romeo@example.net x\n");
    // Nobody else may read it.
    CHECK(read(romeo, iq("get", items(node), "juliet@example.org")) == "error cancel not-allowed closed-node");
}

TEST_CASE("a node that is there stays as it is; the newest for each chat counts; it outlives a kill") {
    TestServer server{"displayed"};
    auto& juliet = server.login("juliet@example.org/balcony");
    server.account("romeo@example.net");
    for (const char* id : {"a", "b"})
        juliet.send("<message to='romeo@example.net'><body/>" + displayed(id, "juliet@example.org") + "</message>");
    juliet.send("<message to='nurse@example.net'><body/>" + displayed("c", "juliet@example.org") + "</message>");
    server.kill();
    auto& again = server.login("juliet@example.org/balcony");
    CHECK(published(again) == "romeo@example.net b\nnurse@example.net c\n");
}

TEST_CASE("only what the own client says counts; others' are passed on as they are") {
    TestServer server{"displayed"};
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& romeo = server.login("romeo@example.net/orchard");
    juliet.available();
    romeo.send("<message to='juliet@example.org'><body/>" + displayed("a", "romeo@example.net") + "</message>");
    juliet.drain();
    CHECK(published(juliet) == "error cancel item-not-found");
}

TEST_CASE("the inbox follows what was published, up to its place and only forward") {
    TestServer server{"displayed", "archive"};
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& romeo = server.login("romeo@example.net/orchard");
    juliet.available();
    std::vector<std::string> ids;
    for (const char* text : {"1", "2", "3"}) {
        romeo.send("<message to='juliet@example.org' type='chat'><body>" + std::string(text) + "</body></message>");
        ids.push_back(stanza_id(juliet.receive()));
    }
    const auto unread = [&] { return epode::test::archive::look(juliet).text(); };
    CHECK(unread() == "romeo 3 3");
    const auto seen = [&](const std::string& id, const std::string& by) {
        CHECK(ask(juliet, iq("set", "<publish node='urn:xmpp:mds:displayed:0'><item id='romeo@example.net'>" +
                                        displayed(id, by) + "</item></publish>")) == "result");
    };
    seen(ids[2], "stranger@example.net");
    CHECK(unread() == "romeo 3 3");
    seen(ids[1], "juliet@example.org");
    CHECK(unread() == "romeo 1 3");
    seen(ids[0], "juliet@example.org");
    CHECK(unread() == "romeo 1 3");
    juliet.send("<message to='romeo@example.net' type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='none'/>" +
                displayed(ids[2], "juliet@example.org") + "</message>");
    CHECK(unread() == "romeo 0 3");
}

TEST_CASE("the account announces server assist") {
    TestServer server{"displayed"};
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.send("<iq id='d' type='get' to='juliet@example.org'><query xmlns='http://jabber.org/protocol/disco#info'/>"
                "</iq>");
    CHECK(juliet.receive().xml().contains("urn:xmpp:mds:server-assist:0"));
}
