// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0084_avatar.hpp"

using namespace epode;
using namespace epode::test;
using namespace epode::xep;

TEST_CASE("an avatar's data is base64, with line breaks or not, and its id the image's SHA-1") {
    CHECK(recoded<AvatarData>("<data xmlns='urn:xmpp:avatar:data'>\n  YW\n  Jj\n</data>") ==
          canonical("<data xmlns='urn:xmpp:avatar:data'>YWJj</data>"));
    CHECK(AvatarData("abc").id() == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK_FALSE(accepted<AvatarData>(GENERATE("<data xmlns='urn:xmpp:avatar:data'/>",
                                              "<data xmlns='urn:xmpp:avatar:data'>YW?j</data>",
                                              "<data xmlns='x'>YWJj</data>")));
}

TEST_CASE("metadata of an avatar come back as they went") {
    const char* text = GENERATE("<metadata xmlns='urn:xmpp:avatar:metadata'/>",
                                "<metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='12345' id='111f' height='64' "
                                "type='image/png' width='64'/>"
                                "<info bytes='23456' id='357a' height='64' type='image/gif' "
                                "url='http://avatars.example.org/happy.gif' width='64'/>"
                                "</metadata>");
    CHECK(recoded<AvatarMetadata>(text) == canonical(text));
    CHECK_FALSE(accepted<AvatarMetadata>(
        GENERATE("<metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='1' type='image/png'/></metadata>",
                 "<metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='x' id='1'/></metadata>")));
}

TEST_CASE("of several forms the one without an address lies in the data node") {
    const auto text =
        parsed("<metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='2' id='far' url='http://x.example/'/>"
               "<info bytes='1' id='near' type='image/png'/></metadata>");
    const auto metadata = AvatarMetadata::decode(text);
    REQUIRE(metadata);
    REQUIRE(metadata->stored());
    CHECK(metadata->stored()->id == "near");
    CHECK(AvatarMetadata().stored() == nullptr);
}
