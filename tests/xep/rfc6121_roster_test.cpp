// SPDX-License-Identifier: MIT
#include "core/xml/parser.hpp"
#include "tests/catch.hpp"
#include "xep/rfc6121_roster.hpp"

using namespace epode;

namespace {

template <typename P> auto decode(std::string_view inner, std::string_view attributes = "") {
    auto document = xml::parse("<query xmlns='jabber:iq:roster' " + std::string(attributes) + ">" + std::string(inner) +
                               "</query>");
    REQUIRE(document);
    return P::decode(xml::Element::root(*document));
}

Condition refusal(std::string_view inner) {
    auto set = decode<xep::RosterSet>(inner);
    REQUIRE_FALSE(set);
    CHECK(set.error().type == ErrorType::modify);
    return set.error().condition;
}

std::string text(const auto& payload) {
    xml::Builder builder;
    payload.encode(builder);
    return xml::Element::root(builder.finish()).str();
}

} // namespace

TEST_CASE("a roster get tells no version from an empty one") {
    CHECK_FALSE(decode<xep::RosterGet>("")->ver);
    CHECK(decode<xep::RosterGet>("", "ver=''")->ver == "");
    CHECK(decode<xep::RosterGet>("", "ver='ver14'")->ver == "ver14");
    CHECK_FALSE(decode<xep::RosterGet>("<item jid='nurse@example.com'/>"));
}

TEST_CASE("a roster set is read as it stands, without what only the server says") {
    auto set = decode<xep::RosterSet>(
        "<item jid='Nurse@Example.com/x' name='Nurse' subscription='both' ask='subscribe' "
        "approved='true'><group>Servants</group><group>A &amp; B</group><other xmlns='a'/></item>");
    REQUIRE(set);
    CHECK(set->item.jid.text() == "nurse@example.com");
    CHECK(set->item.name == "Nurse");
    CHECK(set->item.groups == std::vector<std::string>{"Servants", "A & B"});
    CHECK(set->item.subscription.empty());
    CHECK_FALSE(set->item.ask);
    CHECK_FALSE(set->item.approved);
    CHECK_FALSE(set->remove());
    CHECK(decode<xep::RosterSet>("<item jid='nurse@example.com' subscription='remove'/>")->remove());
}

TEST_CASE("what a roster set must not be (RFC 6121 2.3.3)") {
    CHECK(refusal("") == Condition::bad_request);
    CHECK(refusal("<item jid='a@b'/><item jid='c@d'/>") == Condition::bad_request);
    CHECK(refusal("<item name='nobody'/>") == Condition::bad_request);
    CHECK(refusal("<item jid='@'/>") == Condition::jid_malformed);
    CHECK(refusal("<item jid='a@b'><group>x</group><group>x</group></item>") == Condition::bad_request);
    CHECK(refusal("<item jid='a@b'><group/></item>") == Condition::not_acceptable);
}

TEST_CASE("a result is written as the document shows it, and read back") {
    xep::RosterQuery query;
    query.ver = "ver11";
    auto& item = query.items.emplace_back();
    item.jid = *Jid::parse("romeo@example.net");
    item.name = "Romeo";
    item.subscription = "none";
    item.ask = item.approved = true;
    item.groups = {"Friends"};
    const auto written = text(query);
    CHECK(written == "<query xmlns='jabber:iq:roster' ver='ver11'><item jid='romeo@example.net' name='Romeo' "
                     "subscription='none' ask='subscribe' approved='true'><group>Friends</group></item></query>");
    auto document = xml::parse(written);
    REQUIRE(document);
    auto back = xep::RosterQuery::decode(xml::Element::root(*document));
    REQUIRE(back);
    CHECK(text(*back) == written);
}

TEST_CASE("queries are written as they were read") {
    CHECK(text(*decode<xep::RosterGet>("", "ver='7'")) == "<query xmlns='jabber:iq:roster' ver='7'/>");
    CHECK(text(*decode<xep::RosterSet>("<item jid='a@b' subscription='remove'/>")) ==
          "<query xmlns='jabber:iq:roster'><item jid='a@b' subscription='remove'/></query>");
}
