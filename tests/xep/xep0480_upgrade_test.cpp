// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0480_upgrade.hpp"

using namespace epode;
namespace upgrade = epode::xep::upgrade;

TEST_CASE("upgrade: the specification's salt and hash") {
    const auto salt =
        xml::parse("<salt xmlns='urn:xmpp:scram-upgrade:0' iterations='4096'>\n  QV9TWENSWFE2c2VrOGJmX1o=\n"
                   "</salt>");
    const auto read = upgrade::Salt::decode(xml::Element::root(*salt));
    REQUIRE(read);
    CHECK(read->salt == "A_SXCRXQ6sek8bf_Z");
    CHECK(read->iterations == 4096);
    const auto hash = xml::parse("<hash xmlns='urn:xmpp:scram-upgrade:0'>\n"
                                 "  BzOnw3Pc5H4bOLlPZ/8JAy6wnTpH05aH21KW2+Xfpaw=\n</hash>");
    CHECK(upgrade::Hash::decode(xml::Element::root(*hash))->salted_password.view().size() == 32);
    const auto empty = xml::parse("<hash xmlns='urn:xmpp:scram-upgrade:0'/>");
    CHECK_FALSE(upgrade::Hash::decode(xml::Element::root(*empty)));
    const auto endless = xml::parse("<salt xmlns='urn:xmpp:scram-upgrade:0' iterations='many'>eA==</salt>");
    CHECK_FALSE(upgrade::Salt::decode(xml::Element::root(*endless)));
}
