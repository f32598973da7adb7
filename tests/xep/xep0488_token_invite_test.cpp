// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0488_token_invite.hpp"

using namespace epode;
using namespace epode::test;

TEST_CASE("tokens: asked for with limits, told, listed, taken back") {
    const auto asked = parsed("<request xmlns='urn:xmpp:muc-token-invite:0' delay='2678400' counter='5'/>");
    const auto request = xep::TokenRequest::decode(asked);
    REQUIRE(request);
    CHECK(request->delay == 2678400U);
    CHECK(request->counter == 5U);
    CHECK(accepted<xep::TokenRequest>("<request xmlns='urn:xmpp:muc-token-invite:0'/>"));
    for (const char* wrong : {"delay='soon'", "counter='-1'", "counter='4294967296'"})
        CHECK_FALSE(
            accepted<xep::TokenRequest>("<request xmlns='urn:xmpp:muc-token-invite:0' " + std::string(wrong) + "/>"));
    xep::TokenList list;
    xep::TokenInvite token;
    token.text = "lyQZ1RzacYTlf3svGODYq1xVabNnMc2x";
    token.counter = 3;
    list.tokens.push_back(token);
    CHECK(encoded(list) == canonical("<tokens xmlns='urn:xmpp:muc-token-invite:0'><token counter='3'>"
                                     "lyQZ1RzacYTlf3svGODYq1xVabNnMc2x</token></tokens>"));
    CHECK(accepted<xep::TokenRevocation>("<revoke xmlns='urn:xmpp:muc-token-invite:0'>x</revoke>"));
    CHECK_FALSE(accepted<xep::TokenRevocation>("<revoke xmlns='urn:xmpp:muc-token-invite:0'/>"));
}
