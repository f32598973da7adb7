// SPDX-License-Identifier: MIT
// XEP-0045 sections 7.10 to 7.12: registering with a room, and the nicks that are reserved so.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/muc_kit.hpp"

using namespace epode::test;
using namespace epode::test::muc;

namespace {

constexpr const char* asked =
    "<iq type='get' id='r' to='coven@conference.example.org'><query xmlns='jabber:iq:register'/></iq>";

std::string submit(std::string_view nick) {
    return "<iq type='set' id='r' to='coven@conference.example.org'><query xmlns='jabber:iq:register'>"
           "<x xmlns='jabber:x:data' type='submit'>" +
           field("register_roomnick", nick) +
           "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field></x></query></iq>";
}
constexpr const char* nick_asked = "<iq type='get' id='n' to='coven@conference.example.org'>"
                                   "<query xmlns='http://jabber.org/protocol/disco#info' node='x-roomuser-item'/></iq>";

} // namespace

TEST_CASE("a room that is not there cannot be registered with") {
    TestServer server{"muc"};
    auto& hag = server.login("hag66@example.org/pda");
    hag.send(asked);
    CHECK(error_of(hag.receive()) == "cancel item-not-found");
    hag.send(submit("thirdwitch"));
    CHECK(error_of(hag.receive()) == "cancel item-not-found");
}

TEST_CASE("a form is asked for, submitted, and makes a member with a nick; others see it") {
    Witches witches;
    auto& [server, crone, hag] = witches;
    hag.send(asked);
    const auto form = hag.receive();
    CHECK(form.attr("type") == "result");
    CHECK(form.xml().contains("<value>http://jabber.org/protocol/muc#register</value>"));
    CHECK(form.xml().contains("var='muc#register_roomnick'"));
    CHECK(form.xml().contains("<required/>"));
    hag.send(submit("thirdwitch"));
    CHECK(hag.receive() == "<iq type='result' id='r' from='coven@conference.example.org'/>");
    CHECK(item_of(hag.receive(), "affiliation") == "member");
    CHECK(item_of(crone.receive(), "affiliation") == "member");
    hag.send(asked);
    CHECK(hag.receive().xml().contains("<registered/><username>thirdwitch</username>"));
    hag.send(nick_asked);
    CHECK(hag.receive() ==
          "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info' node='x-roomuser-item'>"
          "<identity category='conference' name='thirdwitch' type='text'/></query></iq>");
    crone.send(nick_asked);
    CHECK(crone.receive() == "<iq type='result'>"
                             "<query xmlns='http://jabber.org/protocol/disco#info' node='x-roomuser-item'/></iq>");
    crone.send(admin("get", "<item affiliation='member'/>"));
    CHECK(crone.receive() == "<iq type='result'><query xmlns='http://jabber.org/protocol/muc#admin'>"
                             "<item affiliation='member' jid='hag66@example.org' nick='thirdwitch'/></query></iq>");
}

TEST_CASE("a registered nick is nobody else's: not on entering, not later, not to be registered") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    hag.send(submit("thirdwitch"));
    CHECK(hag.receive().attr("type") == "result");
    auto& wise = server.login("wiccarocks@example.org/laptop");
    join(wise, "thirdwitch");
    CHECK(error_of(wise.receive()) == "cancel conflict");
    join(wise, "secondwitch");
    wise.drain();
    wise.send("<presence to='coven@conference.example.org/thirdwitch'/>");
    CHECK(error_of(wise.receive()) == "cancel conflict");
    wise.send(submit("thirdwitch"));
    CHECK(error_of(wise.receive()) == "cancel conflict");
    wise.send(submit("firstwitch")); // not registered, but somebody is using it
    CHECK(error_of(wise.receive()) == "cancel conflict");
    crone.drain();
    join(hag, "hag"); // she may come under another one all the same
    CHECK(hag.receive().attr("type").empty());
}

TEST_CASE("what is no form is a bad request, and so is a nick that is none") {
    TestServer server{"muc"};
    found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    hag.send("<iq type='set' id='r' to='coven@conference.example.org'><query xmlns='jabber:iq:register'/></iq>");
    CHECK(error_of(hag.receive()) == "modify bad-request");
    for (const char* nick : {"", " "}) {
        hag.send(submit(nick));
        CHECK(error_of(hag.receive()) == "modify bad-request");
    }
}

TEST_CASE("to a room of members only nobody adds himself, nor where the owner does not want it") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    configure(crone, field("roomconfig_membersonly", "1"));
    hag.send(asked);
    CHECK(error_of(hag.receive()) == "cancel not-allowed");
    hag.send(submit("thirdwitch"));
    CHECK(error_of(hag.receive()) == "cancel not-allowed");
    crone.send(admin("set", "<item affiliation='member' jid='hag66@example.org'/>"));
    hag.drain();
    hag.send(submit("thirdwitch")); // a member may reserve a nick
    CHECK(hag.receive().attr("type") == "result");
    configure(crone, field("roomconfig_membersonly", "0") +
                         "<field var='{urn:epode:muc}allowregister'><value>0</value></field>");
    auto& wise = server.login("wiccarocks@example.org/laptop");
    wise.send(asked);
    CHECK(error_of(wise.receive()) == "cancel not-allowed");
}

TEST_CASE("an admin reserves a nick with the membership, and takes it away; a ban frees it") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    const auto listed = [&](const char* what) {
        crone.drain();
        crone.send(admin("get", "<item affiliation='" + std::string(what) + "'/>"));
        return crone.receive().xml();
    };
    crone.send(admin("set", "<item affiliation='member' jid='hag66@example.org' nick='thirdwitch'/>"));
    CHECK(listed("member").contains("nick='thirdwitch'"));
    crone.send(admin("set", "<item affiliation='member' jid='wiccarocks@example.org' nick='thirdwitch'/>"));
    CHECK(error_of(crone.receive()) == "cancel conflict");
    crone.send(admin("set", "<item affiliation='member' jid='hag66@example.org' nick=''/>"));
    CHECK_FALSE(listed("member").contains("nick="));
    crone.send(admin("set", "<item affiliation='member' jid='hag66@example.org' nick='thirdwitch'/>"));
    crone.send(admin("set", "<item affiliation='outcast' jid='hag66@example.org'/>"));
    CHECK_FALSE(listed("outcast").contains("nick="));
    auto& wise = server.login("wiccarocks@example.org/laptop");
    join(wise, "thirdwitch");
    CHECK(wise.receive().attr("type").empty());
}

TEST_CASE("who gives his registration up is a member no more, and his nick is free") {
    Witches witches;
    auto& [server, crone, hag] = witches;
    const std::string remove = "<iq type='set' id='r' to='coven@conference.example.org'>"
                               "<query xmlns='jabber:iq:register'><remove/></query></iq>";
    hag.send(remove);
    CHECK(error_of(hag.receive()) == "auth registration-required");
    hag.send(submit("thirdwitch"));
    hag.drain();
    crone.drain();
    hag.send(remove);
    CHECK(hag.receive().attr("type") == "result");
    CHECK(item_of(crone.receive(), "affiliation") == "none");
}
