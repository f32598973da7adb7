// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0215_extdisco.hpp"

using namespace epode;
using namespace epode::test;
using xep::extdisco::Credentials;
using xep::extdisco::Services;

TEST_CASE("external services: the specification's own examples") {
    for (const std::string_view text :
         {"<services xmlns='urn:xmpp:extdisco:2'/>", "<services xmlns='urn:xmpp:extdisco:2' type='turn'/>",
          "<services xmlns='urn:xmpp:extdisco:2'><service host='stun.shakespeare.lit' port='9998' transport='udp' "
          "type='stun'/><service host='ftp.shakespeare.lit' port='20' transport='tcp' type='ftp' "
          "name='Shakespearean File Server' username='guest' password='guest'/></services>",
          "<services xmlns='urn:xmpp:extdisco:2' type='turn'><service action='delete' host='192.0.2.1' port='8889' "
          "type='turn'/></services>",
          "<services xmlns='urn:xmpp:extdisco:2'><service host='a.example' type='turn' username='u' password='p' "
          "expires='2026-11-24T22:00:00Z' restricted='true'/></services>"})
        CHECK(recoded<Services>(text) == canonical(text));
    for (const std::string_view text :
         {"<credentials xmlns='urn:xmpp:extdisco:2'><service host='turn.shakespeare.lit' type='turn'/></credentials>",
          "<credentials xmlns='urn:xmpp:extdisco:2'><service host='turn.shakespeare.lit' port='0' type='turn'/>"
          "<service host='::1' type='stun'/></credentials>"})
        CHECK(recoded<Credentials>(text) == canonical(text));
}

TEST_CASE("external services: what is no service") {
    for (const std::string_view text :
         {"<service type='turn'/>", "<service host='a.example'/>", "<service host='' type='turn'/>",
          "<service host='a.example' type='turn' port='65536'/>", "<service host='a.example' type='turn' port=''/>",
          "<service host='a.example' type='turn' port='80a'/>",
          "<service host='a.example' type='turn' expires='tomorrow'/>",
          "<service host='a.example' type='turn' restricted='yes'/>"}) {
        CAPTURE(text);
        const auto within = [&](std::string_view name) {
            return "<" + std::string(name) + " xmlns='urn:xmpp:extdisco:2'>" + std::string(text) + "</" +
                   std::string(name) + ">";
        };
        CHECK_FALSE(accepted<Services>(within("services")));
        CHECK_FALSE(accepted<Credentials>(within("credentials")));
    }
    CHECK_FALSE(accepted<Credentials>("<credentials xmlns='urn:xmpp:extdisco:2'/>"));
    CHECK_FALSE(accepted<Credentials>("<credentials xmlns='urn:xmpp:extdisco:2'><service xmlns='a:b' host='h' "
                                      "type='turn'/></credentials>"));
}
