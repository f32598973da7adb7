// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0054_vcard.hpp"

using namespace epode;
using namespace epode::test;
using xep::VCard;
using xep::VCardUpdate;

namespace {

std::string hash(std::string_view inside) {
    return VCard(parsed("<vCard xmlns='vcard-temp'>" + std::string(inside) + "</vCard>")).photo_hash();
}

std::string annotated(std::string_view presence) {
    const auto stanza = Stanza::from_element(parsed(presence)).value();
    return VCardUpdate("ab12").put_into(stanza).root().str();
}

} // namespace

TEST_CASE("the hash is that of the picture, not of its base64 (XEP-0153 3.1)") {
    CHECK(hash("<PHOTO><TYPE>image/png</TYPE><BINVAL>YWJj</BINVAL></PHOTO>") ==
          "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(hash("<PHOTO><BINVAL>\r\n  YW\n\tJj \n</BINVAL></PHOTO>") == "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST_CASE("no picture, no hash") {
    const char* inside = GENERATE("", "<FN>Juliet</FN>", "<PHOTO/>", "<PHOTO><BINVAL/></PHOTO>",
                                  "<PHOTO><EXTVAL>http://x</EXTVAL></PHOTO>",
                                  "<PHOTO><BINVAL>no base64!</BINVAL></PHOTO>", "<PHOTO><BINVAL>YWJ</BINVAL></PHOTO>");
    CHECK(hash(inside).empty());
}

TEST_CASE("a vCard comes back as it went") {
    const char* text = "<vCard xmlns='vcard-temp'><FN>Juliet</FN><x xmlns='other' a='1'/></vCard>";
    CHECK(recoded<VCard>(text) == canonical(text));
    CHECK(encoded(VCard()) == "<vCard xmlns='vcard-temp'/>");
    CHECK_FALSE(accepted<VCard>("<vCard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>"));
    const VCard kept(parsed(text));
    CHECK(VCard::from_bytes(kept.bytes())->element().str() == kept.element().str());
    CHECK_FALSE(VCard::from_bytes("not XML"));
}

TEST_CASE("three kinds of update (XEP-0153 4.1)") {
    const auto photo = [](std::string_view text) {
        const auto fragment = parsed(text);
        return VCardUpdate::decode(fragment)->photo;
    };
    CHECK(photo("<x xmlns='vcard-temp:x:update'/>") == std::nullopt);
    CHECK(photo("<x xmlns='vcard-temp:x:update'><photo/></x>") == "");
    CHECK(photo("<x xmlns='vcard-temp:x:update'><photo>01b8</photo></x>") == "01b8");
    CHECK(encoded(VCardUpdate()) == "<x xmlns='vcard-temp:x:update'/>");
    CHECK(encoded(VCardUpdate("")) == "<x xmlns='vcard-temp:x:update'><photo/></x>");
    CHECK_FALSE(accepted<VCardUpdate>("<x xmlns='jabber:x:data'/>"));
}

TEST_CASE("presence carries one update") {
    CHECK(annotated("<presence xmlns='jabber:client'/>") ==
          "<presence xmlns='jabber:client'><x xmlns='vcard-temp:x:update'><photo>ab12</photo></x></presence>");
    CHECK(annotated("<presence xmlns='jabber:client'><x xmlns='vcard-temp:x:update'/><show>away</show></presence>") ==
          "<presence xmlns='jabber:client'><show>away</show><x "
          "xmlns='vcard-temp:x:update'><photo>ab12</photo></x></presence>");
}
