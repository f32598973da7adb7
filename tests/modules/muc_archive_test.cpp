// SPDX-License-Identifier: MIT
// The archive of a room: XEP-0313 section 6.1.2, with tombstones (XEP-0424, XEP-0425).
#include "tests/catch.hpp"
#include "tests/modules/archive_kit.hpp"
#include "tests/modules/muc_kit.hpp"

using namespace epode;
using namespace epode::test;
using namespace epode::test::muc;
using archive::Answer;

namespace {

const std::string coven = "coven@conference.example.org";

Answer ask(Client& client, const std::string& fields = "", const std::string& page = "") {
    return archive::ask(client, fields, page, "", coven);
}

struct Coven {
    explicit Coven(std::string_view options = "") : server({"archive", "muc"}, options) {}

    TestServer server;
    Client* crone = &found(server, "crone1@example.org/desktop", "firstwitch");
    Client* hag = &come(server, "hag66@example.net/pda", "thirdwitch", {crone});

    void say(Client& who, const std::string& text) {
        who.send(says(text));
        server.advance(1s);
    }
    std::size_t kept() {
        std::size_t all = 0;
        for (const auto& [name, count] : server.stored("Thrice"))
            if (name == "store/archive/log") all += count;
        return all;
    }
    std::size_t noted() {
        std::size_t all = 0;
        for (const auto& [name, count] : server.stored(coven))
            if (name == "store/muc/archives") all += count;
        return all;
    }
};

} // namespace

TEST_CASE("the archive of a room: what was said, once, as its occupants heard it, under the same ids") {
    Coven coven_;
    coven_.say(*coven_.hag, "Thrice the brinded cat");
    const auto live = coven_.crone->receive();
    coven_.say(*coven_.crone, "Thrice and once");
    const auto answer = ask(*coven_.hag);
    CHECK(answer.bodies() == "Thrice the brinded cat Thrice and once");
    REQUIRE(answer.messages.size() == 2);
    const auto& first = answer.messages[0];
    CHECK(first.from == coven + "/thirdwitch");
    CHECK(first.to.empty());
    CHECK(live.xml().find("id='" + first.id + "'") != std::string::npos);
    CHECK(first.xml.find("type='groupchat'") != std::string::npos);
    CHECK(answer.complete);
    // Rooms keep what they say; accounts do not keep it again.
    CHECK(archive::ask(*coven_.hag).messages.empty());
    CHECK(coven_.kept() == 2);
}

TEST_CASE("the archive of a room: pages, times, ids and occupants") {
    Coven coven_;
    for (int i = 0; i < 5; ++i) coven_.say(i % 2 == 0 ? *coven_.hag : *coven_.crone, std::to_string(i));
    auto& hag = *coven_.hag;
    const auto page = ask(hag, "", "<max>2</max>");
    CHECK(page.bodies() == "0 1");
    CHECK_FALSE(page.complete);
    CHECK(ask(hag, "", "<max>2</max><after>" + page.last + "</after>").bodies() == "2 3");
    CHECK(ask(hag, "", "<max>2</max><before/>").bodies() == "3 4");
    CHECK(ask(hag, archive::field("start", page.messages[1].stamp)).bodies() == "1 2 3 4");
    CHECK(ask(hag, archive::field("with", coven + "/firstwitch")).bodies() == "1 3");
    CHECK(ask(hag, archive::field("with", coven)).bodies() == "0 1 2 3 4");
    CHECK(ask(hag, archive::field("with", "crone1@example.org")).bodies().empty()); // what she may not know
    CHECK(ask(hag, "", "<after>nothing</after>").error == "item-not-found");
    hag.send("<iq type='get' id='m' to='" + coven + "'><metadata xmlns='urn:xmpp:mam:2'/></iq>");
    CHECK(hag.receive().xml().find("<start id='" + page.first + "'") != std::string::npos);
    hag.send("<iq type='get' id='f' to='" + coven + "'><query xmlns='urn:xmpp:mam:2'/></iq>");
    CHECK(hag.receive().xml().find("var='after-id'") != std::string::npos);
}

TEST_CASE("the archive of a room: subjects are in it, private messages and what one is told alone are not") {
    Coven coven_;
    coven_.crone->send("<message type='groupchat' to='" + coven +
                       "'><subject>Fire Burn and Cauldron Bubble!</subject>"
                       "</message>");
    coven_.crone->send("<message type='chat' to='" + coven + "/thirdwitch'><body>psst</body></message>");
    coven_.hag->send("<message type='groupchat' to='" + coven +
                     "'><composing "
                     "xmlns='http://jabber.org/protocol/chatstates'/></message>");
    coven_.hag->send("<message type='groupchat' to='" + coven +
                     "'><body>secret</body><no-store "
                     "xmlns='urn:xmpp:hints'/></message>");
    const auto answer = ask(*coven_.hag);
    REQUIRE(answer.messages.size() == 1);
    CHECK(answer.messages[0].xml.find("<subject>Fire Burn") != std::string::npos);
}

TEST_CASE("the archive of a room: who may know sees who it was, whatever the message claimed") {
    Coven coven_;
    coven_.hag->send(
        "<message type='groupchat' to='" + coven +
        "'><body>Thrice</body><x "
        "xmlns='http://jabber.org/protocol/muc#user'><item jid='crone1@example.org/desktop'/></x></message>");
    coven_.server.advance(1s);
    const auto seen = ask(*coven_.crone).messages.at(0).xml;
    CHECK(seen.find("<item affiliation='none' jid='hag66@example.net/pda' role='participant'/>") != std::string::npos);
    CHECK(seen.find("crone1@example.org") == std::string::npos);
    CHECK(ask(*coven_.hag).messages.at(0).xml.find("muc#user") == std::string::npos);
}

TEST_CASE("the archive of a room: who may not enter may not read") {
    Coven coven_;
    coven_.say(*coven_.crone, "Thrice");
    auto& macbeth = coven_.server.login("macbeth@example.net/castle");
    CHECK(ask(macbeth).bodies() == "Thrice"); // the room is open
    coven_.crone->send(admin("set", "<item affiliation='outcast' jid='macbeth@example.net'/>"));
    CHECK(ask(macbeth).error == "forbidden");
    auto& banquo = coven_.server.login("banquo@example.net/castle");
    configure(*coven_.crone, field("roomconfig_membersonly", "1"));
    CHECK(ask(banquo).error == "forbidden");
    coven_.crone->send(admin("set", "<item affiliation='member' jid='banquo@example.net'/>"));
    CHECK(ask(banquo).bodies() == "Thrice");
    configure(*coven_.crone, field("roomconfig_membersonly", "0") + field("roomconfig_passwordprotectedroom", "1") +
                                 field("roomconfig_roomsecret", "cauldronburn"));
    auto& duncan = coven_.server.login("duncan@example.net/castle");
    CHECK(ask(duncan).error == "forbidden");
    CHECK(ask(*coven_.crone).bodies() == "Thrice");
    CHECK(archive::ask(duncan, "", "", "", "nowhere@conference.example.org").error == "item-not-found");
}

TEST_CASE("the archive of a room: is announced, and an owner may have none") {
    Coven coven_;
    const auto announced = [&] {
        coven_.hag->drain();
        coven_.hag->send("<iq type='get' id='d' to='" + coven +
                         "'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
        const auto info = coven_.hag->receive().xml();
        return info.find("<feature var='urn:xmpp:mam:2'/>") != std::string::npos &&
               info.find("<feature var='urn:xmpp:mam:2#extended'/>") != std::string::npos;
    };
    CHECK(announced());
    configure(*coven_.crone, field("roomconfig_enablearchiving", "0"));
    CHECK_FALSE(announced());
    coven_.say(*coven_.crone, "Thrice");
    CHECK(ask(*coven_.hag).error == "service-unavailable");
    CHECK(coven_.kept() == 0);
}

TEST_CASE("the archive of a room: what was taken back leaves a tombstone") {
    Coven coven_;
    coven_.say(*coven_.hag, "Thrice the brinded cat");
    const auto id = ask(*coven_.hag).messages.at(0).id;
    SECTION("by a moderator (XEP-0425)") {
        coven_.crone->send("<iq type='set' id='r' to='" + coven + "'><moderate id='" + id +
                           "' xmlns='urn:xmpp:message-moderate:1'><retract xmlns='urn:xmpp:message-retract:1'/>"
                           "<reason>no cats</reason></moderate></iq>");
        coven_.server.advance(1s);
        const auto answer = ask(*coven_.hag);
        REQUIRE(answer.messages.size() == 2);
        CHECK(answer.messages[0].id == id);
        CHECK(answer.messages[0].from == coven + "/thirdwitch");
        const auto& left = answer.messages[0].xml;
        CHECK(left.find("<retracted xmlns='urn:xmpp:message-retract:1' stamp='") != std::string::npos);
        CHECK(left.find("<moderated xmlns='urn:xmpp:message-moderate:1' by='" + coven + "/firstwitch'>") !=
              std::string::npos);
        CHECK(left.find("no cats") != std::string::npos);
        CHECK(answer.messages[1].xml.find("<retract xmlns='urn:xmpp:message-retract:1' id='" + id + "'>") !=
              std::string::npos);
    }
    SECTION("by its author (XEP-0424)") {
        coven_.hag->send("<message type='groupchat' id='back' to='" + coven + "'><retract id='" + id +
                         "' xmlns='urn:xmpp:message-retract:1'/></message>");
        coven_.server.advance(1s);
        const auto answer = ask(*coven_.hag);
        REQUIRE(answer.messages.size() == 2);
        CHECK(answer.messages[0].xml.find("<retracted xmlns='urn:xmpp:message-retract:1' id='back' stamp='") !=
              std::string::npos);
        CHECK(answer.messages[1].xml.find("<retract ") != std::string::npos);
    }
    CHECK(coven_.kept() == 0);
}

TEST_CASE("the archive of a room: what is older than the history can be taken back, too") {
    Coven coven_("<muc history='2'/>");
    coven_.say(*coven_.hag, "Thrice the brinded cat");
    for (const char* text : {"one", "two", "three"}) coven_.say(*coven_.crone, text);
    const auto id = ask(*coven_.hag).messages.at(0).id;
    const auto moderate = [&](Client& client) {
        client.drain();
        client.send("<iq type='set' id='r' to='" + coven + "'><moderate id='" + id +
                    "' xmlns='urn:xmpp:message-moderate:1'><retract xmlns='urn:xmpp:message-retract:1'/></moderate>"
                    "</iq>");
        return client.receive();
    };
    const std::string retract = "<message type='groupchat' id='back' to='" + coven + "'><retract id='" + id +
                                "' xmlns='urn:xmpp:message-retract:1'/></message>";
    SECTION("by a moderator") {
        CHECK(error_of(moderate(*coven_.hag)) == "auth forbidden");
        CHECK(moderate(*coven_.crone) == "<iq type='result' id='r'/>");
        CHECK(coven_.crone->receive().xml().find("<moderated ") != std::string::npos);
        CHECK(error_of(moderate(*coven_.crone)) == "cancel item-not-found"); // it is no more
    }
    SECTION("by its author, not by somebody else") {
        coven_.crone->send(retract);
        coven_.server.advance(1s);
        CHECK(coven_.kept() == 1);
        coven_.hag->send(retract);
        coven_.server.advance(1s);
    }
    CHECK(coven_.kept() == 0);
    CHECK(ask(*coven_.hag).messages.at(0).xml.find("<retracted ") != std::string::npos);
}

TEST_CASE("a tombstone that cannot be written is an error for who wanted it") {
    Coven coven_("<muc history='1'/>");
    coven_.say(*coven_.hag, "Thrice the brinded cat");
    coven_.say(*coven_.crone, "one");
    const auto id = ask(*coven_.hag).messages.at(0).id;
    coven_.crone->drain();
    coven_.server.fail_commit(1);
    coven_.crone->send("<iq type='set' id='r' to='" + coven + "'><moderate id='" + id +
                       "' xmlns='urn:xmpp:message-moderate:1'><retract xmlns='urn:xmpp:message-retract:1'/></moderate>"
                       "</iq>");
    CHECK(error_of(coven_.crone->receive()) == "wait internal-server-error");
    CHECK(coven_.kept() == 1);
}

TEST_CASE("the archive of a temporary room ends with it") {
    Coven coven_;
    coven_.say(*coven_.hag, "Thrice");
    CHECK(coven_.kept() == 1);
    CHECK(coven_.noted() == 1);
    SECTION("when everybody has left") {
        for (auto* client : {coven_.hag, coven_.crone})
            client->send("<presence type='unavailable' to='" + coven + "/x'/>");
    }
    SECTION("when it is destroyed") {
        coven_.crone->send("<iq type='set' id='e' to='" + coven +
                           "'><query xmlns='http://jabber.org/protocol/muc#owner'>"
                           "<destroy/></query></iq>");
    }
    SECTION("when the server was stopped") { coven_.server.restart(); }
    SECTION("when the server was killed") { coven_.server.kill(); }
    coven_.server.advance(1s);
    CHECK(coven_.kept() == 0);
    CHECK(coven_.noted() == 0);
}

TEST_CASE("the archive of a persistent room stays, until the room is destroyed") {
    Coven coven_;
    coven_.say(*coven_.hag, "Thrice");
    configure(*coven_.crone, field("roomconfig_persistentroom", "1"));
    coven_.say(*coven_.hag, "Thrice again");
    CHECK(coven_.noted() == 0);
    if (GENERATE(false, true))
        coven_.server.kill();
    else
        coven_.server.restart();
    auto& crone = coven_.server.login("crone1@example.org/desktop");
    CHECK(ask(crone).bodies() == "Thrice Thrice again");
    SECTION("it is temporary again") {
        join(crone, "firstwitch");
        configure(crone, field("roomconfig_persistentroom", "0"));
        CHECK(coven_.noted() == 1);
        coven_.server.restart();
        coven_.server.advance(1s);
    }
    SECTION("it is destroyed") {
        crone.send("<iq type='set' id='e' to='" + coven +
                   "'><query xmlns='http://jabber.org/protocol/muc#owner'>"
                   "<destroy/></query></iq>");
        coven_.server.advance(1s);
    }
    CHECK(coven_.kept() == 0);
    CHECK(coven_.noted() == 0);
}

TEST_CASE("the archive of a room: what is older than the host keeps messages goes") {
    Coven coven_("<archive keep='100min'/>");
    coven_.say(*coven_.hag, "Thrice");
    const bool persistent = GENERATE(false, true);
    if (persistent) configure(*coven_.crone, field("roomconfig_persistentroom", "1"));
    coven_.server.advance(90min);
    coven_.say(*coven_.hag, "young");
    if (persistent) { // nobody is there, and the room is not in memory
        for (auto* client : {coven_.hag, coven_.crone}) client->close();
        coven_.server.restart();
    }
    coven_.server.advance(61min);
    CHECK(coven_.kept() == 0);
    auto& macbeth = coven_.server.login("macbeth@example.net/castle");
    CHECK(ask(macbeth).bodies() == "young");
}
