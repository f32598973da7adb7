// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0030_disco.hpp"

using namespace epode;
using namespace epode::test;
using namespace epode::xep::disco;

TEST_CASE("disco#info results come back as they went") {
    const char* text =
        GENERATE("<query xmlns='http://jabber.org/protocol/disco#info'/>",
                 "<query xmlns='http://jabber.org/protocol/disco#info' node='http://jabber.org/protocol/commands'>"
                 "<identity category='automation' type='command-list'/><feature "
                 "var='http://jabber.org/protocol/disco#info'/></query>",
                 "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='client' type='pc' "
                 "xml:lang='el' name='Ψ 0.11'/>"
                 "<feature var='a'/><x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' "
                 "type='hidden'><value>t</value></field></x></query>");
    CHECK(recoded<Info>(text) == canonical(text));
}

TEST_CASE("broken disco#info results are refused") {
    const char* text =
        GENERATE("<query xmlns='http://jabber.org/protocol/disco#items'/>",
                 "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='client'/></query>",
                 "<query xmlns='http://jabber.org/protocol/disco#info'><identity type='pc'/></query>",
                 "<query xmlns='http://jabber.org/protocol/disco#info'><feature/></query>",
                 "<query xmlns='http://jabber.org/protocol/disco#info'><x xmlns='jabber:x:data' type='?'/></query>");
    CHECK_FALSE(accepted<Info>(text));
}

TEST_CASE("what several modules wrote becomes one answer") {
    Info info;
    info.identities = {Identity("server", "im", "B"), Identity("pubsub", "pep"), Identity("server", "im", "A"),
                       Identity("server", "im", "E", "en")};
    info.features = {"urn:b", "urn:a", "urn:b"};
    info.tidy();
    CHECK(info.identities ==
          std::vector{Identity("pubsub", "pep"), Identity("server", "im", "A"), Identity("server", "im", "E", "en")});
    CHECK(info.features == std::vector<std::string>{"urn:a", "urn:b"});
    CHECK(info.has("urn:a"));
    CHECK_FALSE(info.has("urn:c"));
}

TEST_CASE("disco#items results come back as they went") {
    const char* text = GENERATE("<query xmlns='http://jabber.org/protocol/disco#items'/>",
                                "<query xmlns='http://jabber.org/protocol/disco#items' node='n'><item "
                                "jid='conference.example.org' name='Rooms'/>"
                                "<item jid='example.org' node='announce' name='Say &lt;it&gt;'/></query>");
    CHECK(recoded<Items>(text) == canonical(text));
}

TEST_CASE("an item needs an address") {
    CHECK_FALSE(accepted<Items>("<query xmlns='http://jabber.org/protocol/disco#items'><item node='n'/></query>"));
    CHECK_FALSE(accepted<Items>("<query xmlns='http://jabber.org/protocol/disco#items'><item jid='@'/></query>"));
}

TEST_CASE("requests name a node or none") {
    CHECK(recoded<InfoRequest>("<query xmlns='http://jabber.org/protocol/disco#info' node='a&amp;b'/>") ==
          "<query xmlns='http://jabber.org/protocol/disco#info' node='a&amp;b'/>");
    CHECK(recoded<ItemsRequest>("<query xmlns='http://jabber.org/protocol/disco#items'/>") ==
          "<query xmlns='http://jabber.org/protocol/disco#items'/>");
    CHECK_FALSE(accepted<ItemsRequest>("<query xmlns='http://jabber.org/protocol/disco#info'/>"));
}
