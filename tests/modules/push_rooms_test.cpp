// SPDX-License-Identifier: MIT
// What rooms say to their members wakes the devices that are not there, as each has set it.
#include "tests/catch.hpp"
#include "tests/modules/muc_kit.hpp"
#include "tests/modules/push_kit.hpp"

using namespace epode;
using namespace epode::test;
using push::Verona;

namespace {

/// A room of Romeo's in which Juliet is a member.
struct Coven : Verona {
    explicit Coven(bool open) {
        muc::join(*romeo, "montague");
        muc::configure(*romeo, muc::field("roomconfig_membersonly", open ? "0" : "1"));
        romeo->send(muc::admin("set", "<item affiliation='member' jid='juliet@example.org'/>"));
        romeo->drain();
        registers("phone", "n");
    }
    void says(std::string_view body, std::string_view more = "") {
        romeo->send("<message to='coven@conference.example.org' type='groupchat'><body>" + std::string(body) +
                    "</body>" + std::string(more) + "</message>");
        romeo->drain();
    }
    void set(std::string_view inner) {
        auto& laptop = server.login("juliet@example.org/laptop");
        laptop.send("<iq type='set' id='s'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish "
                    "node='urn:xmpp:bookmarks:1'><item id='coven@conference.example.org'><conference "
                    "xmlns='urn:xmpp:bookmarks:1'>" +
                    std::string(inner) + "</conference></item></publish></pubsub></iq>");
        CHECK(laptop.receive().attr("type") == "result");
        laptop.close();
    }
    void set_to(std::string_view setting) {
        set("<extensions><notify xmlns='urn:xmpp:notification-settings:1'><" + std::string(setting) +
            "/></notify></extensions>");
    }
};

} // namespace

TEST_CASE("push: in a room that is private every word is told to a member who is not in it") {
    Coven coven(false);
    coven.says("hist");
    CHECK(coven.told_well() == "n: message-count=1");
    coven.romeo->send("<message to='coven@conference.example.org' type='groupchat'><subject>love</subject></message>");
    CHECK(coven.apps->silent());
    coven.set_to("never");
    coven.says("juliet!");
    CHECK(coven.apps->silent());
}

TEST_CASE("push: in a room that is open, being named is") {
    Coven coven(true);
    coven.says("hist");
    coven.says("the juliets"); // not her
    CHECK(coven.apps->silent());
    coven.says("Juliet, hist");
    CHECK(coven.told_well() == "n: message-count=1 high");
    coven.set("<nick>jule</nick>");
    coven.says("who is juliet?"); // that is not her name here
    CHECK(coven.apps->silent());
    coven.says("hi jule");
    CHECK(coven.told_well() == "n: message-count=2 high");
    coven.says("hist", "<reply xmlns='urn:xmpp:reply:0' to='coven@conference.example.org/jule' id='1'/>");
    CHECK(coven.told_well() == "n: message-count=3 high");
    coven.says("hist", "<reference xmlns='urn:xmpp:reference:0' type='mention' uri='xmpp:juliet@example.org'/>");
    CHECK(coven.told_well() == "n: message-count=4 high");
    coven.says("hist", "<reply xmlns='urn:xmpp:reply:0' to='coven@conference.example.org/other' id='1'/>");
    CHECK(coven.apps->silent());
    coven.set_to("always");
    coven.says("hist");
    CHECK(coven.told_well() == "n: message-count=5");
}

TEST_CASE("push: her tablet is in the room, her phone is told all the same; what she says herself is not") {
    Coven coven(false);
    auto& tablet = coven.server.login("juliet@example.org/tablet");
    muc::join(tablet, "capulet");
    coven.says("hist");
    CHECK(coven.told_well() == "n: message-count=1");
    tablet.send("<message to='coven@conference.example.org' type='groupchat'><body>ay me</body></message>");
    CHECK(coven.apps->silent());
    auto& phone = coven.server.login("juliet@example.org/phone");
    coven.says("hist");
    CHECK(coven.apps->silent());
    phone.close();
}

TEST_CASE("push: who is no member hears nothing; who blocks the room neither") {
    Coven coven(true);
    coven.set_to("always");
    auto& tablet = coven.server.login("juliet@example.org/tablet");
    tablet.send("<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='coven@conference.example.org'/>"
                "</block></iq>");
    coven.says("hist");
    CHECK(coven.apps->silent());
    tablet.send("<iq type='set' id='b'><unblock xmlns='urn:xmpp:blocking'/></iq>");
    coven.says("hist");
    CHECK(coven.told_well() == "n: message-count=1");
    coven.romeo->send(muc::admin("set", "<item affiliation='none' jid='juliet@example.org'/>"));
    coven.says("hist");
    CHECK(coven.apps->silent());
}

TEST_CASE("push: a private message in a room is one to her") {
    Coven coven(true);
    auto& tablet = coven.server.login("juliet@example.org/tablet");
    muc::join(tablet, "capulet");
    coven.set_to("on-mention");
    coven.romeo->send("<message to='coven@conference.example.org/capulet' type='chat'><body>psst</body><x "
                      "xmlns='http://jabber.org/protocol/muc#user'/></message>");
    CHECK(coven.told_well() == "n: message-count=1 high");
}
