// SPDX-License-Identifier: MIT
// XEP-0045 sections 7.1, 7.2, 7.6, 7.7 and 7.14: the ways in and out of a room, and the errors of section 7.2.16.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/muc_kit.hpp"

using namespace epode::test;
using namespace epode::test::muc;

namespace {

std::string kinds(Client& client) {
    std::string all;
    for (const auto& received : client.receive_all()) {
        const auto kept = received.fragment();
        const auto root = kept.element();
        std::string kind(root.name());
        if (root.child("subject")) kind = "subject";
        if (root.child("body")) kind = "said";
        if (root.name() == "presence") {
            const auto from = received.attr("from");
            kind = from.substr(from.find('/') + 1);
            if (codes_of(received).contains("110")) kind += "!";
        }
        all += (all.empty() ? "" : " ") + kind;
    }
    return all;
}

} // namespace

TEST_CASE("on entering: the others, oneself, what was said, the subject; then the same again for who asks again") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& wise = come(server, "wiccarocks@example.org/laptop", "secondwitch", {&crone});
    crone.send("<message type='groupchat' to='coven@conference.example.org'><subject>Spells</subject></message>");
    crone.send(says("Thrice the brinded cat hath mew'd."));
    crone.drain();
    wise.drain();
    auto& hag = server.login("hag66@example.org/pda");
    join(hag, "thirdwitch");
    CHECK(kinds(hag) == "firstwitch secondwitch thirdwitch! said subject");
    CHECK(kinds(crone) == "thirdwitch");
    CHECK(kinds(wise) == "thirdwitch");
    // Section 17.3, rule 3: a client that is here already has lost track; the others hear of it if he looks different.
    join(hag, "thirdwitch");
    CHECK(kinds(hag) == "firstwitch secondwitch thirdwitch! said subject");
    CHECK(crone.silent());
    hag.send("<presence to='coven@conference.example.org/thirdwitch'><show>away</show>"
             "<x xmlns='http://jabber.org/protocol/muc'/></presence>");
    CHECK(kinds(hag) == "firstwitch secondwitch thirdwitch! said subject");
    CHECK(crone.receive().xml().contains("<show>away</show>"));
}

TEST_CASE("the subject comes last, also where none is set, and with its time where one was") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    join(hag, "thirdwitch");
    CHECK(hag.receive_all().back() == "<message type='groupchat'><subject/></message>");
    crone.send("<message type='groupchat' to='coven@conference.example.org'><subject/></message>");
    join(hag, "thirdwitch");
    CHECK(hag.receive_all().back() ==
          "<message type='groupchat' from='coven@conference.example.org/firstwitch'><subject/>"
          "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='*'/>"
          "<stanza-id xmlns='urn:xmpp:sid:0' id='*' by='coven@conference.example.org'/>"
          "<delay xmlns='urn:xmpp:delay' from='coven@conference.example.org' stamp='*'/></message>");
}

TEST_CASE("an address without a nick, or with one that nobody sees, is malformed") {
    TestServer server{"muc"};
    auto& crone = server.login("crone1@example.org/desktop");
    const std::string enter = "'><x xmlns='http://jabber.org/protocol/muc'/></presence>";
    for (const char* when : {"where there is no room", "where there is one"}) {
        CAPTURE(when);
        for (const char* nick : {"", "/ ", "/&#xa0;"}) {
            crone.send(std::string("<presence id='273hs51g' to='coven@conference.example.org") + nick + enter);
            const auto refused = crone.receive();
            CHECK(error_of(refused) == "modify jid-malformed");
            CHECK(refused.attr("id") == "273hs51g");
            if (*nick) continue; // it did not even reach the room
            CHECK(refused.xml().contains("by='coven@conference.example.org'"));
            CHECK(refused.xml().contains("<x xmlns='http://jabber.org/protocol/muc'/>"));
        }
        join(crone, "firstwitch");
        crone.drain();
        accept(crone);
        crone.send("<presence type='unavailable' to='coven@conference.example.org/firstwitch'/>");
        crone.drain();
        found(server, "hag66@example.org/pda", "thirdwitch");
    }
}

TEST_CASE("why somebody may not come in: each with its condition and type") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    const auto refusal = [&](std::string_view nick = "thirdwitch", std::string_view inside = {}) {
        join(hag, nick, inside);
        const auto refused = hag.receive();
        CHECK(refused.attr("from") == "coven@conference.example.org/" + std::string(nick));
        CHECK(hag.silent());
        return error_of(refused);
    };
    CHECK(refusal("firstwitch") == "cancel conflict");
    configure(crone, field("roomconfig_passwordprotectedroom", "1") + field("roomconfig_roomsecret", "cauldronburn"));
    CHECK(refusal() == "auth not-authorized");
    CHECK(refusal("thirdwitch", "<password>wrong</password>") == "auth not-authorized");
    configure(crone, field("roomconfig_passwordprotectedroom", "0") + field("roomconfig_membersonly", "1"));
    CHECK(refusal() == "auth registration-required");
    crone.send(admin("set", "<item affiliation='outcast' jid='hag66@example.org'/>"));
    CHECK(refusal() == "auth forbidden");
    crone.send(admin("set", "<item affiliation='none' jid='hag66@example.org'/>"));
    configure(crone, field("roomconfig_membersonly", "0") + field("roomconfig_maxusers", "2"));
    come(server, "wiccarocks@example.org/laptop", "secondwitch");
    CHECK(refusal() == "wait service-unavailable");
    crone.send(admin("set", "<item affiliation='admin' jid='hag66@example.org'/>"));
    join(hag, "thirdwitch");
    CHECK(hag.receive_all().size() == 4); // section 7.2.9: admins come in beyond the limit
}

TEST_CASE("the owner needs the password, too") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    configure(crone, field("roomconfig_passwordprotectedroom", "1") + field("roomconfig_roomsecret", "cauldronburn"));
    auto& phone = server.login("crone1@example.org/phone");
    join(phone, "firstwitch");
    CHECK(error_of(phone.receive()) == "auth not-authorized");
}

TEST_CASE("where only some may make rooms, others are told so") {
    TestServer server({"muc"}, "<muc create='admins'/>");
    auto& hag = server.login("hag66@example.org/pda");
    join(hag, "thirdwitch");
    CHECK(error_of(hag.receive()) == "cancel not-allowed");
}

TEST_CASE("a non-anonymous room: everybody sees addresses, and who enters is warned") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    configure(crone, field("roomconfig_whois", "anyone"));
    auto& wise = come(server, "wiccarocks@example.org/laptop", "secondwitch", {&crone});
    auto& hag = server.login("hag66@example.org/pda");
    join(hag, "thirdwitch");
    CHECK(item_of(wise.receive(), "jid") == "hag66@example.org/pda");
    CHECK(item_of(hag.receive(), "jid") == "crone1@example.org/desktop");
    CHECK(item_of(hag.receive(), "jid") == "wiccarocks@example.org/laptop");
    CHECK(codes_of(hag.receive()) == "110 100");
}

TEST_CASE("presence of a type is no way in, and only unavailable is a way out") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    for (const char* type : {"probe", "subscribe", "unavailable"}) {
        hag.send(
            "<presence type='" + std::string(type) +
            "' to='coven@conference.example.org/thirdwitch'><x xmlns='http://jabber.org/protocol/muc'/></presence>");
        CHECK(hag.silent());
    }
    CHECK(crone.silent());
    crone.send("<presence type='probe' to='coven@conference.example.org/firstwitch'/>");
    crone.send(says("still here"));
    CHECK(crone.receive().xml().contains("still here"));
}

TEST_CASE("who leaves hears it with 110, role none and his last words; so do the others, without 110") {
    Witches witches;
    auto& [server, crone, hag] = witches;
    hag.send("<presence type='unavailable' to='coven@conference.example.org/thirdwitch'>"
             "<status>gone where the goblins go</status></presence>");
    for (auto* client : {&hag, &crone}) {
        const auto told = client->receive();
        CHECK(told.attr("type") == "unavailable");
        CHECK(item_of(told, "role") == "none");
        CHECK(item_of(told, "affiliation") == "none");
        CHECK(told.xml().contains("<status>gone where the goblins go</status>"));
        CHECK(codes_of(told) == (client == &hag ? "110" : ""));
    }
}

TEST_CASE("a general unavailable presence, and a cut connection, are ways out, too") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    hag.available();
    join(hag, "thirdwitch");
    hag.send("<presence type='unavailable'/>");
    crone.receive();
    CHECK(crone.receive().attr("type") == "unavailable");
    auto& wise = come(server, "wiccarocks@example.org/laptop", "secondwitch", {&crone});
    wise.cut();
    CHECK(crone.receive().attr("type") == "unavailable");
}

TEST_CASE("a room that waits for its maker goes with him, and says so") {
    TestServer server{"muc"};
    auto& crone = server.login("crone1@example.org/desktop");
    join(crone, "firstwitch");
    crone.drain();
    auto& hag = server.login("hag66@example.org/pda");
    hag.send(says("hark"));
    CHECK(error_of(hag.receive()) == "modify not-acceptable");
    hag.send("<iq type='get' id='i' to='coven@conference.example.org'>"
             "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    CHECK(error_of(hag.receive()) == "cancel item-not-found");
    crone.send("<presence type='unavailable' to='coven@conference.example.org/firstwitch'/>");
    const auto told = crone.receive();
    CHECK(told.attr("type") == "unavailable");
    CHECK(told.xml().contains("<destroy/>"));
    join(hag, "thirdwitch");
    CHECK(codes_of(hag.receive()) == "110 201");
}

TEST_CASE("availability is told to all, with role and affiliation, and nothing that only the room may say") {
    Witches witches;
    auto& [server, crone, hag] = witches;
    hag.send("<presence to='coven@conference.example.org/thirdwitch'><show>xa</show><status>gone</status>"
             "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator'/></x>"
             "<hats xmlns='urn:xmpp:hats:0'><hat title='Host' uri='h'/></hats>"
             "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/></presence>");
    const auto told = crone.receive();
    CHECK(told.xml().contains("<show>xa</show><status>gone</status>"));
    CHECK(told.xml().contains("http://jabber.org/protocol/caps"));
    CHECK_FALSE(told.xml().contains("hats"));
    CHECK(item_of(told, "affiliation") == "none");
    CHECK(item_of(told, "role") == "participant");
    CHECK(codes_of(hag.receive()) == "110");
}

TEST_CASE("presence of some roles may be left out; who gets such a role goes for the others") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    configure(crone, field("roomconfig_presencebroadcast", "moderator"));
    auto& wise = come(server, "wiccarocks@example.org/laptop", "secondwitch", {&crone});
    auto& hag = server.login("hag66@example.org/pda");
    join(hag, "thirdwitch");
    CHECK(kinds(hag) == "firstwitch thirdwitch! subject");
    CHECK(crone.silent());
    CHECK(wise.silent());
    crone.send(admin("set", "<item nick='thirdwitch' role='moderator'/>"));
    CHECK(item_of(wise.receive(), "role") == "moderator");
    crone.send(admin("set", "<item nick='thirdwitch' role='participant'/>"));
    CHECK(wise.receive().attr("type") == "unavailable");
    hag.drain();
    hag.send("<presence type='unavailable' to='coven@conference.example.org/thirdwitch'/>");
    CHECK(hag.receive().attr("type") == "unavailable");
    CHECK(wise.silent());
    crone.drain();
    configure(crone, "<field var='muc#roomconfig_presencebroadcast'><value>moderator</value><value>participant</value>"
                     "<value>visitor</value></field>");
    CHECK(kinds(crone) == "iq secondwitch message");
}

TEST_CASE("a nick is refused where somebody has it; a visitor may take another one") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    configure(crone, field("roomconfig_moderatedroom", "1"));
    auto& hag = come(server, "hag66@example.org/pda", "thirdwitch", {&crone});
    hag.send("<presence id='ifd1c35' to='coven@conference.example.org/firstwitch'/>");
    const auto refused = hag.receive();
    CHECK(error_of(refused) == "cancel conflict");
    CHECK(refused.attr("id") == "ifd1c35");
    hag.send("<presence to='coven@conference.example.org/ '/>");
    CHECK(error_of(hag.receive()) == "modify jid-malformed");
    hag.send("<presence to='coven@conference.example.org/oldhag'/>");
    CHECK(codes_of(hag.receive()) == "110 303");
    CHECK(codes_of(hag.receive()) == "110");
    const auto gone = crone.receive();
    CHECK(gone.attr("type") == "unavailable");
    CHECK(codes_of(gone) == "303");
    CHECK(item_of(gone, "nick") == "oldhag");
    CHECK(item_of(gone, "role") == "visitor");
    CHECK(crone.receive().attr("from") == "coven@conference.example.org/oldhag");
}

TEST_CASE("who enters under another nick while he is here is renamed, and gets everything once more") {
    Witches witches;
    auto& [server, crone, hag] = witches;
    join(hag, "oldhag");
    CHECK(kinds(hag) == "thirdwitch! oldhag! firstwitch oldhag! subject");
    CHECK(kinds(crone) == "thirdwitch oldhag");
}

TEST_CASE("somebody whose client is gone is out, with 333 and without 307") {
    Witches witches;
    auto& [server, crone, hag] = witches;
    hag.send("<message type='error' to='coven@conference.example.org/firstwitch'><error type='cancel'>"
             "<remote-server-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>");
    CHECK(codes_of(hag.receive()) == "110 333");
    const auto told = crone.receive();
    CHECK(told.attr("type") == "unavailable");
    CHECK(codes_of(told) == "333");
}
