// SPDX-License-Identifier: MIT
// Rooms that stay: over the last occupant's leaving, idleness, a restart and a crash.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/muc_kit.hpp"

using namespace epode::test;
using namespace epode::test::muc;

namespace {

constexpr const char* leave = "<presence type='unavailable' to='coven@conference.example.org/firstwitch'/>";
constexpr const char* info_asked = "<iq type='get' id='i' to='coven@conference.example.org'>"
                                   "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>";

/// A persistent room with one of everything in it.
Client& fill(TestServer& server) {
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    configure(crone, field("roomconfig_persistentroom", "1") + field("roomconfig_roomname", "A Dark Cave") +
                         field("roomconfig_moderatedroom", "1"));
    crone.send(admin("set", "<item affiliation='admin' jid='wiccarocks@example.org'/>"
                            "<item affiliation='member' jid='hag66@example.org' nick='thirdwitch'/>"
                            "<item affiliation='outcast' jid='foe@example.org'><reason>Treason</reason></item>"));
    crone.send("<message type='groupchat' to='coven@conference.example.org'><subject>Spells</subject></message>");
    for (const char* text : {"one", "two"}) crone.send(says(text));
    crone.send("<iq type='set' id='v' to='coven@conference.example.org'><vCard xmlns='vcard-temp'><FN>Cave</FN></vCard>"
               "</iq>");
    crone.drain();
    return crone;
}

std::string id_of(const Received& received) {
    const auto kept = received.fragment();
    return kept.element().child("occupant-id", "urn:xmpp:occupant-id:0").attr("id").str();
}

/// All of it is there, as the owner sees it who comes back.
void check(TestServer& server, std::string_view occupant_id) {
    auto& foe = server.login("foe@example.org/road");
    join(foe, "foe");
    CHECK(error_of(foe.receive()) == "auth forbidden");
    auto& stranger = server.login("stranger@example.org/road");
    join(stranger, "thirdwitch");
    CHECK(error_of(stranger.receive()) == "cancel conflict");
    auto& crone = server.login("crone1@example.org/later");
    join(crone, "firstwitch");
    const auto all = crone.receive_all();
    REQUIRE(all.size() == 4);
    CHECK(codes_of(all[0]) == "110"); // and not 201
    CHECK(item_of(all[0], "affiliation") == "owner");
    CHECK(id_of(all[0]) == occupant_id);
    CHECK(all[1].xml().contains("<body>one</body>"));
    CHECK(all[2].xml().contains("<body>two</body>"));
    CHECK(all[2].xml().contains("<delay "));
    CHECK(all[3].xml().contains("<subject>Spells</subject>"));
    crone.send(info_asked);
    const auto info = crone.receive().xml();
    for (const char* part : {"A Dark Cave", "muc_persistent", "muc_moderated"}) CHECK(info.contains(part));
    crone.send(admin("get", "<item affiliation='outcast'/>"));
    CHECK(crone.receive().xml().contains("<item affiliation='outcast' jid='foe@example.org'><reason>Treason</reason>"));
    crone.send(admin("get", "<item affiliation='member'/>"));
    CHECK(crone.receive().xml().contains("nick='thirdwitch'"));
    crone.send("<iq type='get' id='v' to='coven@conference.example.org'><vCard xmlns='vcard-temp'/></iq>");
    CHECK(crone.receive().xml().contains("<FN>Cave</FN>"));
}

std::string id_in(TestServer& server) {
    auto& crone = server.login("crone1@example.org/id");
    join(crone, "other");
    const auto id = id_of(crone.receive_all()[1]);
    crone.cut();
    server.settle();
    return id;
}

} // namespace

TEST_CASE("a persistent room outlives a restart, with all it has") {
    TestServer server{"muc"};
    fill(server);
    const auto id = id_in(server);
    server.restart();
    check(server, id);
}

TEST_CASE("a persistent room outlives a crash, with all that was acknowledged") {
    TestServer server{"muc"};
    fill(server);
    const auto id = id_in(server);
    server.kill();
    check(server, id);
}

TEST_CASE("an empty persistent room leaves memory and comes back when somebody wants it") {
    TestServer server({"muc"}, "<muc idle='1min'/>");
    auto& crone = fill(server);
    const auto id = id_in(server);
    crone.send(leave);
    crone.cut();
    server.advance(std::chrono::minutes(5));
    check(server, id);
}

TEST_CASE("what comes for a room that is being read waits for it, in order") {
    TestServer server{"muc"};
    fill(server);
    server.restart();
    auto& crone = server.login("crone1@example.org/later");
    crone.post("<presence to='coven@conference.example.org/firstwitch'><x "
               "xmlns='http://jabber.org/protocol/muc'/></presence>");
    crone.post(says("three"));
    crone.post(info_asked);
    server.settle();
    const auto all = crone.receive_all();
    REQUIRE(all.size() == 6);
    CHECK(codes_of(all[0]) == "110");
    CHECK(all[4].xml().contains("<body>three</body>"));
    CHECK(all[5].attr("type") == "result");
}

TEST_CASE("a persistent room is listed where nobody is in it; a temporary one is gone") {
    TestServer server{"muc"};
    auto& crone = fill(server);
    crone.send(leave);
    crone.drain();
    const std::string list = "<iq type='get' id='l' to='conference.example.org'>"
                             "<query xmlns='http://jabber.org/protocol/disco#items'/></iq>";
    const std::string listed = "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items'>"
                               "<item jid='coven@conference.example.org' name='A Dark Cave'/></query></iq>";
    crone.send(list);
    CHECK(crone.receive() == listed);
    server.restart();
    auto& later = server.login("crone1@example.org/later");
    later.send(list);
    CHECK(later.receive() == listed);
    join(later, "firstwitch");
    configure(later, field("roomconfig_persistentroom", "0"));
    later.send(leave);
    later.drain();
    later.send(list);
    CHECK(later.receive() == "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
    CHECK(server.stored("crone1@example.org")["store/muc/affiliations"] == 0);
    CHECK(server.stored("<body>one</body>")["store/muc/said"] == 0);
}

TEST_CASE("a destroyed room leaves nothing behind, and another one of its name is new") {
    TestServer server{"muc"};
    auto& crone = fill(server);
    crone.send("<iq type='set' id='d' to='coven@conference.example.org'>"
               "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query></iq>");
    CHECK(crone.receive().attr("type") == "unavailable");
    CHECK(crone.receive().attr("type") == "result");
    for (const auto& [name, count] : server.stored("example.org"))
        if (name.starts_with("store/muc/")) CHECK(count == 0);
    server.restart();
    auto& hag = server.login("hag66@example.org/pda");
    join(hag, "thirdwitch");
    CHECK(codes_of(hag.receive()) == "110 201");
}

TEST_CASE("an administrator sees all rooms, and ends one") {
    TestServer server{"muc"};
    auto& crone = fill(server);
    auto& hag = server.login("hag66@example.org/pda");
    hag.send("<presence to='heath@conference.example.org/hag'><x xmlns='http://jabber.org/protocol/muc'/></presence>");
    crone.send(leave);
    const auto listed = server.command("rooms-list");
    CHECK(listed.contains("heath@conference.example.org"));
    CHECK(listed.contains("A Dark Cave"));
    hag.drain();
    CHECK(server.command("rooms-destroy", {{"room", "heath@conference.example.org"}, {"reason", "morning"}}) ==
          "destroyed");
    CHECK(hag.receive().xml().contains("<destroy><reason>morning</reason></destroy>"));
    CHECK(server.command("rooms-destroy", {{"room", "coven@conference.example.org"}}) == "destroyed");
    server.settle();
    CHECK(server.stored("A Dark Cave")["store/muc/rooms"] == 0);
    CHECK(server.command("rooms-destroy", {{"room", "coven@conference.example.org"}}).contains("no such room"));
}

TEST_CASE("history on disk is bounded, too") {
    TestServer server({"muc"}, "<muc history='2'/>");
    auto& crone = fill(server);
    for (const char* text : {"three", "four", "five"}) crone.send(says(text));
    CHECK(server.stored("<body>")["store/muc/said"] == 2);
}

TEST_CASE("a message that cannot be kept is an error for its sender; so is a change, which then has not happened") {
    TestServer server{"muc"};
    auto& crone = fill(server);
    server.fail_commit(1);
    crone.send("<message type='groupchat' to='coven@conference.example.org' id='x'><body>lost</body></message>");
    bool failed = false;
    for (const auto& received : crone.receive_all()) failed |= error_of(received) == "wait resource-constraint";
    CHECK(failed);
    server.fail_commit(1);
    crone.send(admin("set", "<item affiliation='member' jid='duncan@example.org'/>"));
    CHECK(error_of(crone.receive()) == "wait internal-server-error");
    crone.send(admin("get", "<item affiliation='member'/>"));
    CHECK_FALSE(crone.receive().xml().contains("duncan"));
    server.fail_commit(1);
    configure(crone, field("roomconfig_roomname", "Elsewhere"));
    CHECK(error_of(crone.receive()) == "wait internal-server-error");
    crone.send(info_asked);
    CHECK(crone.receive().xml().contains("A Dark Cave"));
    server.fail_commit(1);
    crone.send("<iq type='set' id='d' to='coven@conference.example.org'>"
               "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query></iq>");
    CHECK(error_of(crone.receive()) == "wait internal-server-error");
    crone.send(says("still here"));
    CHECK(crone.receive().xml().contains("still here"));
}

TEST_CASE("what a moderator takes back is not on disk any more, nor if that cannot be written is it gone") {
    TestServer server{"muc"};
    auto& crone = fill(server);
    crone.send(says("secret"));
    const auto said = crone.receive();
    const auto kept = said.fragment();
    const std::string moderate = "<iq type='set' id='q' to='coven@conference.example.org'><moderate id='" +
                                 kept.element().child("stanza-id", "urn:xmpp:sid:0").attr("id").str() +
                                 "' xmlns='urn:xmpp:message-moderate:1'><retract xmlns='urn:xmpp:message-retract:1'/>"
                                 "</moderate></iq>";
    server.fail_commit(1);
    crone.send(moderate);
    CHECK(error_of(crone.receive()) == "wait internal-server-error");
    CHECK(server.stored("<body>secret</body>")["store/muc/said"] == 1);
    crone.send(moderate);
    CHECK(crone.receive().attr("type") == "result");
    CHECK(server.stored("<body>secret</body>")["store/muc/said"] == 0);
}

TEST_CASE("a room whose last owner's account is removed is its admins'") {
    TestServer server{"muc"};
    fill(server);
    server.remove_account("crone1@example.org");
    server.advance(std::chrono::seconds(1));
    CHECK(server.stored("crone1@example.org")["store/muc/affiliations"] == 0);
    auto& wise = server.login("wiccarocks@example.org/laptop");
    join(wise, "secondwitch");
    CHECK(item_of(wise.receive(), "affiliation") == "owner");
}

TEST_CASE("a persistent room, and who is in it, outlive a reload of the module") {
    TestServer server{"muc"};
    auto& crone = fill(server);
    auto& hag = come(server, "hag66@example.org/pda", "thirdwitch", {&crone});
    CHECK(server.reload("muc") == "");
    hag.send(says("hark"));
    CHECK(crone.receive().xml().contains("hark"));
    hag.send("<presence type='unavailable' to='coven@conference.example.org/thirdwitch'/>");
    CHECK(crone.receive().attr("type") == "unavailable");
}
