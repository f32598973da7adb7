// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0402_bookmarks.hpp"

using namespace epode;
using namespace epode::test;
using namespace epode::xep;

namespace {
constexpr const char* room = "theplay@conference.shakespeare.lit";

std::string again(std::string_view text, std::string_view id = room) {
    const auto fragment = parsed(text);
    const auto bookmark = Bookmark::decode(id, fragment);
    return bookmark ? encoded(*bookmark) : "error: " + bookmark.error().text;
}
} // namespace

TEST_CASE("a bookmark comes back as it went, with what other clients have put into it") {
    const char* text =
        GENERATE("<conference xmlns='urn:xmpp:bookmarks:1'/>",
                 "<conference xmlns='urn:xmpp:bookmarks:1' name='The Play&apos;s the Thing' autojoin='true'>"
                 "<nick>JC</nick><password>x</password></conference>",
                 "<conference xmlns='urn:xmpp:bookmarks:1'><nick>JC</nick><extensions>"
                 "<state xmlns='http://myclient.example/bookmark/state' minimized='true'/></extensions></conference>");
    CHECK(again(text) == canonical(text));
}

TEST_CASE("a bookmark's id is an address; both spellings of a boolean are one") {
    CHECK(again("<conference xmlns='urn:xmpp:bookmarks:1' autojoin='1'/>") ==
          canonical("<conference xmlns='urn:xmpp:bookmarks:1' autojoin='true'/>"));
    CHECK(again("<conference xmlns='urn:xmpp:bookmarks:1'/>", "@").starts_with("error"));
    CHECK(again("<conference xmlns='storage:bookmarks'/>").starts_with("error"));
}

TEST_CASE("the old form: rooms by address, each once, and the rest as it is") {
    CHECK(recoded<BookmarkStorage>(
              "<storage xmlns='storage:bookmarks'><url name='Works' url='http://the-tech.mit.edu/Shakespeare/'/>"
              "<conference jid='b@c.example' autojoin='1'><nick>Puck</nick></conference><conference/>"
              "<conference name='A' jid='A@c.example'><password>p</password></conference>"
              "<conference jid='b@c.example'/></storage>") ==
          canonical("<storage xmlns='storage:bookmarks'>"
                    "<conference jid='a@c.example' name='A' autojoin='false'><password>p</password></conference>"
                    "<conference jid='b@c.example' autojoin='true'><nick>Puck</nick></conference>"
                    "<url name='Works' url='http://the-tech.mit.edu/Shakespeare/'/></storage>"));
    CHECK_FALSE(accepted<BookmarkStorage>("<storage xmlns='storage:rosternotes'/>"));
}
