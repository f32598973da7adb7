// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0045_muc.hpp"
#include "xep/xep0425_moderation.hpp"

using namespace epode;
using namespace epode::test;
namespace muc = epode::xep::muc;

namespace {

template <typename P> std::string recode(std::string_view text) {
    const auto fragment = parsed(text);
    const auto payload = P::decode(fragment);
    return payload ? encoded(*payload) : "refused";
}
std::string admin(std::string_view items) {
    return "<query xmlns='http://jabber.org/protocol/muc#admin'>" + std::string(items) + "</query>";
}

} // namespace

TEST_CASE("items: what they name is there or not, and an empty nick is one that is taken away") {
    const auto fragment = parsed(admin("<item affiliation='member' jid='hag66@shakespeare.lit/pda' nick=''>"
                                       "<reason>A worthy witch</reason></item><item nick='pistol' role='none'/>"));
    const auto query = muc::Admin::decode(fragment);
    REQUIRE(query);
    REQUIRE(query->items.size() == 2);
    const auto& member = query->items[0];
    CHECK(member.affiliation == muc::Affiliation::member);
    CHECK_FALSE(member.role);
    CHECK(member.nick == "");
    CHECK(member.reason == "A worthy witch");
    const auto& kicked = query->items[1];
    CHECK(kicked.role == muc::Role::none);
    CHECK_FALSE(kicked.jid);
    CHECK(kicked.nick == "pistol");
    CHECK(recode<muc::Admin>(admin("<item affiliation='outcast' jid='a@b'/>")) ==
          admin("<item affiliation='outcast' jid='a@b'/>"));
}

TEST_CASE("items that are none") {
    for (const char* item : {"", "<other/>", "<item affiliation='king'/>", "<item role='fool'/>", "<item jid='@'/>"})
        CHECK(recode<muc::Admin>(admin(item)) == "refused");
}

TEST_CASE("how much history is wanted; what is no number or date does not count") {
    const auto fragment =
        parsed("<x xmlns='http://jabber.org/protocol/muc'><password>cauldronburn</password><history maxchars='0' "
               "maxstanzas='-1' seconds='180' since='2002-10-13T23:58:37Z'/></x>");
    const auto join = muc::Join::decode(fragment);
    CHECK(join.password == "cauldronburn");
    CHECK(join.history.maxchars == 0U);
    CHECK_FALSE(join.history.maxstanzas);
    CHECK(join.history.seconds == 180U);
    CHECK(join.history.since);
}

TEST_CASE("a registration: asked for, answered, submitted, given up") {
    muc::Registration answer;
    answer.nick = "thirdwitch";
    CHECK(encoded(answer) == "<query xmlns='jabber:iq:register'><registered/><username>thirdwitch</username></query>");
    const auto gone = parsed("<query xmlns='jabber:iq:register'><remove/></query>");
    CHECK(muc::Registration::decode(gone)->remove);
    const auto given = parsed("<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'/></query>");
    CHECK(muc::Registration::decode(given)->form);
    CHECK(recode<muc::Registration>("<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='y'/></query>") ==
          "refused");
}

TEST_CASE("the end of a room, and where to go instead") {
    const auto fragment = parsed("<query xmlns='http://jabber.org/protocol/muc#owner'><destroy jid='coven@a.b'>"
                                 "<password>p</password><reason>Macbeth</reason></destroy></query>");
    const auto query = muc::Owner::decode(fragment);
    REQUIRE(query);
    REQUIRE(query->destroy);
    CHECK(query->destroy->venue.text() == "coven@a.b");
    CHECK(query->destroy->password == "p");
    CHECK(query->destroy->reason == "Macbeth");
    CHECK_FALSE(muc::Owner::decode(parsed("<query xmlns='http://jabber.org/protocol/muc#owner'>"
                                          "<destroy jid='@'/></query>")));
}

TEST_CASE("moderation names a message and retracts it; nothing else can be done to it") {
    const char* whole = "<moderate xmlns='urn:xmpp:message-moderate:1' id='1'>"
                        "<retract xmlns='urn:xmpp:message-retract:1'/><reason>no</reason></moderate>";
    CHECK(recode<xep::Moderate>(whole) == whole);
    CHECK(recode<xep::Moderate>("<moderate xmlns='urn:xmpp:message-moderate:1'>"
                                "<retract xmlns='urn:xmpp:message-retract:1'/></moderate>") == "refused");
    CHECK(recode<xep::Moderate>("<moderate xmlns='urn:xmpp:message-moderate:1' id='1'/>") == "refused");
}
