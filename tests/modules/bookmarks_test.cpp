// SPDX-License-Identifier: MIT
// Bookmarks, the same in PEP (XEP-0402), in the old PEP node (XEP-0048, XEP-0411) and in private storage (XEP-0049).
#include "core/xml/parser.hpp"
#include "tests/catch.hpp"
#include "tests/modules/pep_kit.hpp"

using namespace epode::test;
using namespace epode::test::pep;

namespace {

constexpr const char* native = "urn:xmpp:bookmarks:1";
constexpr const char* play = "theplay@conference.example.org";

std::string conference(std::string_view attributes, std::string_view children = {}) {
    return "<conference xmlns='urn:xmpp:bookmarks:1' " + std::string(attributes) + ">" + std::string(children) +
           "</conference>";
}
std::string add(std::string_view room, std::string_view payload) {
    return iq("set", "<publish node='urn:xmpp:bookmarks:1'><item id='" + std::string(room) + "'>" +
                         std::string(payload) + "</item></publish>" +
                         options(field("persist_items", "true") + field("max_items", "max") +
                                 field("send_last_published_item", "never") + field("access_model", "whitelist")));
}
std::string take_away(std::string_view room) {
    return iq("set",
              "<retract node='urn:xmpp:bookmarks:1' notify='true'><item id='" + std::string(room) + "'/></retract>");
}
std::string storage(std::string_view inside) {
    return "<storage xmlns='storage:bookmarks'>" + std::string(inside) + "</storage>";
}
std::string old_room(std::string_view room, std::string_view attributes = "autojoin='false'",
                     std::string_view children = {}) {
    return "<conference jid='" + std::string(room) + "' " + std::string(attributes) + ">" + std::string(children) +
           "</conference>";
}
std::string old_publish(std::string_view inside) {
    return iq("set", "<publish node='storage:bookmarks'><item id='current'>" + storage(inside) + "</item></publish>" +
                         options(field("persist_items", "true") + field("access_model", "whitelist")));
}
std::string private_iq(std::string_view type, std::string_view inside = {}) {
    return "<iq id='p' type='" + std::string(type) + "'><query xmlns='jabber:iq:private'>" + storage(inside) +
           "</query></iq>";
}
/// The items of a node, or the list in private storage, as XML.
std::string payloads(Client& client, std::string_view node) {
    client.send(iq("get", items(node)));
    const auto received = client.receive();
    if (received.attr("type") != "result") return said(received);
    const auto kept = received.fragment();
    std::string all;
    for (const auto each : kept.element().first().child("items").children())
        all += each.attr("id").str() + " " + each.first().str() + "\n";
    return all;
}
std::string in_private(Client& client) {
    client.send(private_iq("get"));
    const auto kept = client.receive().fragment();
    return kept.element().first().first().str();
}
std::string plain(std::string_view xml) {
    auto document = epode::xml::parse(xml);
    return document ? epode::xml::Element::root(*document).str() : "no XML";
}

} // namespace

TEST_CASE("what a new client bookmarks, old clients find in private storage and in their node") {
    TestServer server{"bookmarks", "private"};
    auto& juliet = server.login("juliet@example.org/balcony");
    CHECK(ask(juliet, add(play, conference("name='The Play' autojoin='1'", "<nick>JC</nick>"))) == "result");
    CHECK(ask(juliet, add("orchard@conference.example.org", conference(""))) == "result");
    const auto both = plain(storage(old_room("orchard@conference.example.org") +
                                    old_room(play, "name='The Play' autojoin='true'", "<nick>JC</nick>")));
    CHECK(in_private(juliet) == both);
    CHECK(payloads(juliet, "storage:bookmarks") == "current " + both + "\n");
    CHECK(ask(juliet, take_away("orchard@conference.example.org")) == "result");
    const auto one = plain(storage(old_room(play, "name='The Play' autojoin='true'", "<nick>JC</nick>")));
    CHECK(in_private(juliet) == one);
    CHECK(payloads(juliet, "storage:bookmarks") == "current " + one + "\n");
    server.kill();
    auto& again = server.login("juliet@example.org/balcony");
    CHECK(in_private(again) == one);
}

TEST_CASE("what an old client writes becomes items, each new client hears what has changed and nothing else") {
    TestServer server{"bookmarks", "private"};
    auto& juliet = server.login("juliet@example.org/balcony");
    appear(juliet, Software{native});
    auto& old = server.login("juliet@example.org/chamber");
    const bool by_node = GENERATE(false, true);
    const auto write = [&](std::string_view inside) {
        CHECK(ask(old, by_node ? old_publish(inside) : private_iq("set", inside)) == "result");
    };
    write(old_room(play, "name='P'") + old_room("a@c.example") + "<url name='Works' url='http://x.example/'/>");
    CHECK(heard(juliet) == "juliet@example.org urn:xmpp:bookmarks:1 a@c.example=\n"
                           "juliet@example.org urn:xmpp:bookmarks:1 theplay@conference.example.org=");
    write("<url name='Works' url='http://x.example/'/>" + old_room("a@c.example") + old_room(play, "name='P'"));
    CHECK(heard(juliet).empty());
    write(old_room(play, "name='P' autojoin='1'") + "<url name='Works' url='http://x.example/'/>");
    CHECK(heard(juliet) == "juliet@example.org urn:xmpp:bookmarks:1 theplay@conference.example.org=\n"
                           "juliet@example.org urn:xmpp:bookmarks:1 -a@c.example");
    CHECK(payloads(juliet, native) == std::string(play) + " " + plain(conference("name='P' autojoin='true'")) + "\n");
    // Addresses of pages are nothing but the old client's.
    const auto seen = by_node ? payloads(old, "storage:bookmarks") : in_private(old);
    CHECK(seen.contains("http://x.example/"));
}

TEST_CASE("a list of an old client takes nothing away that it cannot say") {
    TestServer server{"bookmarks", "private"};
    auto& juliet = server.login("juliet@example.org/balcony");
    const std::string more =
        "<extensions><notify xmlns='urn:xmpp:notification-settings:1'><never/></notify></extensions>";
    CHECK(ask(juliet, add(play, conference("name='P'", more))) == "result");
    CHECK(ask(juliet, private_iq("set", old_room(play, "name='Q'"))) == "result");
    CHECK(payloads(juliet, native) == std::string(play) + " " + plain(conference("name='Q'", more)) + "\n");
}

TEST_CASE("old clients hear of the whole list once for each change, and when they come") {
    TestServer server{"bookmarks"};
    auto& juliet = server.login("juliet@example.org/balcony");
    const Software old{"storage:bookmarks"};
    appear(juliet, old);
    CHECK(ask(juliet, add(play, conference(""))) == "result");
    CHECK(payloads(juliet, "storage:bookmarks") == "current " + plain(storage(old_room(play))) + "\n");
    juliet.drain();
    juliet.send(add("a@c.example", conference("")));
    CHECK(heard(juliet) == "juliet@example.org storage:bookmarks current=");
    auto& later = server.login("juliet@example.org/chamber");
    later.send(old.presence());
    CHECK(heard(later) == "juliet@example.org storage:bookmarks current=");
}

TEST_CASE("what lay in private storage before there were bookmarks in PEP is there when somebody logs in") {
    TestServer server{"bookmarks", "private"};
    REQUIRE(server.unload("bookmarks").empty());
    auto& old = server.login("juliet@example.org/balcony");
    CHECK(ask(old, private_iq("set", old_room(play))) == "result");
    REQUIRE(server.load("bookmarks").empty());
    auto& juliet = server.login("juliet@example.org/chamber");
    CHECK(payloads(juliet, native) == std::string(play) + " " + plain(conference("")) + "\n");
}

TEST_CASE("bookmarks that others may read are not mixed with those in private storage") {
    TestServer server{"bookmarks", "private"};
    auto& juliet = server.login("juliet@example.org/balcony");
    CHECK(ask(juliet, iq("set", "<publish node='urn:xmpp:bookmarks:1'><item id='a@c.example'>" + conference("") +
                                    "</item></publish>" + options(field("access_model", "open")))) == "result");
    CHECK(ask(juliet, private_iq("set", old_room(play))) == "result");
    CHECK(in_private(juliet) == plain(storage(old_room(play))));
    CHECK(payloads(juliet, native) == "a@c.example " + plain(conference("")) + "\n");
    CHECK(payloads(juliet, "storage:bookmarks") == "error cancel item-not-found");
}

TEST_CASE("the account says what is converted") {
    TestServer server{"bookmarks", "private"};
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.send("<iq id='d' type='get' to='juliet@example.org'><query xmlns='http://jabber.org/protocol/disco#info'/>"
                "</iq>");
    const auto answer = juliet.receive().xml();
    for (const char* feature :
         {"urn:xmpp:bookmarks:1#compat'", "urn:xmpp:bookmarks:1#compat-pep'", "urn:xmpp:bookmarks-conversion:0'"})
        CHECK(answer.contains(feature));
}
