// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0359_sid.hpp"

using namespace epode;
using namespace epode::test;
using xep::OriginId;
using xep::StanzaId;

namespace {
Stanza message(std::string_view children) {
    return *Stanza::from_element(parsed("<message xmlns='jabber:client'>" + std::string(children) + "</message>"));
}
const Jid me = *Jid::parse("romeo@example.org");
} // namespace

TEST_CASE("ids are read and written") {
    const std::string_view stanza = "<stanza-id xmlns='urn:xmpp:sid:0' id='de305d54' by='room@muc.example.com'/>";
    const std::string_view origin = "<origin-id xmlns='urn:xmpp:sid:0' id='de305d54'/>";
    CHECK(recoded<StanzaId>(stanza) == canonical(stanza));
    CHECK(recoded<OriginId>(origin) == canonical(origin));
    for (const std::string_view text :
         {"<stanza-id xmlns='urn:xmpp:sid:0' id='1'/>", "<stanza-id xmlns='urn:xmpp:sid:0' by='example.org'/>",
          "<stanza-id xmlns='urn:xmpp:sid:0' id='1' by='@'/>",
          "<stanza-id xmlns='urn:xmpp:sid:0' id='' by='example.org'/>"})
        CHECK_FALSE(accepted<StanzaId>(text));
    CHECK_FALSE(accepted<OriginId>("<origin-id xmlns='urn:xmpp:sid:0'/>"));
}

TEST_CASE("an id is found by who gave it") {
    const auto both = message(
        "<stanza-id xmlns='urn:xmpp:sid:0' id='1' by='room@muc.example.com'/>"
        "<stanza-id xmlns='urn:xmpp:sid:0' id='2' by='ROMEO@example.org'/><origin-id xmlns='urn:xmpp:sid:0' id='3'/>");
    CHECK(xep::stanza_id(both, me) == "2");
    CHECK_FALSE(xep::stanza_id(both, *Jid::parse("juliet@example.org")));
    CHECK(xep::origin_id(both) == "3");
    CHECK(xep::origin_id(message("")).empty());
}

TEST_CASE("forged ids give way, the others stay") {
    const auto forged = message("<stanza-id xmlns='urn:xmpp:sid:0' id='1' by='romeo@example.org'/><body>b</body>"
                                "<stanza-id xmlns='urn:xmpp:sid:0' id='2' by='romeo@example.org'/>"
                                "<stanza-id xmlns='urn:xmpp:sid:0' id='3' by='room@muc.example.com'/>");
    CHECK(xep::without_stanza_id(forged, me).root().str() ==
          canonical("<message xmlns='jabber:client'><body>b</body><stanza-id xmlns='urn:xmpp:sid:0' id='3' "
                    "by='room@muc.example.com'/></message>"));
    const auto given = xep::with_stanza_id(forged, StanzaId("4", me));
    CHECK(xep::stanza_id(given, me) == "4");
    CHECK(xep::stanza_id(given, *Jid::parse("room@muc.example.com")) == "3");
}

TEST_CASE("nothing to do, nothing copied") {
    const auto plain = message("<body>b</body>");
    CHECK(xep::without_stanza_id(plain, me).document().get() == plain.document().get());
    const auto given = xep::with_stanza_id(plain, StanzaId("4", me));
    CHECK(xep::with_stanza_id(given, StanzaId("4", me)).document().get() == given.document().get());
}
