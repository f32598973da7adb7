// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0060_pubsub.hpp"

using namespace epode;
using namespace epode::test;
using namespace epode::xep::pubsub;

namespace {

std::string asked(const std::string& inside) {
    return "<pubsub xmlns='http://jabber.org/protocol/pubsub'>" + inside + "</pubsub>";
}
std::string owner(const std::string& inside) {
    return "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'>" + inside + "</pubsub>";
}
std::string told(const std::string& inside) {
    return "<event xmlns='http://jabber.org/protocol/pubsub#event'>" + inside + "</event>";
}
std::string form(const std::string& type, const std::string& var, const std::string& value) {
    return "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"
           "<value>http://jabber.org/protocol/pubsub#" +
           type + "</value></field><field var='" + var + "'><value>" + value + "</value></field></x>";
}

/// The stanza's condition and this protocol's own.
template <typename P> std::string refused(const std::string& text) {
    const auto fragment = parsed(text);
    const auto request = P::decode(fragment);
    if (request) return "taken";
    const auto own = request.error().application.element();
    return std::string(name(request.error().condition)) + " " + std::string(own.name());
}

} // namespace

TEST_CASE("requests to a pubsub service come back as they went") {
    const std::string text = GENERATE(
        as<std::string>{},
        "<publish node='princely_musings'><item><entry xmlns='http://www.w3.org/2005/Atom'/></item></publish>",
        "<publish node='princely_musings'/>",
        "<publish node='n'><item id='bnd81g37d61f49fgn581'><a xmlns='b'>text</a></item></publish><publish-options>" +
            form("publish-options", "pubsub#access_model", "presence") + "</publish-options>",
        "<retract node='princely_musings'><item id='ae890ac52d0df67ed7cfdf51b644e901'/></retract>",
        "<retract node='princely_musings' notify='true'><item id='a'/><item id='b'/></retract>",
        "<items node='princely_musings'/>", "<items node='princely_musings' subid='123-abc' max_items='2'/>",
        "<items node='n'><item id='a'/><item id='b'/></items>",
        "<items node='n'/><set xmlns='http://jabber.org/protocol/rsm'><max>10</max><after>a</after></set>",
        "<create node='princely_musings'/>", "<create/>",
        "<create node='n'/><configure>" + form("node_config", "pubsub#title", "Musings") + "</configure>",
        "<subscribe node='princely_musings' jid='francisco@denmark.lit'/>",
        "<unsubscribe node='princely_musings' jid='francisco@denmark.lit/barracks' subid='1'/>", "<subscriptions/>",
        "<subscriptions node='princely_musings'/>", "<affiliations/>", "<affiliations node='node6'/>");
    CHECK(recoded<Request>(asked(text)) == canonical(asked(text)));
}

TEST_CASE("requests of a node's owner come back as they went") {
    const std::string text = GENERATE(
        as<std::string>{}, "<configure node='princely_musings'/>",
        "<configure node='n'>" + form("node_config", "pubsub#max_items", "max") + "</configure>", "<default/>",
        "<delete node='n'/>", "<delete node='n'><redirect uri='xmpp:hamlet@denmark.lit'/></delete>",
        "<purge node='n'/>", "<affiliations node='n'/>",
        "<affiliations node='n'><affiliation jid='bard@shakespeare.lit' affiliation='publish-only'/></affiliations>",
        "<subscriptions node='n'/>",
        "<subscriptions node='n'><subscription jid='bard@shakespeare.lit' subscription='none' "
        "subid='1'/></subscriptions>");
    CHECK(recoded<OwnerRequest>(owner(text)) == canonical(owner(text)));
}

TEST_CASE("events come back as they went") {
    const std::string text = GENERATE(
        as<std::string>{}, "<items node='n'><item id='a' publisher='hamlet@denmark.lit'><a xmlns='b'/></item></items>",
        "<items node='n'><retract id='a'/><retract id='b'/></items>", "<purge node='n'/>", "<delete node='n'/>",
        "<delete node='n'><redirect uri='xmpp:hamlet@denmark.lit'/></delete>", "<configuration node='n'/>",
        "<configuration node='n'>" + form("node_config", "pubsub#title", "T") + "</configuration>");
    CHECK(recoded<Event>(told(text)) == canonical(told(text)));
    CHECK_FALSE(accepted<Event>(told("")));
    CHECK_FALSE(accepted<Event>(told("<items/>")));
    CHECK_FALSE(accepted<Event>(told("<subscription node='n'/>")));
}

TEST_CASE("what cannot be asked of a pubsub service is refused with the protocol's condition") {
    CHECK(refused<Request>(asked("<publish><item/></publish>")) == "bad-request nodeid-required");
    CHECK(refused<Request>(asked("<publish node='n'><item><a xmlns='x'/><b xmlns='x'/></item></publish>")) ==
          "bad-request invalid-payload");
    CHECK(refused<Request>(asked("<retract node='n'/>")) == "bad-request item-required");
    CHECK(refused<Request>(asked("<retract node='n'><item/></retract>")) == "bad-request item-required");
    CHECK(refused<Request>(asked("<retract><item id='a'/></retract>")) == "bad-request nodeid-required");
    CHECK(refused<Request>(asked("<items/>")) == "bad-request nodeid-required");
    CHECK(refused<Request>(asked("<items node='n' max_items='few'/>")) == "bad-request ");
    CHECK(refused<Request>(asked("<subscribe node='n'/>")) == "bad-request invalid-jid");
    CHECK(refused<Request>(asked("<options node='n' jid='a@b'/>")) == "feature-not-implemented unsupported");
    CHECK(refused<Request>(asked("<sing/>")) == "feature-not-implemented ");
    CHECK(refused<Request>(asked("")) == "bad-request ");
    CHECK(refused<Request>(asked("<publish node='n'/><publish-options/>")) == "bad-request ");
    CHECK(refused<Request>(asked("<publish node='n'/><publish-options>" + form("node_config", "pubsub#title", "T") +
                                 "</publish-options>")) == "bad-request ");
    CHECK(refused<OwnerRequest>(owner("<configure/>")) == "bad-request nodeid-required");
    CHECK(refused<OwnerRequest>(owner(
              "<affiliations node='n'><affiliation jid='a@b' affiliation='king'/></affiliations>")) == "bad-request ");
    CHECK(refused<OwnerRequest>(
              owner("<subscriptions node='n'><subscription jid='a@b' subscription='pending'/></subscriptions>")) ==
          "bad-request ");
    CHECK(refused<OwnerRequest>(owner("")) == "bad-request ");
}

TEST_CASE("affiliations have names") {
    for (const char* text : {"none", "owner", "publisher", "publish-only", "member", "outcast"})
        CHECK(name(affiliation(text).value()) == text);
    CHECK_FALSE(affiliation("king"));
}
