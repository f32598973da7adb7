// SPDX-License-Identifier: MIT
// The inbox (XEP-0430) of a room's members: what the room has said is unread, whether or not they are in it.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/inbox_kit.hpp"
#include "tests/modules/muc_kit.hpp"

#include <string>

using namespace epode;
using namespace epode::test;
using namespace epode::test::muc;
using epode::test::archive::look;

namespace {

struct Heath {
    TestServer server{"muc", "archive"};
    Client *crone, *hag, *macbeth;

    Heath() {
        crone = &found(server, "crone1@example.org/desktop", "firstwitch");
        configure(*crone, field("roomconfig_persistentroom", "1"));
        hag = &server.login("hag66@example.org/pda");
        macbeth = &server.login("macbeth@example.net/castle");
        for (const char* member : {"hag66@example.org", "macbeth@example.net"}) affiliate(member, "member");
        crone->drain();
    }
    void affiliate(const std::string& who, const std::string& what) {
        crone->send(admin("set", "<item affiliation='" + what + "' jid='" + who + "'/>"));
    }
    void say(const std::string& text) {
        crone->send(says(text));
        server.advance(1s);
    }
    void enter() {
        crone = &server.login("crone1@example.org/desktop");
        join(*crone, "firstwitch");
        hag = &server.login("hag66@example.org/pda");
        macbeth = &server.login("macbeth@example.net/castle");
    }
    /// The id that the room gave to the last message the crone has heard.
    std::string last_id() {
        std::string id;
        for (const auto& received : crone->receive_all()) {
            const auto fragment = received.fragment();
            const auto given = fragment.element().child("stanza-id", "urn:xmpp:sid:0");
            if (given) id = given.attr("id").str();
        }
        return id;
    }
    void seen(Client& who, const std::string& id) {
        who.send("<message type='groupchat' to='coven@conference.example.org'><displayed "
                 "xmlns='urn:xmpp:chat-markers:0' id='" +
                 id + "'/></message>");
        server.settle();
    }
};

} // namespace

TEST_CASE("inbox: a room's members have what it said, in it or not") {
    Heath heath;
    heath.say("one");
    heath.say("two");
    const auto two = heath.last_id();
    for (auto* who : {heath.hag, heath.macbeth}) {
        const auto box = look(*who);
        CHECK(box.text() == "coven 2 two");
        CHECK(box.talks.at(0).jid == "coven@conference.example.org");
        CHECK(box.talks.at(0).id == two);
        CHECK(box.sums() == "1 1 2");
    }
    CHECK(look(*heath.crone).text() == "coven 0 two"); // she said it
    join(*heath.hag, "thirdwitch");
    heath.seen(*heath.hag, two);
    CHECK(look(*heath.hag).text() == "coven 0 two");
    heath.say("three");
    CHECK(look(*heath.hag).text() == "coven 1 three");
    CHECK(look(*heath.macbeth).text() == "coven 3 three");
    auto& stranger = heath.server.login("hecate@example.org/x");
    CHECK(look(stranger).text() == "");
}

TEST_CASE("inbox: of a room outlives a restart, a kill and a reload") {
    Heath heath;
    for (int i = 0; i < 5; ++i) heath.say(std::to_string(i));
    SECTION("restart") {
        heath.server.advance(30s);
        heath.server.restart();
        heath.enter();
    }
    SECTION("kill: what had not been noted comes with the next message") {
        heath.server.advance(30s);
        heath.say("5");
        heath.server.kill();
        heath.enter();
        CHECK(look(*heath.hag).text() == "coven 5 4");
        heath.say("6");
        CHECK(look(*heath.hag).text() == "coven 7 6");
        return;
    }
    SECTION("reload") { REQUIRE(heath.server.reload("archive").empty()); }
    CHECK(look(*heath.hag).text() == "coven 5 4");
    heath.say("5");
    CHECK(look(*heath.macbeth).text() == "coven 6 5");
}

TEST_CASE("inbox: whoever is no member any more hears nothing more of it; a room that is gone is in none") {
    Heath heath;
    heath.say("one");
    CHECK(look(*heath.hag).text() == "coven 1 one");
    heath.affiliate("hag66@example.org", "none");
    heath.say("secret");
    CHECK(look(*heath.hag).text() == "coven 1 one");
    CHECK(look(*heath.macbeth).text() == "coven 2 secret");
    heath.crone->send("<iq type='set' id='d' to='coven@conference.example.org'><query "
                      "xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query></iq>");
    heath.server.settle();
    CHECK(look(*heath.hag).text() == "");
    CHECK(look(*heath.macbeth).text() == "");
}

TEST_CASE("the archive of a room: ids grow also where the clock went back between two runs") {
    Heath heath;
    heath.say("one");
    heath.server.advance(1h);
    heath.say("two");
    CHECK(look(*heath.hag).text() == "coven 2 two");
    heath.server.restart_with_clock_back(30min);
    heath.enter();
    configure(*heath.crone, field("roomconfig_maxhistoryfetch", "0"));
    heath.say("three");
    const auto found = archive::ask(*heath.crone, "", "", "", "coven@conference.example.org");
    CHECK(found.bodies() == "one two three");
    CHECK(look(*heath.hag).text() == "coven 3 three");
}
