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
