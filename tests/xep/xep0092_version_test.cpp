// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0092_version.hpp"

using namespace epode;
using namespace epode::test;
using namespace epode::xep;

TEST_CASE("version comes back as it went") {
    const char* text = GENERATE(
        "<query xmlns='jabber:iq:version'/>",
        "<query xmlns='jabber:iq:version'><name>Exodus</name><version>0.7.0.4</version><os>Windows-XP</os></query>",
        "<query xmlns='jabber:iq:version'><name>Exodus</name><version>0.7</version></query>");
    CHECK(recoded<Version>(text) == text);
    CHECK_FALSE(accepted<Version>("<version xmlns='jabber:iq:version'/>"));
}
