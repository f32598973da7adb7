// SPDX-License-Identifier: MIT
// Personal eventing: nodes are made, configured, shared and deleted by their owner.
#include "tests/catch.hpp"
#include "tests/modules/pep_kit.hpp"

using namespace epode::test;
using namespace epode::test::pep;

namespace {

std::string configure(std::string_view node, std::string_view fields) {
    return owner_iq("set",
                    "<configure node='" + std::string(node) + "'>" + form("node_config", fields) + "</configure>");
}

} // namespace

TEST_CASE("pep: nodes are made with a configuration, once") {
    TestServer server{"pep"};
    auto& juliet = server.login("juliet@example.org/balcony");
    const auto create =
        iq("set", "<create node='diary'/><configure>" +
                      form("node_config", field("title", "Diary") + field("access_model", "open")) + "</configure>");
    CHECK(ask(juliet, create) == "result");
    CHECK(ask(juliet, create) == "error cancel conflict");
    juliet.send(owner_iq("get", "<configure node='diary'/>"));
    const auto said = juliet.receive();
    CHECK(said.xml().find("<value>Diary</value>") != std::string::npos);
    CHECK(said.xml().find("pubsub#max_payload_size") != std::string::npos);
    juliet.send(iq("set", "<create/>"));
    CHECK(juliet.receive() ==
          "<iq type='result'><pubsub xmlns='http://jabber.org/protocol/pubsub'><create node='*'/></pubsub></iq>");
    CHECK(ask(juliet, iq("set", "<create node='x'/><configure>" + form("node_config", field("access_model", "nobody")) +
                                    "</configure>")) == "error modify not-acceptable");
    juliet.send(owner_iq("get", "<default/>"));
    CHECK(juliet.receive().xml().find("<value>on_sub_and_presence</value>") != std::string::npos);
}

TEST_CASE("pep: a configuration with something wrong in it changes nothing, a cancelled one neither") {
    TestServer server{"pep"};
    auto& juliet = server.login("juliet@example.org/balcony");
    CHECK(ask(juliet, iq("set", publish("tune", "a", "one"))) == "result");
    for (const auto& wrong : {field("max_items", "0"), field("max_items", "1001"), field("max_items", "some"),
                              field("persist_items", "perhaps"), field("notification_type", "normal"),
                              field("send_last_published_item", "always"), field("node_type", "collection")}) {
        CAPTURE(wrong);
        CHECK(ask(juliet, configure("tune", field("title", "T") + wrong)) == "error modify not-acceptable");
    }
    CHECK(ask(juliet, owner_iq("set", "<configure node='tune'><x xmlns='jabber:x:data' type='cancel'/></configure>")) ==
          "result");
    juliet.send(owner_iq("get", "<configure node='tune'/>"));
    CHECK(juliet.receive().xml().find("<value>T</value>") == std::string::npos);
    CHECK(ask(juliet, configure("none", field("title", "T"))) == "error cancel item-not-found");
}

TEST_CASE("pep: a node that shall hold less lets the oldest go, and all where nothing is kept") {
    TestServer server{"pep"};
    auto& juliet = server.login("juliet@example.org/balcony");
    for (const char* id : {"a", "b", "c"})
        CHECK(ask(juliet, iq("set", publish("many", id, id, field("max_items", "10")))) == "result");
    CHECK(ask(juliet, configure("many", field("max_items", "2"))) == "result");
    CHECK(read(juliet, iq("get", items("many"))) == "b=b c=c");
    CHECK(ask(juliet, configure("many", field("persist_items", "0"))) == "result");
    CHECK(ask(juliet, configure("many", field("persist_items", "1"))) == "result");
    CHECK(read(juliet, iq("get", items("many"))).empty());
}

TEST_CASE("pep: affiliations say who publishes and who is kept out") {
    TestServer server{"pep", "roster", "presence"};
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& nurse = server.login("nurse@example.org/chamber");
    CHECK(ask(juliet, iq("set", publish("tune", "a", "one", field("max_items", "max")))) == "result");
    const auto affiliate = [&](std::string_view jid, std::string_view what) {
        return ask(juliet, owner_iq("set", "<affiliations node='tune'><affiliation jid='" + std::string(jid) +
                                               "' affiliation='" + std::string(what) + "'/></affiliations>"));
    };
    CHECK(affiliate("nurse@example.org", "publisher") == "result");
    CHECK(ask(nurse, iq("set", publish("tune", "b", "two"), "juliet@example.org")) == "result");
    CHECK(read(nurse, iq("get", items("tune"), "juliet@example.org")) == "a=one b=two");
    CHECK(ask(nurse, iq("set", "<retract node='tune'><item id='a'/></retract>", "juliet@example.org")) ==
          "error auth forbidden");
    CHECK(ask(nurse, iq("set", "<retract node='tune'><item id='b'/></retract>", "juliet@example.org")) == "result");
    nurse.send(iq("get", "<affiliations/>", "juliet@example.org"));
    CHECK(nurse.receive() == "<iq type='result'><pubsub xmlns='http://jabber.org/protocol/pubsub'><affiliations>"
                             "<affiliation node='tune' affiliation='publisher'/></affiliations></pubsub></iq>");
    juliet.send(owner_iq("get", "<affiliations node='tune'/>"));
    CHECK(juliet.receive() ==
          "<iq type='result'><pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><affiliations node='tune'>"
          "<affiliation jid='juliet@example.org' affiliation='owner'/>"
          "<affiliation jid='nurse@example.org' affiliation='publisher'/></affiliations></pubsub></iq>");
    CHECK(affiliate("nurse@example.org", "publish-only") == "result");
    CHECK(ask(nurse, iq("set", publish("tune", "c", "three"), "juliet@example.org")) == "result");
    CHECK(read(nurse, iq("get", items("tune"), "juliet@example.org")) == "error auth forbidden");
    CHECK(affiliate("nurse@example.org", "owner") == "error modify not-acceptable");
    CHECK(affiliate("juliet@example.org", "none") == "error modify not-acceptable");
    CHECK(affiliate("nurse@example.org", "none") == "result");
    CHECK(ask(nurse, iq("set", publish("tune", "c", "three"), "juliet@example.org")) == "error auth forbidden");
}

TEST_CASE("pep: an owner sees who has subscribed, and ends subscriptions") {
    TestServer server({"pep", "roster", "presence"}, "<pep max-subscriptions='1'/>");
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& nurse = server.login("nurse@example.org/chamber");
    auto& tybalt = server.login("tybalt@example.org/street");
    CHECK(ask(juliet, iq("set", publish("tune", "a", "one", field("access_model", "open")))) == "result");
    CHECK(ask(nurse, iq("set", "<subscribe node='tune' jid='nurse@example.org/chamber'/>", "juliet@example.org")) ==
          "result");
    CHECK(ask(tybalt, iq("set", "<subscribe node='tune' jid='tybalt@example.org'/>", "juliet@example.org")) ==
          "error cancel not-allowed too-many-subscriptions");
    juliet.send(owner_iq("get", "<subscriptions node='tune'/>"));
    CHECK(juliet.receive().xml().find("jid='nurse@example.org/chamber'") != std::string::npos);
    CHECK(ask(juliet, owner_iq("set", "<subscriptions node='tune'><subscription jid='tybalt@example.org' "
                                      "subscription='subscribed'/></subscriptions>")) == "error cancel not-allowed");
    CHECK(ask(juliet, owner_iq("set", "<subscriptions node='tune'><subscription jid='nurse@example.org/chamber' "
                                      "subscription='none'/></subscriptions>")) == "result");
    juliet.send(iq("set", publish("tune", "b", "two")));
    CHECK(heard(nurse).empty());
}

TEST_CASE("pep: nobody but its owner configures, shares, empties or deletes a node") {
    TestServer server{"pep", "roster", "presence"};
    server.befriend("juliet@example.org", "romeo@example.org");
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& romeo = server.login("romeo@example.org/orchard");
    CHECK(ask(juliet, iq("set", publish("tune", "a", "one"))) == "result");
    for (const char* inside : {"<delete node='tune'/>", "<purge node='tune'/>",
                               "<affiliations node='tune'><affiliation jid='romeo@example.org' "
                               "affiliation='publisher'/></affiliations>"})
        CHECK(ask(romeo, owner_iq("set", inside, "juliet@example.org")) == "error auth forbidden");
    for (const char* inside :
         {"<configure node='tune'/>", "<affiliations node='tune'/>", "<subscriptions node='tune'/>", "<default/>"})
        CHECK(ask(romeo, owner_iq("get", inside, "juliet@example.org")) == "error auth forbidden");
    CHECK(ask(juliet, owner_iq("set", "<delete node='none'/>")) == "error cancel item-not-found");
    CHECK(ask(juliet, owner_iq("get", "<delete node='tune'/>")) == "error modify bad-request");
    CHECK(read(juliet, iq("get", items("tune"))) == "a=one");
}

TEST_CASE("pep: an owner decides who subscribes (8.6); until then nobody reads or hears") {
    TestServer server{"pep", "roster", "presence"};
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& nurse = server.login("nurse@example.net/chamber");
    juliet.available();
    nurse.available();
    CHECK(ask(juliet, iq("set", publish("diary", "a", "one", field("access_model", "authorize")))) == "result");
    const auto subscribe = iq("set", "<subscribe node='diary' jid='nurse@example.net'/>", "juliet@example.org");
    const auto look = iq("get", items("diary"), "juliet@example.org");
    CHECK(read(nurse, look) == "error auth not-authorized not-subscribed");
    nurse.send(subscribe);
    CHECK(nurse.receive() == "<iq type='result'><pubsub xmlns='http://jabber.org/protocol/pubsub'><subscription "
                             "node='diary' jid='nurse@example.net' subscription='pending' subid='*'/></pubsub></iq>");
    CHECK(ask(nurse, subscribe) == "error auth not-authorized pending-subscription");
    CHECK(read(nurse, look) == "error auth not-authorized not-subscribed");
    const auto request = juliet.receive();
    CHECK(request.attr("from") == "juliet@example.org");
    const auto kept = request.fragment();
    const auto asked = epode::xep::Form::decode(kept.element().child("x", "jabber:x:data"));
    REQUIRE(asked);
    CHECK(asked->find("pubsub#node")->text() == "diary");
    CHECK(asked->find("pubsub#subscriber_jid")->text() == "nurse@example.net");
    const std::string subid(asked->find("pubsub#subid")->text());
    CHECK(ask(juliet, iq("set", publish("diary", "b", "two"))) == "result");
    CHECK(nurse.silent());

    const auto decide = [&](Client& who, std::string_view allow, std::string_view type = "submit") {
        who.send("<message to='juliet@example.org' id='a'><x xmlns='jabber:x:data' type='" + std::string(type) +
                 "'><field "
                 "var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#subscribe_authorization</value></field>" +
                 field("subid", subid) + field("node", "diary") + field("subscriber_jid", "nurse@example.net") +
                 field("allow", allow) + "</x></message>");
    };
    const auto state = [](const Received& received) {
        const auto all = received.fragment();
        return all.element()
            .child("event", "http://jabber.org/protocol/pubsub#event")
            .first()
            .attr("subscription")
            .str();
    };
    decide(nurse, "1"); // not she: to Juliet it is a message as any other
    CHECK(juliet.receive().attr("from") == "nurse@example.net/chamber");
    decide(juliet, "1", "cancel");
    CHECK(juliet.silent());
    nurse.drain();
    CHECK(read(nurse, look) == "error auth not-authorized not-subscribed");
    SECTION("lets her in") {
        decide(juliet, "1");
        CHECK(state(nurse.receive()) == "subscribed");
        CHECK(heard(nurse) == "juliet@example.org diary b=two"); // the last item
        CHECK(read(nurse, look) == "b=two");
        CHECK(ask(juliet, iq("set", publish("diary", "c", "three"))) == "result");
        CHECK(heard(nurse) == "juliet@example.org diary c=three");
    }
    SECTION("refuses") {
        decide(juliet, "0");
        CHECK(state(nurse.receive()) == "none");
        CHECK(read(nurse, look) == "error auth not-authorized not-subscribed");
        CHECK(ask(nurse, subscribe) == "result"); // may ask again
    }
    SECTION("lets her in by the list of subscriptions") {
        juliet.send(owner_iq("get", "<subscriptions node='diary'/>"));
        CHECK(juliet.receive().xml().contains("subscription='pending'"));
        CHECK(ask(juliet, owner_iq("set", "<subscriptions node='diary'><subscription jid='nurse@example.net' "
                                          "subscription='subscribed'/></subscriptions>")) == "result");
        CHECK(state(nurse.receive()) == "subscribed");
        nurse.drain();
        CHECK(read(nurse, look) == "b=two");
    }
    SECTION("also when she has been away") {
        server.kill();
        auto& back = server.login("juliet@example.org/balcony");
        auto& again = server.login("nurse@example.net/chamber");
        again.available();
        decide(back, "1");
        CHECK(state(again.receive()) == "subscribed");
    }
}
