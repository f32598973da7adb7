// SPDX-License-Identifier: MIT
// XEP-0045 chapters 8 to 10: what moderators, admins and owners do.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/muc_kit.hpp"

using namespace epode::test;
using namespace epode::test::muc;

namespace {

struct Coven {
    TestServer server{"muc"};
    Client& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    Client& hag = server.login("hag66@example.org/pda");

    Coven() {
        join(hag, "thirdwitch");
        hag.drain();
        crone.drain();
    }
};

} // namespace

TEST_CASE("a kick: 307 to everybody, with who and why; others may not") {
    Coven coven;
    coven.hag.send(admin("set", "<item nick='firstwitch' role='none'/>"));
    CHECK(coven.hag.receive().xml().contains("forbidden"));
    coven.crone.send(admin("set", "<item nick='thirdwitch' role='none'><reason>Avaunt!</reason></item>"));
    const auto told = coven.hag.receive();
    CHECK(told.attr("type") == "unavailable");
    for (const char* part : {"'307'", "'110'", "Avaunt!", "<actor nick='firstwitch'/>", "role='none'"})
        CHECK(told.xml().contains(part));
    coven.hag.send("<message type='groupchat' to='coven@conference.example.org'><body>no</body></message>");
    CHECK(coven.hag.receive().xml().contains("not-acceptable"));
}

TEST_CASE("who is banned goes with 301 and does not come back; a whole domain, too") {
    Coven coven;
    coven.crone.send(admin("set", "<item affiliation='outcast' jid='hag66@example.org'/>"));
    CHECK(coven.hag.receive().xml().contains("'301'"));
    join(coven.hag, "thirdwitch");
    CHECK(coven.hag.receive().xml().contains("forbidden"));
    coven.crone.drain();
    coven.crone.send(admin("get", "<item affiliation='outcast'/>"));
    CHECK(coven.crone.receive() == "<iq type='result'><query xmlns='http://jabber.org/protocol/muc#admin'>"
                                   "<item affiliation='outcast' jid='hag66@example.org'/></query></iq>");
    coven.crone.send(admin("set", "<item affiliation='outcast' jid='example.net'/>"));
    coven.crone.drain();
    auto& stranger = coven.server.login("stranger@example.net/home");
    join(stranger, "stranger");
    CHECK(stranger.receive().xml().contains("forbidden"));
}

TEST_CASE("nobody bans himself, and a room keeps an owner") {
    Coven coven;
    coven.crone.send(admin("set", "<item affiliation='outcast' jid='crone1@example.org'/>"));
    CHECK(coven.crone.receive().xml().contains("conflict"));
    coven.crone.send(admin("set", "<item affiliation='member' jid='crone1@example.org'/>"));
    CHECK(coven.crone.receive().xml().contains("conflict"));
}

TEST_CASE("a moderated room: visitors are silent, ask for voice, and get it") {
    Coven coven;
    configure(coven.crone, "<field var='muc#roomconfig_moderatedroom'><value>1</value></field>");
    CHECK(coven.hag.receive().xml().contains("'104'"));
    coven.crone.drain();
    auto& wise = coven.server.login("wiccarocks@example.org/laptop");
    join(wise, "secondwitch");
    wise.drain();
    coven.crone.drain();
    wise.send("<message type='groupchat' to='coven@conference.example.org'><body>hark</body></message>");
    CHECK(wise.receive().xml().contains("forbidden"));
    wise.send(
        "<message to='coven@conference.example.org'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>"
        "<value>http://jabber.org/protocol/muc#request</value></field><field var='muc#role'>"
        "<value>participant</value></field></x></message>");
    CHECK(coven.crone.receive().xml().contains("wiccarocks@example.org/laptop"));
    coven.crone.send(
        "<message to='coven@conference.example.org'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>"
        "<value>http://jabber.org/protocol/muc#request</value></field><field var='muc#roomnick'>"
        "<value>secondwitch</value></field><field var='muc#request_allow'><value>true</value></field></x></message>");
    CHECK(wise.receive().xml().contains("role='participant'"));
}

TEST_CASE("members only: others go with 322, a member who is one no more with 321, an invitation lets in") {
    Coven coven;
    configure(coven.crone, "<field var='muc#roomconfig_membersonly'><value>1</value></field>");
    CHECK(coven.hag.receive().xml().contains("'322'"));
    join(coven.hag, "thirdwitch");
    CHECK(coven.hag.receive().xml().contains("registration-required"));
    coven.hag.available();
    coven.crone.send("<message to='coven@conference.example.org'><x xmlns='http://jabber.org/protocol/muc#user'>"
                     "<invite to='hag66@example.org'><reason>Come</reason></invite></x></message>");
    CHECK(coven.hag.receive() ==
          "<message from='coven@conference.example.org'><x xmlns='http://jabber.org/protocol/muc#user'>"
          "<invite from='coven@conference.example.org/firstwitch'><reason>Come</reason></invite></x></message>");
    join(coven.hag, "thirdwitch");
    CHECK(coven.hag.receive_all().size() == 3);
    coven.crone.send(admin("set", "<item affiliation='none' jid='hag66@example.org'/>"));
    CHECK(coven.hag.receive().xml().contains("'321'"));
}

TEST_CASE("a password is asked for, and one is needed to ask for it") {
    Coven coven;
    const std::string wanted = "<field var='muc#roomconfig_passwordprotectedroom'><value>1</value></field>";
    configure(coven.crone, wanted);
    CHECK(coven.crone.receive().xml().contains("not-acceptable"));
    configure(coven.crone, wanted + "<field var='muc#roomconfig_roomsecret'><value>cauldronburn</value></field>");
    coven.crone.drain();
    auto& wise = coven.server.login("wiccarocks@example.org/laptop");
    join(wise, "secondwitch");
    CHECK(wise.receive().xml().contains("not-authorized"));
    join(wise, "secondwitch", "<password>cauldronburn</password>");
    CHECK(wise.receive().attr("type").empty());
}

TEST_CASE("changes of anonymity are told with their codes") {
    Coven coven;
    configure(coven.crone, "<field var='muc#roomconfig_whois'><value>anyone</value></field>");
    CHECK(coven.hag.receive() == "<message type='groupchat' from='coven@conference.example.org'>"
                                 "<x xmlns='http://jabber.org/protocol/muc#user'><status code='172'/></x></message>");
    configure(coven.crone, "<field var='muc#roomconfig_whois'><value>moderators</value></field>");
    CHECK(coven.hag.receive().xml().contains("'173'"));
}

TEST_CASE("only owners configure; the form shows what is") {
    Coven coven;
    const std::string asked = "<iq type='get' id='f' to='coven@conference.example.org'>"
                              "<query xmlns='http://jabber.org/protocol/muc#owner'/></iq>";
    coven.hag.send(asked);
    CHECK(coven.hag.receive().xml().contains("forbidden"));
    coven.crone.send(asked);
    const auto form = coven.crone.receive().xml();
    for (const char* field : {"roomname", "membersonly", "moderatedroom", "whois", "roomsecret", "presencebroadcast"})
        CHECK(form.contains("muc#roomconfig_" + std::string(field)));
}

TEST_CASE("destroyed: everybody hears it once, and where to go") {
    Coven coven;
    coven.crone.send("<iq type='set' id='d' to='coven@conference.example.org'>"
                     "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy jid='coven2@conference.example.org'>"
                     "<reason>Macbeth comes</reason></destroy></query></iq>");
    const auto told = coven.hag.receive().xml();
    CHECK(told.contains("<destroy jid='coven2@conference.example.org'><reason>Macbeth comes</reason></destroy>"));
    CHECK(coven.hag.silent());
    join(coven.hag, "thirdwitch");
    CHECK(coven.hag.receive().xml().contains("'201'"));
}

TEST_CASE("an admin is a moderator and sees addresses at once") {
    Coven coven;
    auto& wise = coven.server.login("wiccarocks@example.org/laptop");
    join(wise, "secondwitch");
    wise.drain();
    coven.hag.drain();
    coven.crone.send(admin("set", "<item affiliation='admin' jid='hag66@example.org'/>"));
    CHECK(coven.hag.receive().xml().contains("affiliation='admin'"));
    std::string seen;
    for (const auto& stanza : coven.hag.receive_all()) seen += stanza.xml();
    CHECK(seen.contains("wiccarocks@example.org/laptop"));
    coven.hag.send(admin("set", "<item affiliation='owner' jid='hag66@example.org'/>"));
    CHECK(coven.hag.receive().xml().contains("forbidden"));
}

namespace {

struct Court { // an owner, an admin, a member who moderates, and somebody
    TestServer server{"muc"};
    Client& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    Client& wise = come(server, "wiccarocks@example.org/laptop", "secondwitch");
    Client& hag = come(server, "hag66@example.org/pda", "thirdwitch");
    Client& bard = come(server, "bard@example.org/globe", "bard");

    Court() {
        crone.send(admin("set", "<item affiliation='admin' jid='wiccarocks@example.org'/>"
                                "<item affiliation='member' jid='hag66@example.org'/>"));
        crone.send(admin("set", "<item nick='thirdwitch' role='moderator'/>"));
        drain();
    }
    void drain() {
        for (auto* client : {&crone, &wise, &hag, &bard}) client->drain();
    }
    std::string tries(Client& client, std::string_view item) {
        client.drain();
        client.send(admin("set", item));
        const auto answer = client.receive();
        drain();
        return error_of(answer);
    }
};

} // namespace

TEST_CASE("whoever asked has the answer before he hears what everybody hears; who is kicked hears it first") {
    Court court;
    court.hag.send(admin("set", "<item nick='bard' role='visitor'><reason>Not so worthy</reason></item>"));
    CHECK(court.hag.receive() == "<iq type='result' id='a'/>");
    const auto told = court.hag.receive();
    CHECK(item_of(told, "role") == "visitor");
    CHECK(told.xml().contains("<reason>Not so worthy</reason>"));
    court.drain();
    court.hag.send(admin("set", "<item nick='bard' role='none'><reason>Avaunt, you cullion!</reason></item>"));
    CHECK(codes_of(court.bard.receive()) == "110 307");
    CHECK(court.bard.silent());
    CHECK(court.hag.receive().attr("type") == "result");
    const auto gone = court.hag.receive();
    CHECK(gone.attr("type") == "unavailable");
    CHECK(codes_of(gone) == "307");
    CHECK(item_of(gone, "role") == "none");
    CHECK(court.crone.receive().xml().contains("<actor nick='thirdwitch'/><reason>Avaunt, you cullion!</reason>"));
    court.drain();
    court.crone.send(
        admin("set", "<item affiliation='outcast' jid='hag66@example.org'><reason>Treason</reason></item>"));
    CHECK(court.crone.receive().attr("type") == "result");
    const auto banned = court.crone.receive();
    CHECK(codes_of(banned) == "301");
    CHECK(item_of(banned, "affiliation") == "outcast");
    court.crone.send(admin("get", "<item affiliation='outcast'/>"));
    CHECK(court.crone.receive() == "<iq type='result'><query xmlns='http://jabber.org/protocol/muc#admin'>"
                                   "<item affiliation='outcast' jid='hag66@example.org'><reason>Treason</reason></item>"
                                   "</query></iq>");
}

TEST_CASE("roles that may not be changed, and why") {
    Court court;
    auto& [server, crone, wise, hag, bard] = court;
    CHECK(court.tries(bard, "<item nick='thirdwitch' role='none'/>") == "auth forbidden");
    CHECK(court.tries(bard, "<item nick='nobody' role='none'/>") == "auth forbidden");
    CHECK(court.tries(hag, "<item nick='nobody' role='none'/>") == "cancel item-not-found");
    CHECK(court.tries(hag, "<item nick='bard' role='moderator'/>") == "auth forbidden");
    CHECK(court.tries(hag, "<item nick='secondwitch' role='none'/>") == "cancel not-allowed");
    CHECK(court.tries(hag, "<item nick='secondwitch' role='visitor'/>") == "cancel not-allowed");
    CHECK(court.tries(wise, "<item nick='firstwitch' role='none'/>") == "cancel not-allowed");
    CHECK(court.tries(crone, "<item nick='secondwitch' role='participant'/>") == "cancel not-allowed");
    CHECK(court.tries(crone, "<item nick='bard' role='visitor' affiliation='member'/>") == "modify bad-request");
    CHECK(court.tries(crone, "<item nick='bard'/>") == "modify bad-request");
    CHECK(court.tries(crone, "<item role='visitor'/>") == "modify bad-request");
    CHECK(court.tries(crone, "<item nick='bard' role='king'/>") == "modify bad-request");
    CHECK(court.tries(crone, "") == "modify bad-request");
    // One that is wrong spoils all.
    CHECK(court.tries(hag, "<item nick='bard' role='visitor'/><item nick='firstwitch' role='none'/>") ==
          "cancel not-allowed");
    CHECK(bard.silent());
    CHECK(court.tries(hag, "<item nick='bard' role='visitor'/>").empty());
    CHECK(court.tries(wise, "<item nick='thirdwitch' role='participant'/>").empty());
}

TEST_CASE("affiliations that may not be changed, and why") {
    Court court;
    auto& [server, crone, wise, hag, bard] = court;
    CHECK(court.tries(hag, "<item affiliation='member' jid='bard@example.org'/>") == "auth forbidden");
    CHECK(court.tries(wise, "<item affiliation='admin' jid='bard@example.org'/>") == "auth forbidden");
    CHECK(court.tries(wise, "<item affiliation='owner' jid='wiccarocks@example.org'/>") == "auth forbidden");
    CHECK(court.tries(wise, "<item affiliation='none' jid='crone1@example.org'/>") == "auth forbidden");
    CHECK(court.tries(wise, "<item affiliation='outcast' jid='crone1@example.org'/>") == "cancel not-allowed");
    CHECK(court.tries(wise, "<item affiliation='outcast' jid='wiccarocks@example.org'/>") == "cancel conflict");
    CHECK(court.tries(crone, "<item affiliation='admin' jid='crone1@example.org'/>") == "cancel conflict");
    CHECK(court.tries(crone, "<item affiliation='member' jid='example.net'/>") == "modify not-acceptable");
    CHECK(court.tries(crone, "<item affiliation='member' jid='@'/>") == "modify bad-request");
    // By a full JID, and one that is here by his nick.
    CHECK(court.tries(wise, "<item affiliation='member' jid='bard@example.org/globe'/>").empty());
    CHECK(court.tries(wise, "<item affiliation='none' nick='bard'/>").empty());
    // With another owner, one may go.
    CHECK(court.tries(crone, "<item affiliation='owner' jid='wiccarocks@example.org'/>").empty());
    CHECK(court.tries(crone, "<item affiliation='none' jid='crone1@example.org'/>").empty());
}

TEST_CASE("who may read which list") {
    Court court;
    const auto reads = [&](Client& client, std::string_view item) {
        client.drain();
        client.send(admin("get", item));
        const auto answer = client.receive();
        return answer.attr("type") == "result" ? std::string("yes") : error_of(answer);
    };
    for (const char* list : {"owner", "admin", "member", "outcast"}) {
        const std::string item = "<item affiliation='" + std::string(list) + "'/>";
        const bool high = item.contains("owner") || item.contains("admin");
        CHECK(reads(court.crone, item) == "yes");
        CHECK(reads(court.wise, item) == (high ? "auth forbidden" : "yes"));
        CHECK(reads(court.hag, item) == "auth forbidden");
        CHECK(reads(court.bard, item) == "auth forbidden");
    }
    CHECK(reads(court.hag, "<item role='participant'/>") == "yes");
    CHECK(reads(court.hag, "<item role='moderator'/>") == "auth forbidden");
    CHECK(reads(court.wise, "<item role='moderator'/>") == "yes");
    CHECK(reads(court.bard, "<item role='participant'/>") == "auth forbidden");
    CHECK(reads(court.crone, "<item/>") == "modify bad-request");
    configure(court.crone, field("roomconfig_whois", "anyone"));
    court.drain();
    for (const char* list : {"owner", "admin", "member"})
        CHECK(reads(court.bard, "<item affiliation='" + std::string(list) + "'/>") == "yes");
    court.bard.drain();
    court.hag.send(admin("get", "<item role='participant'/>"));
    CHECK(court.hag.receive() == "<iq type='result'><query xmlns='http://jabber.org/protocol/muc#admin'>"
                                 "<item affiliation='none' jid='bard@example.org/globe' nick='bard' "
                                 "role='participant'/></query></iq>");
}

TEST_CASE("an affiliation brings a role; who is named a member of a closed room is invited") {
    Court court;
    configure(court.crone, field("roomconfig_moderatedroom", "1"));
    auto& hecate = come(court.server, "hecate@example.org/broom", "hecate");
    court.drain();
    court.wise.send(admin("set", "<item affiliation='member' jid='hecate@example.org'/>"));
    const auto told = hecate.receive();
    CHECK(item_of(told, "affiliation") == "member");
    CHECK(item_of(told, "role") == "participant");
    configure(court.crone, field("roomconfig_membersonly", "1") + field("roomconfig_passwordprotectedroom", "1") +
                               field("roomconfig_roomsecret", "cauldronburn"));
    auto& duncan = court.server.login("duncan@example.org/inverness");
    duncan.available();
    court.wise.send(admin("set", "<item affiliation='member' jid='duncan@example.org'/>"));
    CHECK(duncan.receive() ==
          "<message from='coven@conference.example.org'><x xmlns='http://jabber.org/protocol/muc#user'>"
          "<invite from='coven@conference.example.org/secondwitch'/><password>cauldronburn</password></x></message>");
    hecate.drain();
    court.wise.send(admin("set", "<item affiliation='none' jid='hecate@example.org'/>"));
    const auto gone = hecate.receive();
    CHECK(gone.attr("type") == "unavailable");
    CHECK(codes_of(gone) == "110 321");
    CHECK(hecate.silent());
}

TEST_CASE("where addresses are no secret, everybody hears who has become what while he is not here") {
    Court court;
    configure(court.crone, field("roomconfig_whois", "anyone"));
    court.drain();
    court.crone.send(admin("set", "<item affiliation='admin' jid='hecate@example.org'/>"));
    CHECK(court.bard.receive() ==
          "<message from='coven@conference.example.org'><x xmlns='http://jabber.org/protocol/muc#user'>"
          "<mav xmlns='urn:xmpp:muc:affiliations:1' since='*' until='*'/>"
          "<item affiliation='admin' jid='hecate@example.org' role='none'/></x></message>");
}

TEST_CASE("a ban of a domain takes everybody of it, but not whom the room has named") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    crone.send(admin("set", "<item affiliation='member' jid='friend@example.net'/>"));
    auto& foe = come(server, "foe@example.net/x", "foe");
    auto& ally = come(server, "friend@example.net/x", "friend", {&crone, &foe});
    crone.send(admin("set", "<item affiliation='outcast' jid='example.net'/>"));
    CHECK(codes_of(foe.receive()) == "110 301");
    CHECK(ally.receive().attr("type") == "unavailable"); // of the foe
    join(foe, "foe");
    CHECK(error_of(foe.receive()) == "auth forbidden");
    crone.send(admin("set", "<item affiliation='none' jid='example.net'/>"));
    join(foe, "foe");
    CHECK(foe.receive().attr("type").empty());
}

TEST_CASE("voice that was given or taken in a moderated room is still so after another visit") {
    Coven coven;
    configure(coven.crone, field("roomconfig_moderatedroom", "1"));
    auto& wise = come(coven.server, "wiccarocks@example.org/laptop", "secondwitch", {&coven.crone, &coven.hag});
    coven.crone.send(
        admin("set", "<item nick='secondwitch' role='participant'/><item nick='thirdwitch' role='visitor'/>"));
    const auto role_after_another_visit = [](Client& client, std::string_view nick) {
        client.send("<presence type='unavailable' to='coven@conference.example.org/" + std::string(nick) + "'/>");
        client.drain();
        join(client, nick);
        std::string role;
        for (const auto& received : client.receive_all())
            if (codes_of(received) == "110") role = item_of(received, "role");
        return role;
    };
    CHECK(role_after_another_visit(wise, "secondwitch") == "participant");
    CHECK(role_after_another_visit(coven.hag, "thirdwitch") == "visitor");
    configure(coven.crone, field("roomconfig_moderatedroom", "0"));
    configure(coven.crone, field("roomconfig_moderatedroom", "1"));
    CHECK(role_after_another_visit(wise, "secondwitch") == "visitor");
}
