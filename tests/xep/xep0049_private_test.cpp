// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0049_private.hpp"

using namespace epode;
using namespace epode::test;
using xep::Private;
using xep::PrivateFragment;

namespace {
PrivateFragment fragment(std::string_view text) { return PrivateFragment(parsed(text)); }
} // namespace

TEST_CASE("private storage queries come back as they went") {
    const char* text =
        GENERATE("<query xmlns='jabber:iq:private'><exodus "
                 "xmlns='exodus:prefs'><defaultnick>Hamlet</defaultnick></exodus></query>",
                 "<query xmlns='jabber:iq:private'><a xmlns='x' y='&apos;'/><b xmlns='x'>&amp;</b></query>");
    CHECK(recoded<Private>(text) == canonical(text));
}

TEST_CASE("a private storage query names a fragment") {
    CHECK_FALSE(accepted<Private>("<query xmlns='jabber:iq:private'/>"));
    CHECK_FALSE(accepted<Private>("<query xmlns='jabber:iq:private'>text</query>"));
    CHECK_FALSE(accepted<Private>("<query xmlns='jabber:iq:private'><exodus/></query>"));
    CHECK_FALSE(accepted<Private>("<query xmlns='jabber:iq:private'><exodus xmlns=''/></query>"));
}

TEST_CASE("fragments differ by name and by namespace") {
    CHECK(fragment("<a xmlns='x'/>").key() == fragment("<a xmlns='x'>content</a>").key());
    CHECK(fragment("<a xmlns='x'/>").key() != fragment("<b xmlns='x'/>").key());
    CHECK(fragment("<a xmlns='x'/>").key() != fragment("<a xmlns='y'/>").key());
}

TEST_CASE("a fragment's key stays short") {
    const auto longest = fragment("<a xmlns='" + std::string(1000, 'x') + "'/>");
    CHECK(longest.key().size() <= 200);
    CHECK(longest.key() != fragment("<a xmlns='" + std::string(999, 'x') + "'/>").key());
}

TEST_CASE("a stored fragment is the same again") {
    const auto kept = fragment("<storage xmlns='storage:bookmarks'><conference jid='a@b' autojoin='true'/></storage>");
    const auto again = PrivateFragment::from_bytes(kept.bytes());
    REQUIRE(again);
    CHECK(again->element().str() == kept.element().str());
    CHECK(kept.emptied().element().str() == "<storage xmlns='storage:bookmarks'/>");
    CHECK_FALSE(PrivateFragment::from_bytes("<storage"));
}
