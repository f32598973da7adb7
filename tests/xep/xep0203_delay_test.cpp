// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0203_delay.hpp"

using namespace epode;
using namespace epode::test;
using xep::Delay;

namespace {
Stanza message(std::string_view text) { return *Stanza::from_element(parsed(text)); }
Jid jid(std::string_view text) { return *Jid::parse(text); }
} // namespace

TEST_CASE("a delay is read and written") {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"<delay xmlns='urn:xmpp:delay' from='capulet.com' stamp='2002-09-10T23:08:25Z'>Offline Storage</delay>",
         "<delay xmlns='urn:xmpp:delay' from='capulet.com' stamp='2002-09-10T23:08:25Z'>Offline Storage</delay>"},
        {"<delay xmlns='urn:xmpp:delay' stamp='2002-09-10T23:08:25.25Z'/>",
         "<delay xmlns='urn:xmpp:delay' stamp='2002-09-10T23:08:25.25Z'/>"},
        {"<delay xmlns='urn:xmpp:delay' from='Juliet@Capulet.COM/balcony' stamp='2002-09-10T23:41:07+00:00'/>",
         "<delay xmlns='urn:xmpp:delay' from='juliet@capulet.com/balcony' stamp='2002-09-10T23:41:07Z'/>"},
    };
    for (const auto& [text, expected] : table) CHECK(recoded<Delay>(text) == canonical(expected));
    for (const std::string_view text :
         {"<delay xmlns='urn:xmpp:delay' from='capulet.com'/>", "<delay xmlns='urn:xmpp:delay' stamp='yesterday'/>",
          "<delay xmlns='urn:xmpp:delay' from='@' stamp='2002-09-10T23:08:25Z'/>"})
        CHECK_FALSE(accepted<Delay>(text));
}

TEST_CASE("a server drops only the delays in its own name") {
    const auto before = message(
        "<message xmlns='jabber:client'><delay xmlns='urn:xmpp:delay' from='Example.org' stamp='x'/><body>b</body>"
        "<delay xmlns='urn:xmpp:delay' from='room@muc.example.org' stamp='2002-09-10T23:08:25Z'/></message>");
    CHECK(xep::has_delay_from(before, jid("example.org")));
    const auto after = xep::without_delay_from(before, jid("example.org"));
    CHECK_FALSE(xep::has_delay_from(after, jid("example.org")));
    CHECK(xep::has_delay_from(after, jid("room@muc.example.org")));
    CHECK(after.root().child_text("body") == "b");
}

TEST_CASE("a delay goes to the end of the message") {
    const auto late =
        xep::with_delay(message("<message xmlns='jabber:client' id='1'><body>b</body></message>"),
                        Delay(jid("example.org"), WallTime(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1))));
    CHECK(late.root().str() ==
          canonical("<message xmlns='jabber:client' id='1'><body>b</body>"
                    "<delay xmlns='urn:xmpp:delay' from='example.org' stamp='2026-01-01T00:00:00Z'/></message>"));
}
