// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0386_bind2.hpp"
#include "xep/xep0388_sasl2.hpp"

using namespace epode;
namespace sasl2 = epode::xep::sasl2;

namespace {

Result<sasl2::Authenticate, sasl2::Condition> read(std::string_view xml) {
    const auto document = xml::parse(xml);
    REQUIRE(document);
    return sasl2::Authenticate::decode(xml::Element::root(*document));
}
template <typename Write> std::string written(Write write) {
    xml::Builder builder;
    write(builder);
    const auto document = builder.finish();
    return xml::Element::root(document).str();
}

} // namespace

TEST_CASE("sasl2: the specification's request") {
    const auto read_ = read("<authenticate xmlns='urn:xmpp:sasl:2' mechanism='BLURDYBLOOP'>\n"
                            "  <initial-response>\n    SSBzaG91bGQgbWFrZSB0aGlzIGEgY29tcGV0aXRpb24=\n"
                            "  </initial-response>\n"
                            "  <user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'>\n"
                            "    <software>AwesomeXMPP</software>\n    <device>Kiva's Phone</device>\n"
                            "  </user-agent>\n  <bind xmlns='urn:xmpp:bind:example'/>\n</authenticate>");
    REQUIRE(read_);
    CHECK(read_->mechanism == "BLURDYBLOOP");
    CHECK(read_->initial == "I should make this a competition");
    CHECK(read_->agent.id == "d4565fa7-4d72-4749-b3d3-740edbf87770");
    CHECK(read_->agent.software == "AwesomeXMPP");
    CHECK(read_->agent.device == "Kiva's Phone");
}

TEST_CASE("sasl2: no response and an empty one are two things; = is none") {
    const auto with = [](std::string_view inside) {
        return read("<authenticate xmlns='urn:xmpp:sasl:2' mechanism='M'>" + std::string(inside) + "</authenticate>");
    };
    CHECK_FALSE(with("")->initial);
    CHECK(with("<initial-response/>")->initial == "");
    CHECK(with("<initial-response>=</initial-response>").error() == sasl2::Condition::incorrect_encoding);
    CHECK(read("<authenticate xmlns='urn:xmpp:sasl:2'/>").error() == sasl2::Condition::invalid_mechanism);
    CHECK(with("<user-agent id='" + std::string(65, 'x') + "'/>").error() == sasl2::Condition::malformed_request);
    // Texts are cut between characters.
    std::string letters;
    for (int i = 0; i < 100; ++i) letters += "\xC3\xA9";
    letters = "x" + letters;
    const auto cut = with("<user-agent><device>" + letters + "</device></user-agent>");
    CHECK(cut->agent.device == letters.substr(0, 127));
}

TEST_CASE("sasl2: what the server says") {
    CHECK(written([](auto& b) { sasl2::write_challenge(b, "foo"); }) ==
          "<challenge xmlns='urn:xmpp:sasl:2'>Zm9v</challenge>");
    CHECK(written([](auto& b) { sasl2::write_failure(b, sasl2::Condition::aborted, "Why not"); }) ==
          "<failure xmlns='urn:xmpp:sasl:2'><aborted xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
          "<text xml:lang='en'>Why not</text></failure>");
    CHECK(written([](auto& b) { sasl2::write_continue(b, "foo", "UPGR-SCRAM-SHA-256"); }) ==
          "<continue xmlns='urn:xmpp:sasl:2'><additional-data>Zm9v</additional-data><tasks>"
          "<task>UPGR-SCRAM-SHA-256</task></tasks></continue>");
    CHECK(written([](auto& b) { sasl2::write_continue(b, "", "T"); }) ==
          "<continue xmlns='urn:xmpp:sasl:2'><tasks><task>T</task></tasks></continue>");
}

TEST_CASE("bind2: a tag, and none") {
    const auto document = xml::parse("<bind xmlns='urn:xmpp:bind:0'><tag>AwesomeXMPP</tag>"
                                     "<enable xmlns='urn:xmpp:carbons:2'/></bind>");
    CHECK(xep::bind2::Bind::decode(xml::Element::root(*document))->tag == "AwesomeXMPP");
    const auto empty = xml::parse("<bind xmlns='urn:xmpp:bind:0'/>");
    CHECK(xep::bind2::Bind::decode(xml::Element::root(*empty))->tag.empty());
}
