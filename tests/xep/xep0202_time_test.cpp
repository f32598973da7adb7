// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0202_time.hpp"

using namespace epode;
using namespace epode::test;
using namespace epode::xep;

TEST_CASE("time comes back as it went") {
    const char* text = GENERATE("<time xmlns='urn:xmpp:time'/>",
                                "<time xmlns='urn:xmpp:time'><tzo>-06:00</tzo><utc>2006-12-19T17:58:35Z</utc></time>");
    CHECK(recoded<EntityTime>(text) == text);
    CHECK_FALSE(accepted<EntityTime>("<time xmlns='urn:xmpp:time'><tzo>-06:00</tzo><utc>yesterday</utc></time>"));
    CHECK_FALSE(accepted<EntityTime>("<time xmlns='jabber:iq:time'/>"));
}
