// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0484_fast.hpp"

using namespace epode;
namespace fast = epode::xep::fast;

namespace {

template <typename P> Result<P> read(std::string_view xml) {
    const auto document = xml::parse(xml);
    REQUIRE(document);
    return P::decode(xml::Element::root(*document));
}

} // namespace

TEST_CASE("fast: the specification's elements") {
    CHECK(read<fast::RequestToken>("<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-ENDP'/>")->mechanism ==
          "HT-SHA-256-ENDP");
    CHECK_FALSE(read<fast::RequestToken>("<request-token xmlns='urn:xmpp:fast:0'/>"));
    const auto used = read<fast::Fast>("<fast xmlns='urn:xmpp:fast:0' count='123' invalidate='true'/>");
    CHECK(used->count == 123);
    CHECK(used->invalidate);
    CHECK(read<fast::Fast>("<fast xmlns='urn:xmpp:fast:0' invalidate='1'/>")->invalidate);
    CHECK_FALSE(read<fast::Fast>("<fast xmlns='urn:xmpp:fast:0' invalidate='false'/>")->invalidate);
    CHECK_FALSE(read<fast::Fast>("<fast xmlns='urn:xmpp:fast:0'/>")->count);
    const auto token = read<fast::Token>("<token xmlns='urn:xmpp:fast:0' expiry='2020-03-12T14:36:15Z' "
                                         "token='WXZzciBwYmFmdmZnZiBqdmd1IGp2eXFhcmZm'/>");
    REQUIRE(token);
    xml::Builder builder;
    token->encode(builder);
    const auto document = builder.finish();
    CHECK(
        xml::Element::root(document).str() ==
        "<token xmlns='urn:xmpp:fast:0' expiry='2020-03-12T14:36:15Z' token='WXZzciBwYmFmdmZnZiBqdmd1IGp2eXFhcmZm'/>");
}

TEST_CASE("fast: counts that are none") {
    for (const auto* count : {"", "-1", "x", "1x", " 1", "2147483648", "99999999999999999999"}) {
        CAPTURE(count);
        CHECK_FALSE(read<fast::Fast>("<fast xmlns='urn:xmpp:fast:0' count='" + std::string(count) + "'/>"));
    }
    CHECK(read<fast::Fast>("<fast xmlns='urn:xmpp:fast:0' count='2147483647'/>")->count == 2147483647U);
}
