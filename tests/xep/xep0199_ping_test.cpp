// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0199_ping.hpp"

using namespace epode;
using namespace epode::test;
using namespace epode::xep;

TEST_CASE("ping is empty") {
    CHECK(recoded<Ping>("<ping xmlns='urn:xmpp:ping'>x</ping>") == "<ping xmlns='urn:xmpp:ping'/>");
    CHECK_FALSE(accepted<Ping>("<ping xmlns='urn:xmpp:pong'/>"));
}
