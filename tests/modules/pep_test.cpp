// SPDX-License-Identifier: MIT
// Personal eventing: publishing, reading, publish-options, limits, and who may read.
#include "tests/catch.hpp"
#include "tests/modules/pep_kit.hpp"

using namespace epode::test;
using namespace epode::test::pep;

namespace {

/// The values of one field of the form in an answer.
std::string value(Client& client, const std::string& node, const std::string& var) {
    client.send(owner_iq("get", "<configure node='" + node + "'/>"));
    const auto kept = client.receive().fragment();
    const auto form = kept.element().first().child("configure").child("x", "jabber:x:data");
    for (const auto each : form.children())
        if (each.attr("var") == "pubsub#" + var) return each.child("value").text().str();
    return "no such field";
}

} // namespace

TEST_CASE("pep: what is published is read again, by its owner and after a restart") {
    TestServer server{"pep"};
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.send(iq("set", publish("tune", "a", "one")));
    CHECK(juliet.receive() == iq("result", "<publish node='tune'><item id='a'/></publish>"));
    CHECK(read(juliet, iq("get", items("tune"))) == "a=one");
    CHECK(read(juliet, iq("get", items("tune"), "juliet@example.org")) == "a=one");
    server.kill();
    auto& again = server.login("juliet@example.org/balcony");
    CHECK(read(again, iq("get", items("tune"))) == "a=one");
}

TEST_CASE("pep: a node of one item holds the newest, one of three the last three in order") {
    TestServer server{"pep"};
    auto& juliet = server.login("juliet@example.org/balcony");
    CHECK(ask(juliet, iq("set", publish("tune", "a", "one"))) == "result");
    CHECK(ask(juliet, iq("set", publish("tune", "b", "two"))) == "result");
    CHECK(read(juliet, iq("get", items("tune"))) == "b=two");
    for (const char* id : {"a", "b", "c", "a", "d"})
        CHECK(ask(juliet, iq("set", publish("many", id, id, field("max_items", "3")))) == "result");
    CHECK(read(juliet, iq("get", items("many"))) == "c=c a=a d=d");
    CHECK(read(juliet, iq("get", "<items node='many' max_items='2'/>")) == "a=a d=d");
    CHECK(read(juliet, iq("get", items("many", "<item id='d'/><item id='b'/>"))) == "d=d");
}

TEST_CASE("pep: an item without an id gets one") {
    TestServer server{"pep"};
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.send(iq("set", "<publish node='tune'><item><tune xmlns='urn:example:tune'/></item></publish>"));
    const auto answer = juliet.receive();
    CHECK(answer == "<iq type='result'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='tune'>"
                    "<item id='*'/></publish></pubsub></iq>");
}

TEST_CASE("pep: items are read page by page") {
    TestServer server{"pep"};
    auto& juliet = server.login("juliet@example.org/balcony");
    for (const char* id : {"a", "b", "c", "d", "e"})
        CHECK(ask(juliet, iq("set", publish("many", id, id, field("max_items", "max")))) == "result");
    const auto page = [](const std::string& set) {
        return iq("get", "<items node='many'/><set xmlns='http://jabber.org/protocol/rsm'>" + set + "</set>");
    };
    CHECK(read(juliet, page("<max>2</max>")) == "a=a b=b");
    CHECK(read(juliet, page("<max>2</max><after>b</after>")) == "c=c d=d");
    CHECK(read(juliet, page("<max>2</max><after>d</after>")) == "e=e");
    CHECK(read(juliet, page("<max>2</max><before/>")) == "d=d e=e");
    CHECK(read(juliet, page("<max>2</max><before>d</before>")) == "b=b c=c");
    CHECK(read(juliet, page("<after>z</after>")) == "error cancel item-not-found");
    juliet.send(page("<max>0</max>"));
    CHECK(juliet.receive() == "<iq type='result'><pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='many'/>"
                              "<set xmlns='http://jabber.org/protocol/rsm'><count>5</count></set></pubsub></iq>");
}

TEST_CASE("pep: publish-options configure a new node and must fit an old one") {
    TestServer server{"pep"};
    auto& juliet = server.login("juliet@example.org/balcony");
    const auto bookmarks = field("persist_items", "true") + field("max_items", "max") +
                           field("send_last_published_item", "never") + field("access_model", "whitelist");
    CHECK(ask(juliet, iq("set", publish("urn:xmpp:bookmarks:1", "coven@x", "", bookmarks))) == "result");
    CHECK(ask(juliet, iq("set", publish("urn:xmpp:bookmarks:1", "other@x", "", bookmarks))) == "result");
    CHECK(value(juliet, "urn:xmpp:bookmarks:1", "access_model") == "whitelist");
    CHECK(value(juliet, "urn:xmpp:bookmarks:1", "max_items") == "max");
    CHECK(value(juliet, "urn:xmpp:bookmarks:1", "send_last_published_item") == "never");
    const std::string not_met = "error cancel conflict precondition-not-met";
    CHECK(ask(juliet, iq("set", publish("urn:xmpp:bookmarks:1", "x", "", field("access_model", "open")))) == not_met);
    CHECK(ask(juliet, iq("set", publish("urn:xmpp:bookmarks:1", "x", "", field("max_items", "17")))) == not_met);
    CHECK(ask(juliet, iq("set", publish("urn:xmpp:bookmarks:1", "x", "", field("magic", "1")))) == not_met);
    CHECK(ask(juliet, iq("set", publish("new", "x", "", field("magic", "1")))) == not_met);
    CHECK(read(juliet, iq("get", items("new"))) == "error cancel item-not-found");
    CHECK(read(juliet, iq("get", items("urn:xmpp:bookmarks:1"))) == "coven@x= other@x=");
    // As Conversations does then: configure, and again.
    CHECK(ask(juliet, owner_iq("set", "<configure node='urn:xmpp:bookmarks:1'>" +
                                          form("node_config", field("access_model", "open")) + "</configure>")) ==
          "result");
    CHECK(ask(juliet, iq("set", publish("urn:xmpp:bookmarks:1", "x", "", field("access_model", "open")))) == "result");
}

TEST_CASE("pep: what cannot be published is refused with the condition of its chapter") {
    TestServer server({"pep"}, "<pep max-item-bytes='1KiB' max-nodes='2' max-bytes='64KiB'/>");
    auto& juliet = server.login("juliet@example.org/balcony");
    CHECK(ask(juliet, iq("set", "<publish node='tune'/>")) == "error modify bad-request item-required");
    CHECK(ask(juliet, iq("set", "<publish node='tune'><item id='a'/></publish>")) ==
          "error modify bad-request payload-required");
    CHECK(ask(juliet, iq("set", "<publish node='tune'>" + item("a", "") + item("b", "") + "</publish>")) ==
          "error modify bad-request");
    CHECK(ask(juliet, iq("set", publish("tune", "a", std::string(1100, 'a')))) ==
          "error modify not-acceptable payload-too-big");
    CHECK(ask(juliet, iq("get", publish("tune", "a", "one"))) == "error modify bad-request");
    CHECK(ask(juliet, iq("set", items("tune"))) == "error modify bad-request");
    const auto bare = field("persist_items", "false") + field("deliver_payloads", "false");
    CHECK(ask(juliet, iq("set", publish("bell", "a", "one", bare))) == "error modify bad-request item-forbidden");
    CHECK(ask(juliet, iq("set", "<publish node='bell'/>" + options(bare))) == "result");
    CHECK(ask(juliet, iq("set", publish("two", "a", "one"))) == "result");
    CHECK(ask(juliet, iq("set", publish("three", "a", "one"))) == "error cancel conflict max-nodes-exceeded");
    CHECK(ask(juliet, iq("get", items("bell"))) == "error cancel feature-not-implemented unsupported");
    CHECK(ask(juliet, iq("get", items("none"))) == "error cancel item-not-found");
    CHECK(ask(juliet, iq("set", "<retract node='two'><item id='z'/></retract>")) == "error cancel item-not-found");
    CHECK(ask(juliet, iq("set", "<retract node='none'><item id='z'/></retract>")) == "error cancel item-not-found");
}

TEST_CASE("pep: all items of an account together have a bound, and what is replaced does not count") {
    TestServer server({"pep"}, "<pep max-bytes='64KiB'/>");
    auto& juliet = server.login("juliet@example.org/balcony");
    const std::string big(40'000, 'a');
    CHECK(ask(juliet, iq("set", publish("one", "a", big))) == "result");
    CHECK(ask(juliet, iq("set", publish("one", "a", big))) == "result");
    CHECK(ask(juliet, iq("set", publish("two", "a", big))) == "error wait resource-constraint");
    CHECK(ask(juliet, iq("set", "<retract node='one'><item id='a'/></retract>")) == "result");
    CHECK(ask(juliet, iq("set", publish("two", "a", big))) == "result");
}

TEST_CASE("pep: a node's access model says who reads it") {
    TestServer server{"pep", "roster", "presence"};
    server.befriend("juliet@example.org", "romeo@example.org");
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& romeo = server.login("romeo@example.org/orchard");
    auto& tybalt = server.login("tybalt@example.net/street");
    for (const char* access : {"open", "presence", "whitelist", "roster"})
        CHECK(ask(juliet, iq("set", publish(access, "a", "x", field("access_model", access)))) == "result");
    const auto reads = [](Client& client, const std::string& node) {
        return read(client, iq("get", items(node), "juliet@example.org"));
    };
    CHECK(reads(tybalt, "open") == "a=x"); // as OMEMO's nodes are
    CHECK(reads(tybalt, "presence") == "error auth not-authorized presence-subscription-required");
    CHECK(reads(tybalt, "whitelist") == "error cancel not-allowed closed-node");
    CHECK(reads(tybalt, "roster") == "error auth not-authorized not-in-roster-group");
    CHECK(reads(tybalt, "nothing") == "error cancel item-not-found");
    CHECK(reads(romeo, "open") == "a=x");
    CHECK(reads(romeo, "presence") == "a=x");
    CHECK(reads(romeo, "whitelist") == "error cancel not-allowed closed-node");
    CHECK(reads(romeo, "roster") == "error auth not-authorized not-in-roster-group");
    juliet.send("<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='romeo@example.org'>"
                "<group>Friends</group></item></query></iq>");
    juliet.drain();
    CHECK(ask(juliet, owner_iq("set", "<configure node='roster'>" +
                                          form("node_config", field("roster_groups_allowed", "Friends")) +
                                          "</configure>")) == "result");
    CHECK(reads(romeo, "roster") == "a=x");
    for (const char* node : {"open", "presence"}) {
        CHECK(ask(romeo, iq("set", publish(node, "b", "y"), "juliet@example.org")) == "error auth forbidden");
        CHECK(ask(romeo, iq("set", std::string("<retract node='") + node + "'><item id='a'/></retract>",
                            "juliet@example.org")) == "error auth forbidden");
    }
    CHECK(ask(romeo, iq("set", publish("new", "b", "y"), "juliet@example.org")) == "error cancel item-not-found");
    CHECK(ask(romeo, iq("set", "<create node='new'/>", "juliet@example.org")) == "error auth forbidden");
    CHECK(ask(romeo, iq("get", items("any"), "nobody@example.org")) == "error cancel service-unavailable");
}

TEST_CASE("pep: when the disk fails, the answer is an error and nothing has changed") {
    TestServer server{"pep"};
    auto& juliet = server.login("juliet@example.org/balcony");
    const Software exodus{"tune"};
    appear(juliet, exodus);
    CHECK(ask(juliet, iq("set", publish("tune", "a", "one"))) == "result");
    server.fail_commit(1);
    juliet.send(iq("set", publish("tune", "b", "two")));
    const auto answers = juliet.receive_all();
    REQUIRE(answers.size() == 1); // and no event
    CHECK(answers[0].attr("type") == "error");
    CHECK(read(juliet, iq("get", items("tune"))) == "a=one");
    CHECK(ask(juliet, iq("set", publish("tune", "c", "three"))) == "result");
    CHECK(read(juliet, iq("get", items("tune"))) == "c=three");
}

TEST_CASE("pep: two devices that publish at once leave one whole node") {
    TestServer server{"pep"};
    auto& one = server.login("juliet@example.org/one");
    auto& two = server.login("juliet@example.org/two");
    for (int i = 0; i < 10; ++i) {
        one.post(iq("set", publish("many", std::to_string(i), "one", field("max_items", "5"))));
        two.post(iq("set", publish("many", std::to_string(i), "two", field("max_items", "5"))));
    }
    server.settle();
    one.drain();
    two.drain();
    one.send(iq("get", "<items node='many'/><set xmlns='http://jabber.org/protocol/rsm'><max>10</max></set>"));
    const auto received = one.receive();
    const auto kept = received.fragment();
    std::size_t count = 0;
    for (const auto each : kept.element().first().child("items").children()) count += each.name() == "item";
    CHECK(count == 5);
    CHECK(received.xml().find("<count>5</count>") != std::string::npos);
}

TEST_CASE("pep: the account and, for old clients, the server say what can be done") {
    TestServer server{"pep"};
    auto& juliet = server.login("juliet@example.org/balcony");
    const auto info = [&](const std::string& to, const std::string& node = {}) {
        juliet.send("<iq type='get' id='i' to='" + to + "'><query xmlns='http://jabber.org/protocol/disco#info'" +
                    (node.empty() ? std::string() : " node='" + node + "'") + "/></iq>");
        return juliet.receive();
    };
    const auto account = info("juliet@example.org").xml();
    CHECK(account.find("category='pubsub' type='pep'") != std::string::npos);
    for (const char* feature : {"publish-options", "persistent-items", "config-node-max", "auto-create"})
        CHECK(account.find("'http://jabber.org/protocol/pubsub#" + std::string(feature) + "'") != std::string::npos);
    CHECK(info("example.org").xml().find("'http://jabber.org/protocol/pubsub#publish-options'") != std::string::npos);
    CHECK(ask(juliet, iq("set", publish("tune", "a", "one"))) == "result");
    const auto node = info("juliet@example.org", "tune");
    CHECK(node.xml().find("category='pubsub' type='leaf'") != std::string::npos);
    CHECK(node.xml().find("pubsub#meta-data") != std::string::npos);
    CHECK(info("juliet@example.org", "nothing").attr("type") == "error");
    juliet.send("<iq type='get' id='i'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
    CHECK(juliet.receive().xml().find("node='tune'") != std::string::npos);
}
