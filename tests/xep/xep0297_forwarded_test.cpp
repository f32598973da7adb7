// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0297_forwarded.hpp"

using namespace epode;
using namespace epode::test;
using xep::Forwarded;

TEST_CASE("a forwarded stanza keeps its namespace, addresses and delay") {
    const std::string_view text =
        "<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2010-07-10T23:08:25Z'/>"
        "<message xmlns='jabber:client' from='juliet@capulet.lit/orchard' to='romeo@montague.lit' id='0202197' "
        "type='chat'><body>Yet I should kill thee with much cherishing.</body>"
        "<mood xmlns='http://jabber.org/protocol/mood'><amorous/></mood></message></forwarded>";
    CHECK(recoded<Forwarded>(text) == canonical(text));
    const auto fragment = parsed(text);
    const auto forwarded = Forwarded::decode(fragment);
    REQUIRE(forwarded);
    CHECK(forwarded->stanza.from().text() == "juliet@capulet.lit/orchard");
    CHECK(forwarded->stanza.to().text() == "romeo@montague.lit");
    CHECK(forwarded->delay->stamp ==
          WallTime(std::chrono::sys_days(std::chrono::year(2010) / 7 / 10)) + 23h + 8min + 25s);
}

TEST_CASE("what holds no stanza is not forwarded") {
    for (const std::string_view text :
         {"<forwarded xmlns='urn:xmpp:forward:0'/>",
          "<forwarded xmlns='urn:xmpp:forward:0'><message><body>b</body></message></forwarded>",
          "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='@'/></forwarded>",
          "<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay'/><message "
          "xmlns='jabber:client'/></forwarded>"})
        CHECK_FALSE(accepted<Forwarded>(text));
    // The first one counts.
    CHECK(recoded<Forwarded>("<forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' id='1'/><message "
                             "xmlns='jabber:client'/></forwarded>") ==
          canonical("<forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' id='1'/></forwarded>"));
}
