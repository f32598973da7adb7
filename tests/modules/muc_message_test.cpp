// SPDX-License-Identifier: MIT
// XEP-0045 sections 7.4, 7.5, 7.8, 7.13, 8.1 and 17.2: what is said, by whom, to whom; XEP-0424, 0425 and 0500.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/muc_kit.hpp"

using namespace epode::test;
using namespace epode::test::muc;

namespace {

struct Coven : Witches {
    /// What is shown to who enters now.
    std::string history() {
        auto& late = server.login("late@example.org/now");
        join(late, "late");
        std::string bodies;
        for (const auto& received : late.receive_all()) {
            const auto kept = received.fragment();
            if (kept.element().child("body")) bodies += kept.element().child_text("body").str() + ' ';
        }
        late.cut();
        server.settle();
        crone.drain();
        hag.drain();
        return bodies;
    }
    std::string stanza_id(const Received& received) {
        const auto kept = received.fragment();
        return kept.element().child("stanza-id", "urn:xmpp:sid:0").attr("id").str();
    }
};

std::string invite(std::string_view to, std::string_view inside = {}) {
    return "<message id='nzd143v8' to='coven@conference.example.org'><x xmlns='http://jabber.org/protocol/muc#user'>"
           "<invite to='" +
           std::string(to) + "'>" + std::string(inside) + "</invite></x></message>";
}
std::string moderate(std::string_view id) {
    return "<iq type='set' id='q' to='coven@conference.example.org'><moderate id='" + std::string(id) +
           "' xmlns='urn:xmpp:message-moderate:1'><retract xmlns='urn:xmpp:message-retract:1'/><reason>no</reason>"
           "</moderate></iq>";
}

} // namespace

TEST_CASE("messages that nobody may send: no room, not inside, without voice, of another type") {
    Coven coven;
    auto& hag = coven.hag;
    hag.send("<message type='groupchat' to='heath@conference.example.org'><body>hark</body></message>");
    CHECK(error_of(hag.receive()) == "modify not-acceptable");
    auto& stranger = coven.server.login("stranger@example.org/road");
    stranger.send(says("hark"));
    CHECK(error_of(stranger.receive()) == "modify not-acceptable");
    stranger.send("<message type='chat' to='coven@conference.example.org/firstwitch'><body>psst</body></message>");
    CHECK(error_of(stranger.receive()) == "modify not-acceptable");
    hag.send("<message type='chat' to='coven@conference.example.org'><body>hark</body></message>");
    CHECK(error_of(hag.receive()) == "modify bad-request");
    coven.crone.send(admin("set", "<item nick='thirdwitch' role='visitor'/>"));
    hag.drain();
    hag.send(says("hark"));
    CHECK(error_of(hag.receive()) == "auth forbidden");
}

TEST_CASE("private messages: errors, and who may send them") {
    Coven coven;
    auto& hag = coven.hag;
    const auto whisper = [&](std::string_view type, std::string_view nick) {
        hag.send("<message type='" + std::string(type) + "' to='coven@conference.example.org/" + std::string(nick) +
                 "'><body>I'll give thee a wind.</body></message>");
        return error_of(hag.receive());
    };
    CHECK(whisper("groupchat", "firstwitch") == "modify bad-request");
    CHECK(whisper("chat", "nobody") == "cancel item-not-found");
    CHECK(whisper("chat", "firstwitch").empty());
    CHECK(coven.crone.receive().attr("from") == "coven@conference.example.org/thirdwitch");
    for (const char* who : {"moderators", "none"}) {
        configure(coven.crone, field("roomconfig_allowpm", who));
        hag.drain();
        CHECK(whisper("chat", "firstwitch") == "auth forbidden");
    }
    configure(coven.crone, field("roomconfig_allowpm", "participants"));
    hag.drain();
    coven.crone.drain();
    CHECK(whisper("chat", "firstwitch").empty());
    CHECK(coven.crone.receive().xml().contains("give thee a wind"));
    // One that could not be taken goes back the same way.
    coven.crone.send("<message type='error' id='e' to='coven@conference.example.org/thirdwitch'><error type='cancel'>"
                     "<not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>");
    const auto told = hag.receive();
    CHECK(error_of(told) == "cancel not-acceptable");
    CHECK(told.attr("from") == "coven@conference.example.org/firstwitch");
}

TEST_CASE("the subject: who may, what is one, and that it is told") {
    Coven coven;
    const auto subject = [](std::string_view more) {
        return "<message type='groupchat' id='lh2bs617' to='coven@conference.example.org'><subject>Fire</subject>" +
               std::string(more) + "</message>";
    };
    coven.hag.send(subject(""));
    CHECK(error_of(coven.hag.receive()) == "auth forbidden");
    coven.hag.send(subject("<body>burn</body>"));
    CHECK(coven.crone.receive().xml().contains("<body>burn</body>"));
    coven.hag.send(subject("<thread>t</thread>"));
    CHECK(coven.crone.receive().xml().contains("<thread>t</thread>"));
    coven.hag.drain();
    configure(coven.crone, field("roomconfig_changesubject", "1"));
    coven.hag.drain();
    coven.crone.drain();
    coven.hag.send(subject(""));
    for (auto* client : {&coven.hag, &coven.crone})
        CHECK(client->receive() == "<message type='groupchat' id='lh2bs617' "
                                   "from='coven@conference.example.org/thirdwitch'><subject>Fire</subject>"
                                   "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='*'/><stanza-id "
                                   "xmlns='urn:xmpp:sid:0' id='*' by='coven@conference.example.org'/></message>");
}

TEST_CASE("history: not what says nothing alone, nor what nobody shall keep; an owner's quotes keep their time") {
    Coven coven;
    coven.hag.send("<message type='groupchat' to='coven@conference.example.org'>"
                   "<composing xmlns='http://jabber.org/protocol/chatstates'/></message>");
    CHECK(coven.crone.receive().xml().contains("composing"));
    coven.hag.send("<message type='groupchat' to='coven@conference.example.org'><body>secret</body>"
                   "<no-store xmlns='urn:xmpp:hints'/></message>");
    coven.hag.send(says("one"));
    CHECK(coven.history() == "one ");
    const std::string quote = "<message type='groupchat' to='coven@conference.example.org'><body>two</body>"
                              "<delay xmlns='urn:xmpp:delay' from='wiccarocks@example.org/laptop' "
                              "stamp='2004-09-29T01:54:37Z'/></message>";
    coven.hag.send(quote);
    CHECK_FALSE(coven.crone.receive().xml().contains("2004-09-29"));
    coven.crone.send(quote);
    coven.crone.drain();
    auto& late = coven.server.login("late@example.org/now");
    join(late, "late", "<history maxstanzas='1'/>");
    const auto all = late.receive_all();
    const auto& last = all[all.size() - 2];
    CHECK(last.xml().contains("2004-09-29"));
    CHECK_FALSE(last.xml().contains("from='coven@conference.example.org' stamp"));
}

TEST_CASE("history is bounded by the server and by the room") {
    TestServer server({"muc"}, "<muc history='3'/>");
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    for (const char* text : {"1", "2", "3", "4", "5"}) crone.send(says(text));
    const auto count = [&] {
        auto& late = server.login("late@example.org/now");
        join(late, "late");
        std::size_t said = 0;
        for (const auto& received : late.receive_all()) said += received.xml().contains("<body>");
        late.cut();
        server.settle();
        crone.drain();
        return said;
    };
    crone.drain();
    CHECK(count() == 3);
    configure(crone, field("maxhistoryfetch", "1"));
    CHECK(crone.receive().attr("type") == "result");
    CHECK(codes_of(crone.receive()) == "104");
    CHECK(count() == 1);
    configure(crone, field("maxhistoryfetch", "many"));
    CHECK(error_of(crone.receive()) == "modify not-acceptable");
}

TEST_CASE("invitations go through the room, and may be declined") {
    Coven coven;
    auto& hecate = coven.server.login("hecate@example.org/broom");
    hecate.available();
    coven.hag.send(invite("hecate@example.org", "<reason>Hey Hecate</reason><continue thread='t'/>"));
    CHECK(hecate.receive() ==
          "<message id='nzd143v8' from='coven@conference.example.org'><x xmlns='http://jabber.org/protocol/muc#user'>"
          "<invite from='coven@conference.example.org/thirdwitch'><reason>Hey Hecate</reason><continue thread='t'/>"
          "</invite></x></message>");
    const std::string decline =
        "<message id='jk2vs61v' to='coven@conference.example.org'><x xmlns='http://jabber.org/protocol/muc#user'>"
        "<decline to='coven@conference.example.org/thirdwitch'><reason>too busy</reason></decline></x></message>";
    hecate.send(decline);
    CHECK(coven.hag.receive() ==
          "<message id='jk2vs61v' from='coven@conference.example.org'><x xmlns='http://jabber.org/protocol/muc#user'>"
          "<decline from='hecate@example.org'><reason>too busy</reason></decline></x></message>");
    CHECK(coven.crone.silent());
    hecate.send(decline); // once
    CHECK(error_of(hecate.receive()) == "modify not-acceptable");
}

TEST_CASE("several are invited at once, with the password") {
    Coven coven;
    configure(coven.crone,
              field("roomconfig_passwordprotectedroom", "1") + field("roomconfig_roomsecret", "cauldronburn"));
    auto& hecate = coven.server.login("hecate@example.org/broom");
    auto& bard = coven.server.login("bard@example.org/globe");
    for (auto* client : {&hecate, &bard}) client->available();
    coven.crone.send("<message to='coven@conference.example.org'><x xmlns='http://jabber.org/protocol/muc#user'>"
                     "<invite to='hecate@example.org'/><invite to='bard@example.org/globe'/></x></message>");
    for (auto* client : {&hecate, &bard}) CHECK(client->receive().xml().contains("<password>cauldronburn</password>"));
}

TEST_CASE("invitations that fail: not inside, nobody of that name, an outcast, no address, not by mere members") {
    Coven coven;
    auto& stranger = coven.server.login("stranger@example.org/road");
    stranger.send(invite("hecate@example.org"));
    CHECK(error_of(stranger.receive()) == "modify not-acceptable");
    coven.hag.send(invite("nobody@example.org"));
    const auto told = coven.hag.receive();
    CHECK(error_of(told) == "cancel item-not-found");
    CHECK(told.attr("id") == "nzd143v8");
    coven.hag.send(invite("@"));
    CHECK(error_of(coven.hag.receive()) == "modify jid-malformed");
    coven.crone.send(admin("set", "<item affiliation='outcast' jid='hecate@example.org'/>"));
    coven.hag.send(invite("hecate@example.org"));
    CHECK(error_of(coven.hag.receive()) == "auth forbidden");
    coven.crone.send(admin("set", "<item affiliation='member' jid='hag66@example.org'/>"));
    configure(coven.crone, field("roomconfig_membersonly", "1"));
    coven.hag.drain();
    coven.hag.send(invite("wiccarocks@example.org"));
    CHECK(error_of(coven.hag.receive()) == "auth forbidden");
}

TEST_CASE("an invitation to a room of members only makes a member, where members may invite") {
    Coven coven;
    coven.crone.send(admin("set", "<item affiliation='member' jid='hag66@example.org'/>"));
    configure(coven.crone, field("roomconfig_membersonly", "1") + field("roomconfig_allowinvites", "1"));
    auto& wise = coven.server.login("wiccarocks@example.org/laptop");
    wise.available();
    coven.hag.drain();
    coven.hag.send(invite("wiccarocks@example.org"));
    CHECK(wise.receive().xml().contains("<invite "));
    join(wise, "secondwitch");
    CHECK(item_of(wise.receive_all()[2], "affiliation") == "member");
}

TEST_CASE("voice: asked for with the form of the specification, approved by address also after another nick") {
    Coven coven;
    configure(coven.crone, field("roomconfig_moderatedroom", "1"));
    auto& wise = come(coven.server, "wiccarocks@example.org/laptop", "secondwitch", {&coven.crone, &coven.hag});
    const auto form = [](std::string_view fields) {
        return "<message to='coven@conference.example.org'><x xmlns='jabber:x:data' type='submit'><field "
               "var='FORM_TYPE'>"
               "<value>http://jabber.org/protocol/muc#request</value></field>" +
               std::string(fields) + "</x></message>";
    };
    wise.send(form(field("role", "participant")));
    CHECK(wise.silent());
    CHECK(coven.hag.silent()); // not a moderator
    const auto asked = coven.crone.receive();
    CHECK(asked.attr("from") == "coven@conference.example.org");
    for (const char* part :
         {"<x xmlns='jabber:x:data' type='form'>", "http://jabber.org/protocol/muc#request", "var='muc#role'",
          "<value>participant</value>", "var='muc#jid'", "<value>wiccarocks@example.org/laptop</value>",
          "var='muc#roomnick'", "<value>secondwitch</value>", "var='muc#request_allow'", "<value>false</value>"})
        CHECK(asked.xml().contains(part));
    const std::string allow = form(field("role", "participant") + field("jid", "wiccarocks@example.org/laptop") +
                                   field("roomnick", "secondwitch") + field("request_allow", "true"));
    coven.hag.send(allow);
    CHECK(error_of(coven.hag.receive()) == "auth forbidden");
    wise.send("<presence to='coven@conference.example.org/wise'/>");
    wise.drain();
    coven.crone.send(allow);
    CHECK(item_of(wise.receive(), "role") == "participant");
}

TEST_CASE("a moderator takes a message back: all are told, and who comes later does not see it") {
    Coven coven;
    coven.hag.send(says("DM me for free magic potions!"));
    const auto id = coven.stanza_id(coven.crone.receive());
    coven.hag.drain();
    coven.hag.send(moderate(id));
    CHECK(error_of(coven.hag.receive()) == "auth forbidden");
    coven.crone.send(moderate("no-such-message"));
    CHECK(error_of(coven.crone.receive()) == "cancel item-not-found");
    coven.crone.send(moderate(id));
    CHECK(coven.crone.receive() == "<iq type='result' id='q'/>");
    for (auto* client : {&coven.crone, &coven.hag})
        CHECK(client->receive() ==
              "<message type='groupchat' from='coven@conference.example.org'><retract id='" + id +
                  "' xmlns='urn:xmpp:message-retract:1'><moderated xmlns='urn:xmpp:message-moderate:1' "
                  "by='coven@conference.example.org/firstwitch'><occupant-id xmlns='urn:xmpp:occupant-id:0' id='*'/>"
                  "</moderated><reason>no</reason></retract>"
                  "<stanza-id xmlns='urn:xmpp:sid:0' id='*' by='coven@conference.example.org'/></message>");
    CHECK(coven.history().empty());
}

TEST_CASE("who takes his own message back takes it out of the history; nobody else's") {
    Coven coven;
    coven.hag.send(says("one"));
    const auto id = coven.stanza_id(coven.crone.receive());
    const std::string retract = "<message type='groupchat' to='coven@conference.example.org'><retract id='" + id +
                                "' xmlns='urn:xmpp:message-retract:1'/></message>";
    coven.crone.send(retract);
    CHECK(coven.history() == "one ");
    coven.hag.send(retract);
    CHECK(coven.history().empty());
}

TEST_CASE("slow mode: one message in a while, of one user; chat states and admins are not counted") {
    Coven coven;
    configure(coven.crone, field("roomconfig_slow_mode_duration", "20"));
    coven.crone.drain();
    CHECK(codes_of(coven.hag.receive()) == "104");
    coven.hag.send(says("one"));
    CHECK(coven.hag.receive().xml().contains("one"));
    coven.hag.send(says("two"));
    const auto refused = coven.hag.receive();
    CHECK(error_of(refused) == "wait policy-violation");
    CHECK(refused.xml().contains("20 seconds"));
    coven.hag.send("<message type='groupchat' to='coven@conference.example.org'>"
                   "<composing xmlns='http://jabber.org/protocol/chatstates'/></message>");
    CHECK(coven.hag.receive().xml().contains("composing"));
    for (const char* text : {"three", "four"}) coven.crone.send(says(text));
    CHECK(coven.hag.receive_all().size() == 2);
    coven.server.advance(std::chrono::seconds(21));
    coven.hag.send(says("five"));
    CHECK(coven.hag.receive().xml().contains("five"));
    coven.crone.send("<iq type='get' id='i' to='coven@conference.example.org'>"
                     "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    CHECK(coven.crone.receive_all().back().xml().contains("muc#roominfo_slow_mode_duration"));
}

TEST_CASE("many in a room, on all shards: everybody hears everything, in the order in which it was said") {
    Coven coven;
    std::vector<Client*> many;
    for (int i = 0; i < 20; ++i) {
        const auto name = "witch" + std::to_string(i);
        many.push_back(&come(coven.server, name + "@example.org/pda", name));
    }
    for (auto* client : many) client->drain();
    for (int i = 0; i < 10; ++i) coven.hag.post(says(std::to_string(i)));
    coven.hag.post("<presence to='coven@conference.example.org/oldhag'/>");
    coven.server.settle();
    for (auto* client : many) {
        const auto all = client->receive_all();
        REQUIRE(all.size() == 12);
        for (std::size_t i = 0; i < 10; ++i) CHECK(all[i].xml().contains("<body>" + std::to_string(i) + "</body>"));
        CHECK(codes_of(all[10]) == "303");
        CHECK(all[11].attr("from") == "coven@conference.example.org/oldhag");
    }
}
