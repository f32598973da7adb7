// SPDX-License-Identifier: MIT
// XEP-0060 at pubsub.HOST: whose nodes are whose, who hears, and what discovery tells. What can be done with a node is
// in pep_test.cpp and pep_owner_test.cpp: it is the same engine.
#include "tests/catch.hpp"
#include "tests/modules/pep_kit.hpp"

using namespace epode::test;
using namespace epode::test::pep;

namespace {

constexpr const char* at = "pubsub.example.org";

std::string subscribe(std::string_view node, std::string_view jid) {
    return iq("set", "<subscribe node='" + std::string(node) + "' jid='" + std::string(jid) + "'/>", at);
}
std::string affiliate(std::string_view node, std::string_view jid, std::string_view what) {
    return owner_iq("set",
                    "<affiliations node='" + std::string(node) + "'><affiliation jid='" + std::string(jid) +
                        "' affiliation='" + std::string(what) + "'/></affiliations>",
                    at);
}
/// Names (or ids) of disco#items, "first..last of count" behind them where it is a page.
std::string listed(Client& client, const std::string& attributes = {}, const std::string& inside = {}) {
    client.send("<iq id='d' type='get' to='pubsub.example.org'><query xmlns='http://jabber.org/protocol/disco#items' " +
                attributes + ">" + inside + "</query></iq>");
    const auto received = client.receive();
    if (received.attr("type") != "result") return said(received);
    const auto kept = received.fragment();
    std::string all;
    for (const auto child : kept.element().first().children()) {
        if (child.name() == "item")
            all += child.attr("node").str() + child.attr("name").str() + " ";
        else
            all += "of " + child.child("count").text().str();
    }
    return all;
}

} // namespace

TEST_CASE("pubsub: who makes a node owns it; others read, subscribe and hear, wherever they are") {
    TestServer server{"pubsub"};
    auto& hamlet = server.login("hamlet@example.org/elsinore");
    auto& horatio = server.login("horatio@example.org/barracks");
    auto& bernardo = server.login("bernardo@example.net/walls");
    horatio.available();
    bernardo.available();
    CHECK(ask(hamlet, iq("set", "<create node='princely_musings'/>", at)) == "result");
    CHECK(ask(hamlet, iq("set", "<create node='princely_musings'/>", at)) == "error cancel conflict");
    CHECK(ask(bernardo, iq("set", "<create node='other'/>", at)) == "error auth forbidden");
    CHECK(ask(horatio, subscribe("princely_musings", "horatio@example.org")) == "result");
    CHECK(ask(bernardo, subscribe("princely_musings", "bernardo@example.net")) == "result");
    CHECK(ask(horatio, iq("set", publish("princely_musings", "x", "no"), at)) == "error auth forbidden");
    CHECK(ask(hamlet, iq("set", publish("princely_musings", "a", "Soliloquy"), at)) == "result");
    CHECK(heard(horatio) == "pubsub.example.org princely_musings a=Soliloquy");
    CHECK(heard(bernardo) == "pubsub.example.org princely_musings a=Soliloquy");
    CHECK(read(bernardo, iq("get", items("princely_musings"), at)) == "a=Soliloquy");
    CHECK(ask(horatio, iq("set", "<unsubscribe node='princely_musings' jid='horatio@example.org'/>", at)) == "result");
    CHECK(ask(hamlet, iq("set", publish("princely_musings", "b", "More"), at)) == "result");
    CHECK(heard(horatio).empty());
    CHECK(heard(bernardo) == "pubsub.example.org princely_musings b=More");
    CHECK(ask(horatio, owner_iq("set", "<delete node='princely_musings'/>", at)) == "error auth forbidden");
    CHECK(ask(hamlet, owner_iq("set", "<delete node='princely_musings'/>", at)) == "result");
    CHECK(heard(bernardo) == "pubsub.example.org princely_musings delete");
}

TEST_CASE("pubsub: nodes, items and subscriptions outlive a kill") {
    TestServer server{"pubsub"};
    auto& hamlet = server.login("hamlet@example.org/elsinore");
    CHECK(ask(hamlet, iq("set", publish("musings", "a", "one"), at)) == "result");
    CHECK(ask(server.login("horatio@example.org/x"), subscribe("musings", "horatio@example.org")) == "result");
    server.kill();
    auto& again = server.login("hamlet@example.org/elsinore");
    auto& horatio = server.login("horatio@example.org/x");
    horatio.available();
    CHECK(ask(again, iq("set", publish("musings", "b", "two"), at)) == "result");
    CHECK(heard(horatio) == "pubsub.example.org musings b=two");
    CHECK(read(horatio, iq("get", items("musings"), at)) == "a=one b=two");
}

TEST_CASE("pubsub: a node has several owners, but not none; administrators own all") {
    TestServer server({"pubsub"}, "");
    server.account("ghost@example.org", "admin");
    auto& hamlet = server.login("hamlet@example.org/elsinore");
    auto& ghost = server.login("ghost@example.org/battlements");
    CHECK(ask(hamlet, iq("set", publish("musings", "a", "one"), at)) == "result");
    CHECK(ask(hamlet, affiliate("musings", "hamlet@example.org", "none")) == "error modify not-acceptable");
    CHECK(ask(hamlet, affiliate("musings", "horatio@example.org", "owner")) == "result");
    auto& horatio = server.login("horatio@example.org/x");
    CHECK(ask(horatio, affiliate("musings", "hamlet@example.org", "publisher")) == "result");
    CHECK(ask(hamlet, affiliate("musings", "horatio@example.org", "none")) == "error auth forbidden");
    CHECK(ask(hamlet, iq("set", publish("musings", "b", "two"), at)) == "result");
    CHECK(ask(ghost, owner_iq("set", "<purge node='musings'/>", at)) == "result");
    horatio.send(owner_iq("get", "<affiliations node='musings'/>", at));
    CHECK(horatio.receive() ==
          "<iq type='result'><pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><affiliations "
          "node='musings'><affiliation jid='hamlet@example.org' affiliation='publisher'/>"
          "<affiliation jid='horatio@example.org' affiliation='owner'/></affiliations></pubsub></iq>");
}

TEST_CASE("pubsub: an owner lets subscribers in, by a message to the service") {
    TestServer server{"pubsub"};
    auto& hamlet = server.login("hamlet@example.org/elsinore");
    auto& horatio = server.login("horatio@example.org/x");
    hamlet.available();
    horatio.available();
    CHECK(ask(hamlet, iq("set", publish("musings", "a", "one", field("access_model", "authorize")), at)) == "result");
    CHECK(ask(horatio, subscribe("musings", "horatio@example.org")) == "result");
    const auto request = hamlet.receive();
    CHECK(request.attr("from") == at);
    const auto kept = request.fragment();
    const auto form = epode::xep::Form::decode(kept.element().child("x", "jabber:x:data"));
    REQUIRE(form);
    CHECK(read(horatio, iq("get", items("musings"), at)) == "error auth not-authorized not-subscribed");
    hamlet.send("<message to='pubsub.example.org' id='1'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>"
                "<value>http://jabber.org/protocol/pubsub#subscribe_authorization</value></field>" +
                field("subid", form->find("pubsub#subid")->text()) + field("node", "musings") +
                field("subscriber_jid", "horatio@example.org") + field("allow", "true") + "</x></message>");
    horatio.drain();
    CHECK(read(horatio, iq("get", items("musings"), at)) == "a=one");
}

TEST_CASE("pubsub: access models for contacts are not for a service") {
    TestServer server{"pubsub"};
    auto& hamlet = server.login("hamlet@example.org/elsinore");
    for (const char* model : {"presence", "roster"})
        CHECK(ask(hamlet, iq("set",
                             "<create node='x'/><configure>" + form("node_config", field("access_model", model)) +
                                 "</configure>",
                             at)) == "error modify not-acceptable");
    hamlet.send(owner_iq("get", "<default/>", at));
    const auto form = hamlet.receive().xml();
    CHECK_FALSE(form.contains("<value>presence</value>"));
    CHECK(form.contains("<value>authorize</value>"));
}

TEST_CASE("pubsub: discovery of nodes and items, by those who may, and page by page") {
    TestServer server{"pubsub"};
    auto& hamlet = server.login("hamlet@example.org/elsinore");
    auto& horatio = server.login("horatio@example.org/x");
    for (const char* node : {"a", "b", "c"}) CHECK(ask(hamlet, iq("set", publish(node, "1", "x"), at)) == "result");
    CHECK(ask(hamlet, iq("set", publish("secret", "1", "x", field("access_model", "whitelist")), at)) == "result");
    CHECK(listed(horatio) == "a b c ");
    CHECK(listed(hamlet) == "a b c secret ");
    CHECK(listed(horatio, "", "<set xmlns='http://jabber.org/protocol/rsm'><max>2</max></set>") == "a b of 3");
    CHECK(listed(horatio, "", "<set xmlns='http://jabber.org/protocol/rsm'><max>2</max><after>b</after></set>") ==
          "c of 3");
    CHECK(listed(horatio, "", "<set xmlns='http://jabber.org/protocol/rsm'><max>1</max><before/></set>") == "c of 3");
    CHECK(listed(horatio, "", "<set xmlns='http://jabber.org/protocol/rsm'><after>secret</after></set>") ==
          "error cancel item-not-found");
    CHECK(listed(horatio, "node='a'") == "1 ");
    CHECK(listed(horatio, "node='secret'") == "error cancel not-allowed closed-node");
    CHECK(listed(horatio, "node='none'") == "error cancel item-not-found");
    horatio.send("<iq id='d' type='get' to='pubsub.example.org'><query xmlns='http://jabber.org/protocol/disco#info' "
                 "node='a'/></iq>");
    const auto info = horatio.receive().xml();
    CHECK(info.contains("type='leaf'"));
    CHECK(info.contains("http://jabber.org/protocol/pubsub#meta-data"));
    horatio.send("<iq id='d' type='get' to='pubsub.example.org'><query xmlns='http://jabber.org/protocol/disco#info'/>"
                 "</iq>");
    CHECK(horatio.receive().xml().contains("category='pubsub'"));
}

TEST_CASE("pubsub: nodes of certain types are listed (XEP-0462)") {
    TestServer server{"pubsub"};
    auto& hamlet = server.login("hamlet@example.org/elsinore");
    const auto make = [&](std::string_view node, std::string_view type) {
        CHECK(ask(hamlet, iq("set",
                             "<create node='" + std::string(node) + "'/><configure>" +
                                 form("node_config", field("type", type)) + "</configure>",
                             at)) == "result");
    };
    make("blog", "urn:xmpp:microblog:0");
    make("comments", "urn:xmpp:comments:0");
    make("plain", "");
    const auto with = [&](std::string_view fields) {
        return listed(hamlet, "",
                      "<filter xmlns='urn:xmpp:pubsub-filter:0'><x xmlns='jabber:x:data' type='submit'>" +
                          std::string(fields) + "</x></filter>");
    };
    const std::string blog = "<value>urn:xmpp:microblog:0</value>";
    CHECK(with("<field var='included-types'>" + blog + "<value/></field>") == "blog plain ");
    CHECK(with("<field var='excluded-types'>" + blog + "<value/></field>") == "comments ");
    CHECK(with("<field var='excluded-types'/><field var='included-types'/>") == "error modify bad-request");
    CHECK(with("") == "error modify bad-request");
}

TEST_CASE("pubsub: an account that is gone is nothing in any node") {
    TestServer server{"pubsub"};
    auto& hamlet = server.login("hamlet@example.org/elsinore");
    CHECK(ask(hamlet, iq("set", publish("musings", "a", "one"), at)) == "result");
    CHECK(ask(hamlet, affiliate("musings", "horatio@example.org", "publisher")) == "result");
    CHECK(ask(server.login("horatio@example.org/x"), subscribe("musings", "horatio@example.org")) == "result");
    server.remove_account("horatio@example.org");
    hamlet.send(owner_iq("get", "<affiliations node='musings'/>", at));
    CHECK_FALSE(hamlet.receive().xml().contains("horatio"));
    hamlet.send(owner_iq("get", "<subscriptions node='musings'/>", at));
    CHECK_FALSE(hamlet.receive().xml().contains("horatio"));
    server.login("bernardo@example.org/x").send(subscribe("musings", "bernardo@example.org"));
    server.login("bernardo@example.org/y").available();
    server.remove_account("hamlet@example.org"); // whose node it was
    CHECK(listed(server.login("bernardo@example.org/z")).empty());
}

TEST_CASE("pubsub: what is no question for the service is answered") {
    TestServer server{"pubsub"};
    auto& hamlet = server.login("hamlet@example.org/elsinore");
    hamlet.send("<message to='pubsub.example.org'><body>hello</body></message>");
    CHECK(hamlet.receive().attr("type") == "error");
    hamlet.send(
        "<iq id='d' type='get' to='nobody@pubsub.example.org'><query xmlns='http://jabber.org/protocol/disco#info'/>"
        "</iq>");
    CHECK(hamlet.receive().attr("type") == "error");
    CHECK(ask(hamlet, iq("get", items("none"), at)) == "error cancel item-not-found");
}
