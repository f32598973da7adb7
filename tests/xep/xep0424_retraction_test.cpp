// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0424_retraction.hpp"

using namespace epode;
using namespace epode::test;
using namespace epode::xep;

TEST_CASE("a retraction names a message") {
    const char* text = "<retract xmlns='urn:xmpp:message-retract:1' id='wrong-recipient-1'/>";
    CHECK(recoded<Retract>(text) == canonical(text));
    CHECK_FALSE(accepted<Retract>("<retract xmlns='urn:xmpp:message-retract:1'/>"));
    CHECK_FALSE(accepted<Retract>("<retract xmlns='urn:xmpp:message-retract:0' id='a'/>"));
}

TEST_CASE("a tombstone names the retraction, and perhaps its time") {
    const char* text = GENERATE("<retracted xmlns='urn:xmpp:message-retract:1' id='r' stamp='2019-09-20T23:09:32Z'/>",
                                "<retracted xmlns='urn:xmpp:message-retract:1' id='r'/>");
    CHECK(recoded<Retracted>(text) == canonical(text));
    CHECK_FALSE(accepted<Retracted>("<retracted xmlns='urn:xmpp:message-retract:1' id='r' stamp='noon'/>"));
    CHECK_FALSE(accepted<Retracted>("<retracted xmlns='urn:xmpp:message-retract:1' stamp='2019-09-20T23:09:32Z'/>"));
}

TEST_CASE("a tombstone has nothing of what was said but who, to whom and the ids") {
    const auto message =
        Stanza::from_bytes("<message xmlns='jabber:client' from='romeo@montague.example' to='lord@capulet.example' "
                           "type='chat' id='wrong-recipient-1'><body>Have not saints lips?</body>"
                           "<origin-id xmlns='urn:xmpp:sid:0' id='wrong-recipient-1'/><thread>t</thread></message>");
    REQUIRE(message);
    const auto left = tombstone(*message, Retracted("retract-message-1", WallTime(std::chrono::seconds(1569020972))));
    CHECK(left.bytes() ==
          "<message xmlns='jabber:client' from='romeo@montague.example' to='lord@capulet.example' type='chat' "
          "id='wrong-recipient-1'><origin-id xmlns='urn:xmpp:sid:0' id='wrong-recipient-1'/>"
          "<retracted xmlns='urn:xmpp:message-retract:1' id='retract-message-1' stamp='2019-09-20T23:09:32Z'/>"
          "</message>");
}
