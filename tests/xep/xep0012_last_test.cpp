// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0012_last.hpp"

using namespace epode;
using namespace epode::test;
using namespace epode::xep;

TEST_CASE("last activity comes back as it went") {
    const char* text = GENERATE("<query xmlns='jabber:iq:last'/>", "<query xmlns='jabber:iq:last' seconds='0'/>",
                                "<query xmlns='jabber:iq:last' seconds='903'>Heading Home</query>");
    CHECK(recoded<LastActivity>(text) == text);
}

TEST_CASE("broken last activity is refused") {
    CHECK_FALSE(accepted<LastActivity>("<query xmlns='jabber:iq:last' seconds='-1'/>"));
    CHECK_FALSE(accepted<LastActivity>("<query xmlns='jabber:iq:last' seconds=''/>"));
    CHECK_FALSE(accepted<LastActivity>("<query xmlns='jabber:iq:last' seconds='1.5'/>"));
    CHECK_FALSE(accepted<LastActivity>("<query xmlns='jabber:iq:private'/>"));
}
