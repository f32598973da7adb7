// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0280_carbons.hpp"

using namespace epode;
using namespace epode::test;
using xep::carbons::Eligible;
using xep::carbons::Side;

namespace {

Eligible eligible(std::string_view message, Side side) {
    return xep::carbons::eligible(*Stanza::from_element(parsed(message)), side);
}

struct Row {
    std::string_view message;
    Eligible sent, received;
};
constexpr auto yes = Eligible::yes;
constexpr auto no = Eligible::no;

} // namespace

TEST_CASE("the rules of section 6.1") {
    const Row table[] = {
        {"<message xmlns='jabber:client' type='chat'/>", yes, yes},
        {"<message xmlns='jabber:client' type='chat'><body>b</body></message>", yes, yes},
        {"<message xmlns='jabber:client' type='normal'><body>b</body></message>", yes, yes},
        {"<message xmlns='jabber:client'><body>b</body></message>", yes, yes},
        {"<message xmlns='jabber:client' type='letter'><body>b</body></message>", yes, yes},
        {"<message xmlns='jabber:client'><subject>s</subject></message>", no, no},
        {"<message xmlns='jabber:client'><body xmlns='other'>b</body></message>", no, no},
        {"<message xmlns='jabber:client' type='headline'><body>b</body></message>", no, no},
        {"<message xmlns='jabber:client'><received xmlns='urn:xmpp:receipts' id='1'/></message>", yes, yes},
        {"<message xmlns='jabber:client'><active xmlns='http://jabber.org/protocol/chatstates'/></message>", yes, yes},
        {"<message xmlns='jabber:client'><displayed xmlns='urn:xmpp:chat-markers:0' id='1'/></message>", yes, yes},
        {"<message xmlns='jabber:client' type='error'><error type='cancel'/></message>", Eligible::if_answer,
         Eligible::if_answer},
        {"<presence xmlns='jabber:client'/>", no, no},
        // kept from copying
        {"<message xmlns='jabber:client' type='chat'><body>b</body><private xmlns='urn:xmpp:carbons:2'/><no-copy "
         "xmlns='urn:xmpp:hints'/></message>",
         no, no},
        {"<message xmlns='jabber:client' type='chat'><body>b</body><private xmlns='urn:xmpp:carbons:2'/></message>", no,
         no},
        {"<message xmlns='jabber:client' type='chat'><body>b</body><no-copy xmlns='urn:xmpp:hints'/></message>", no,
         no},
        // rooms
        {"<message xmlns='jabber:client' type='groupchat'><body>b</body></message>", no, no},
        {"<message xmlns='jabber:client' type='groupchat'><x xmlns='jabber:x:conference' jid='a@b'/></message>", no,
         no},
        {"<message xmlns='jabber:client'><x xmlns='jabber:x:conference' jid='a@b'/></message>", yes, yes},
        {"<message xmlns='jabber:client' from='room@muc/nick' to='room@muc/nick'><x "
         "xmlns='http://jabber.org/protocol/muc#user'><invite/></x></message>",
         yes, yes},
        {"<message xmlns='jabber:client' from='room@muc/nick' to='room@muc/nick' type='chat'><body>b</body><x "
         "xmlns='http://jabber.org/protocol/muc#user'/></message>",
         yes, no},
        {"<message xmlns='jabber:client' from='room@muc/nick' to='room@muc/nick'><x "
         "xmlns='http://jabber.org/protocol/muc#user'/></message>",
         yes, no},
        {"<message xmlns='jabber:client' from='room@muc' to='room@muc'><x "
         "xmlns='http://jabber.org/protocol/muc#user'/></message>",
         no, no},
    };
    for (const auto& row : table) {
        INFO(row.message);
        CHECK(eligible(row.message, Side::sent) == row.sent);
        CHECK(eligible(row.message, Side::received) == row.received);
    }
}

TEST_CASE("a copy is wrapped in the owner's name, of the same type") {
    const auto message =
        *Stanza::from_element(parsed("<message xmlns='jabber:client' from='juliet@capulet.example/balcony' "
                                     "to='romeo@montague.example/garden' type='chat' id='1'>"
                                     "<body>What man art thou</body></message>"));
    const auto received = xep::carbons::wrap(message, Side::received, *Jid::parse("romeo@montague.example"));
    CHECK(received.from().text() == "romeo@montague.example");
    CHECK_FALSE(received.to());
    CHECK(received.root().str() ==
          canonical("<message xmlns='jabber:client' type='chat'><received xmlns='urn:xmpp:carbons:2'><forwarded "
                    "xmlns='urn:xmpp:forward:0'>"
                    "<message xmlns='jabber:client' from='juliet@capulet.example/balcony' "
                    "to='romeo@montague.example/garden' type='chat' id='1'>"
                    "<body>What man art thou</body></message></forwarded></received></message>"));
    const auto sent = xep::carbons::wrap(message, Side::sent, *Jid::parse("juliet@capulet.example"));
    CHECK(sent.root().first().is("sent", "urn:xmpp:carbons:2"));
}

TEST_CASE("enable and disable") {
    CHECK(recoded<xep::carbons::Enable>("<enable xmlns='urn:xmpp:carbons:2'/>") ==
          "<enable xmlns='urn:xmpp:carbons:2'/>");
    CHECK(recoded<xep::carbons::Disable>("<disable xmlns='urn:xmpp:carbons:2'/>") ==
          "<disable xmlns='urn:xmpp:carbons:2'/>");
}
