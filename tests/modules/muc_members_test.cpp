// SPDX-License-Identifier: MIT
// Members hear what their room says whether or not they are in it: RoomSaid, and copies for those who asked.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/muc_kit.hpp"
#include "tests/modules/odd/folder.hpp"

using namespace epode::test;
using namespace epode::test::muc;

namespace {

constexpr const char* asked =
    "<iq type='get' id='r' to='coven@conference.example.org'><query xmlns='jabber:iq:register'/></iq>";

std::string submit(std::string_view nick, std::string_view copies) {
    return "<iq type='set' id='r' to='coven@conference.example.org'><query xmlns='jabber:iq:register'>"
           "<x xmlns='jabber:x:data' type='submit'><field var='muc#register_roomnick'><value>" +
           std::string(nick) + "</value></field><field var='{http://tigase.org/protocol/muc}offline'><value>" +
           std::string(copies) + "</value></field></x></query></iq>";
}

std::string heard(std::string_view who, std::string_view joined, std::string_view body) {
    return "<message type='headline'><heard xmlns='urn:epode:test' member='" + std::string(who) + "' joined='" +
           std::string(joined) + "' author='crone1@example.org'>" + std::string(body) + "</heard></message>";
}

} // namespace

TEST_CASE("a member who asked for it gets messages while none of his clients is in the room") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    hag.available();
    hag.send(asked);
    CHECK(hag.receive().xml().contains("var='{http://tigase.org/protocol/muc}offline'"));
    hag.send(submit("thirdwitch", "1"));
    CHECK(hag.receive().attr("type") == "result");
    hag.send(asked); // a client that wants to change it finds it again
    const auto form = hag.receive().xml();
    CHECK(form.contains("<registered/><username>thirdwitch</username>"));
    CHECK(form.contains("<field var='{http://tigase.org/protocol/muc}offline' type='boolean' "
                        "label='Receive messages while not in the room'><value>1</value>"));
    auto& wise = server.login("wiccarocks@example.org/laptop"); // a member, too, but did not ask
    wise.available();
    crone.send(admin("set", "<item affiliation='member' jid='wiccarocks@example.org'/>"));
    crone.drain();
    wise.drain();

    crone.send(says("Thrice the brinded cat hath mew'd."));
    CHECK(hag.receive() == "<message type='groupchat' from='coven@conference.example.org/firstwitch' "
                           "to='hag66@example.org/pda'><body>Thrice the brinded cat hath mew'd.</body>"
                           "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='*'/>"
                           "<stanza-id xmlns='urn:xmpp:sid:0' id='*' by='coven@conference.example.org'/></message>");
    CHECK(wise.silent());
    crone.drain();

    auto& phone = server.login("hag66@example.org/phone");
    join(phone, "thirdwitch");
    crone.drain();
    crone.send(says("Thrice and once the hedge-pig whined."));
    CHECK(hag.silent()); // his phone has it
    phone.send("<presence type='unavailable' to='coven@conference.example.org/thirdwitch'/>");
    crone.send("<message type='groupchat' to='coven@conference.example.org'>"
               "<composing xmlns='http://jabber.org/protocol/chatstates'/></message>");
    CHECK(hag.silent()); // that says nothing that lasts
    hag.send(submit("thirdwitch", "0"));
    hag.drain();
    crone.send(says("Harpier cries"));
    CHECK(hag.silent());
}

TEST_CASE("what a member wants waits for him while he is away, once, in order, with its time") {
    TestServer server{"muc", "offline"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    hag.available();
    hag.send(submit("thirdwitch", "1"));
    hag.close();
    server.settle();
    crone.drain();
    for (const char* text : {"one", "two"}) crone.send(says(text));
    crone.drain();
    SECTION("over a crash") { server.kill(); }
    SECTION("in one go") {}
    auto& again = server.login("hag66@example.org/pda");
    again.send("<presence/>");
    std::string bodies;
    for (const auto& received : again.receive_all()) {
        const auto kept = received.fragment();
        if (!kept.element().child("body")) continue;
        bodies += kept.element().child_text("body").str() + ' ';
        CHECK(received.attr("type") == "groupchat");
        CHECK(received.attr("from") == "coven@conference.example.org/firstwitch");
        CHECK(received.xml().contains("<delay xmlns='urn:xmpp:delay' from='example.org'"));
    }
    CHECK(bodies == "one two ");
    again.close();
    server.settle();
    auto& later = server.login("hag66@example.org/pda");
    later.send("<presence/>");
    for (const auto& received : later.receive_all()) CHECK_FALSE(received.xml().contains("<body>"));
}

TEST_CASE("what could not be kept for a member is an error for who said it") {
    TestServer server{"muc", "offline"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    hag.send(submit("thirdwitch", "1"));
    hag.close();
    server.settle();
    crone.drain();
    server.fail_commit(1);
    crone.send(says("one"));
    const auto all = crone.receive_all();
    REQUIRE(all.size() == 2); // his own copy, and the error
    CHECK(error_of(all.back()) == "wait resource-constraint");
}

TEST_CASE("whoever is on no list any more gets nothing more") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    hag.available();
    hag.send(submit("thirdwitch", "1"));
    hag.drain();
    crone.send(admin("set", "<item affiliation='admin' jid='hag66@example.org'/>"));
    crone.send(says("one"));
    CHECK(hag.receive().xml().contains("one")); // still wanted, as an admin
    crone.send(admin("set", "<item affiliation='none' jid='hag66@example.org'/>"));
    crone.send(says("two"));
    CHECK(hag.silent());
}

TEST_CASE("what a member wants outlives the room's memory and a reload") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    hag.available();
    configure(crone, field("roomconfig_persistentroom", "1"));
    hag.send(submit("thirdwitch", "1"));
    hag.drain();
    CHECK(server.reload("muc") == "");
    crone.send(says("one"));
    CHECK(hag.receive().xml().contains("one"));
    server.restart();
    auto& again = server.login("hag66@example.org/pda");
    again.available();
    auto& owner = server.login("crone1@example.org/desktop");
    join(owner, "firstwitch");
    owner.send(says("two"));
    CHECK(again.receive().xml().contains("two"));
}

TEST_CASE("the homes of all members are told, each once: who is in the room, who is not") {
    const Folder folder;
    folder.add("odd_listener", "odd_listener");
    TestServer server{"muc", "odd_listener"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    for (const char* member : {"hag66@example.org", "wiccarocks@example.org", "macbeth@example.net"})
        crone.send(admin("set", "<item affiliation='member' jid='" + std::string(member) + "'/>"));
    auto& hag = server.login("hag66@example.org/pda");
    auto& wise = server.login("wiccarocks@example.org/laptop");
    auto& macbeth = server.login("macbeth@example.net/castle");
    auto& stranger = come(server, "hecate@example.org/x", "hecate");
    join(wise, "secondwitch");
    crone.drain();
    wise.drain();
    stranger.drain();
    crone.send(says("All hail"));
    CHECK(hag.receive() == heard("hag66@example.org", "0", "All hail"));
    CHECK(hag.silent());
    CHECK(macbeth.receive() == heard("macbeth@example.net", "0", "All hail"));
    CHECK(wise.receive_all().size() == 2); // the message, and the word of it
    CHECK(stranger.receive_all().size() == 1);
}
