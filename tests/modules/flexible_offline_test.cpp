// SPDX-License-Identifier: MIT
// XEP-0013: a client that looks through its offline messages itself.
#include "tests/catch.hpp"
#include "tests/modules/offline_kit.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace epode;
using namespace epode::test;
using namespace epode::test::offline;

namespace {

constexpr const char* count = "<iq type='get' id='c'><query xmlns='http://jabber.org/protocol/disco#info' "
                              "node='http://jabber.org/protocol/offline'/></iq>";
constexpr const char* headers = "<iq type='get' id='h'><query xmlns='http://jabber.org/protocol/disco#items' "
                                "node='http://jabber.org/protocol/offline'/></iq>";

std::vector<std::string> nodes(Client& client) {
    client.send(headers);
    const auto fragment = client.receive().fragment();
    std::vector<std::string> all;
    for (xml::Element item : fragment.element().first().children()) all.push_back(item.attr("node").str());
    return all;
}
std::string item(std::string_view action, std::string_view node) {
    return "<item action='" + std::string(action) + "' node='" + std::string(node) + "'/>";
}
void ask(Client& client, std::string_view type, std::string_view inner) {
    client.send("<iq type='" + std::string(type) + "' id='o'><offline xmlns='http://jabber.org/protocol/offline'>" +
                std::string(inner) + "</offline></iq>");
}

} // namespace

TEST_CASE("flexible offline: how many messages there are, and no flood after asking") {
    Verona verona;
    verona.say("1");
    verona.say("2");
    auto& juliet = verona.juliet();
    juliet.send(count);
    CHECK(juliet.receive() ==
          "<iq type='result' id='c'><query xmlns='http://jabber.org/protocol/disco#info' "
          "node='http://jabber.org/protocol/offline'>"
          "<identity category='automation' type='message-list'/><feature var='http://jabber.org/protocol/offline'/>"
          "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' "
          "type='hidden'><value>http://jabber.org/protocol/offline</value></field>"
          "<field var='number_of_messages'><value>2</value></field></x></query></iq>");
    juliet.send("<presence/>");
    CHECK(bodies(juliet).empty());
    auto& other = verona.juliet("other"); // nor for a second device while the first one is there
    other.send("<presence/>");
    CHECK(bodies(other).empty());
    juliet.close();
    CHECK(bodies(other) == "1 2");
    verona.server.advance(1s);
    other.close();
    CHECK(verona.collected().empty());
}

TEST_CASE("flexible offline: headers, viewing and removing") {
    Verona verona;
    for (const auto* text : {"1", "2", "3"}) verona.say(text);
    auto& juliet = verona.juliet();
    juliet.send(headers);
    const auto list = juliet.receive();
    CHECK(list == "<iq type='result' id='h'><query xmlns='http://jabber.org/protocol/disco#items' "
                  "node='http://jabber.org/protocol/offline'>"
                  "<item jid='juliet@example.org' node='*' name='romeo@example.net/orchard'/>"
                  "<item jid='juliet@example.org' node='*' name='romeo@example.net/orchard'/>"
                  "<item jid='juliet@example.org' node='*' name='romeo@example.net/orchard'/></query></iq>");
    const auto all = nodes(juliet);
    REQUIRE(all.size() == 3);
    CHECK(std::is_sorted(all.begin(), all.end()));

    ask(juliet, "get", item("view", all[1]));
    const auto viewed = juliet.receive();
    CHECK(body(viewed) == "2");
    CHECK(node_of(viewed) == all[1]);
    CHECK(juliet.receive() == "<iq type='result' id='o'/>");
    CHECK(nodes(juliet) == all); // looking takes nothing away

    ask(juliet, "set", item("remove", all[0]) + item("remove", all[1]));
    CHECK(juliet.receive() == "<iq type='result' id='o'/>");
    CHECK(nodes(juliet) == std::vector<std::string>{all[2]});
    juliet.close();
    CHECK(verona.collected() == "3");
}

TEST_CASE("flexible offline: fetching all and purging") {
    Verona verona;
    verona.say("1");
    verona.say("2");
    auto& juliet = verona.juliet();
    ask(juliet, "get", "<fetch/>");
    CHECK(body(juliet.receive()) == "1");
    CHECK(body(juliet.receive()) == "2");
    CHECK(juliet.receive() == "<iq type='result' id='o'/>");
    juliet.send("<presence/>"); // fetching is asking
    CHECK(bodies(juliet).empty());
    ask(juliet, "set", "<purge/>");
    CHECK(juliet.receive() == "<iq type='result' id='o'/>");
    CHECK(nodes(juliet).empty());
    ask(juliet, "get", "<fetch/>");
    CHECK(juliet.receive() == "<iq type='result' id='o'/>");
    verona.server.restart();
    CHECK(verona.collected().empty());
}

TEST_CASE("flexible offline: a module that is unloaded does not wait for a slow client that fetches all") {
    Verona verona;
    fill(verona);
    auto& phone = verona.juliet("phone");
    acknowledge_by_hand(phone);
    phone.stall(true);
    ask(phone, "get", "<fetch/>");
    verona.server.settle();
    CHECK(verona.server.unload("offline").empty());
    phone.stall(false);
    std::size_t messages = 0;
    std::string answer;
    for (const auto& received : phone.receive_all()) {
        const auto fragment = received.fragment();
        if (fragment.element().name() == "message") ++messages;
        if (fragment.element().name() == "iq") answer = fragment.element().str();
    }
    CHECK(messages < many);
    CHECK(answer.find("<resource-constraint ") != std::string::npos);
}

TEST_CASE("flexible offline: faults") {
    Verona verona;
    verona.say("1");
    auto& juliet = verona.juliet();
    const auto all = nodes(juliet);
    REQUIRE(all.size() == 1);
    const auto expect = [&](std::string_view type, std::string_view inner, std::string_view kind,
                            std::string_view condition) {
        INFO(inner);
        ask(juliet, type, inner);
        CHECK(refuses(juliet.receive(), kind, condition));
    };
    expect("get", item("view", "2003-02-27T22:52:37.225Z"), "cancel", "item-not-found");
    expect("get", item("view", all[0]) + item("view", "0000000000000000000000000a"), "cancel", "item-not-found");
    expect("set", item("remove", "nonsense"), "cancel", "item-not-found");
    expect("get", item("remove", all[0]), "modify", "bad-request");
    expect("set", item("view", all[0]), "modify", "bad-request");
    expect("set", "<fetch/>", "modify", "bad-request");
    expect("get", "", "modify", "bad-request");
    CHECK(nodes(juliet) == all);
    // Nobody looks into another one's mailbox.
    verona.romeo->send("<iq type='get' id='x' to='juliet@example.org'><offline "
                       "xmlns='http://jabber.org/protocol/offline'><fetch/></offline></iq>");
    CHECK(verona.romeo->receive().attr("type") == "error");
    verona.romeo->send(
        "<iq type='get' id='x' to='juliet@example.org'><query xmlns='http://jabber.org/protocol/disco#items' "
        "node='http://jabber.org/protocol/offline'/></iq>");
    CHECK(verona.romeo->receive().attr("type") == "error");
}

TEST_CASE("flexible offline: a removal that could not be written is none") {
    Verona verona;
    verona.say("1");
    auto& juliet = verona.juliet();
    verona.server.fail_commit(1);
    ask(juliet, "set", "<purge/>");
    CHECK(juliet.receive().attr("type") == "error");
    CHECK(nodes(juliet).size() == 1);
}
