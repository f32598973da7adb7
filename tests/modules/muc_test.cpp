// SPDX-License-Identifier: MIT
// XEP-0045 chapters 6 and 7: what a room is to those who come, speak and go.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/muc_kit.hpp"

#include <algorithm>

using namespace epode::test;
using namespace epode::test::muc;

namespace {

constexpr const char* hidden = "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='*'/>";

std::string user(std::string_view inside) {
    return std::string(hidden) + "<x xmlns='http://jabber.org/protocol/muc#user'>" + std::string(inside) + "</x>";
}

} // namespace

TEST_CASE("the first one makes the room and owns it; others wait until it is accepted") {
    TestServer server{"muc"};
    auto& crone = server.login("crone1@example.org/desktop");
    auto& hag = server.login("hag66@example.org/pda");
    join(crone, "firstwitch");
    CHECK(crone.receive() == "<presence from='coven@conference.example.org/firstwitch'>" +
                                 user("<mav xmlns='urn:xmpp:muc:affiliations:1' until='*'/>"
                                      "<item affiliation='owner' jid='crone1@example.org/desktop' role='moderator'/>"
                                      "<status code='110'/><status code='201'/>") +
                                 "</presence>");
    CHECK(crone.receive() == "<message type='groupchat' from='coven@conference.example.org'><subject/></message>");
    CHECK(crone.silent());
    join(hag, "thirdwitch");
    const auto refused = hag.receive();
    CHECK(refused.attr("type") == "error");
    CHECK(refused.xml().contains("item-not-found"));
    accept(crone);
    join(hag, "thirdwitch");
    CHECK(hag.receive().attr("from") == "coven@conference.example.org/firstwitch");
    CHECK(hag.receive() == "<presence from='coven@conference.example.org/thirdwitch'>" +
                               user("<item affiliation='none' jid='hag66@example.org/pda' role='participant'/>"
                                    "<status code='110'/>") +
                               "</presence>");
}

TEST_CASE("only moderators of a semi-anonymous room see addresses") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& wise = server.login("wiccarocks@example.org/laptop");
    join(wise, "secondwitch");
    wise.drain();
    crone.drain();
    auto& hag = server.login("hag66@example.org/pda");
    join(hag, "thirdwitch");
    CHECK(wise.receive() == "<presence>" + user("<item affiliation='none' role='participant'/>") + "</presence>");
    CHECK(crone.receive() == "<presence>" +
                                 user("<item affiliation='none' jid='hag66@example.org/pda' role='participant'/>") +
                                 "</presence>");
}

TEST_CASE("a message goes to everybody, with its id, an id of the room and nothing forged") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    join(hag, "thirdwitch");
    hag.drain();
    crone.drain();
    hag.send("<message type='groupchat' to='coven@conference.example.org' id='hysf1v37'><body>Harpier cries</body>"
             "<stanza-id xmlns='urn:xmpp:sid:0' id='false' by='coven@conference.example.org'/>"
             "<x xmlns='http://jabber.org/protocol/muc#user'><status code='307'/></x></message>");
    for (auto* client : {&crone, &hag})
        CHECK(client->receive() ==
              "<message type='groupchat' from='coven@conference.example.org/thirdwitch' id='hysf1v37'>"
              "<body>Harpier cries</body><occupant-id xmlns='urn:xmpp:occupant-id:0' id='*'/>"
              "<stanza-id xmlns='urn:xmpp:sid:0' id='*' by='coven@conference.example.org'/></message>");
    CHECK(crone.silent());
}

TEST_CASE("who is not in the room may not speak, and learns that he is out") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    hag.send(says("hark"));
    CHECK(hag.receive().xml().contains("not-acceptable"));
    hag.send("<presence to='coven@conference.example.org/thirdwitch'/>");
    const auto told = hag.receive();
    CHECK(told.attr("type") == "unavailable");
    for (const char* code : {"'110'", "'307'", "'333'"}) CHECK(told.xml().contains(code));
    hag.send("<iq type='get' id='p' to='coven@conference.example.org/firstwitch'><ping xmlns='urn:xmpp:ping'/></iq>");
    CHECK(hag.receive().xml().contains("not-acceptable"));
    CHECK(crone.silent());
}

TEST_CASE("a nick belongs to one account; its other clients share it") {
    TestServer server{"muc"};
    auto& desktop = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    join(hag, "firstwitch");
    CHECK(hag.receive().xml().contains("conflict"));
    auto& phone = server.login("crone1@example.org/phone");
    join(phone, "firstwitch");
    CHECK(phone.receive().xml().contains("'110'"));
    phone.drain();
    desktop.drain();
    phone.send(says("hark"));
    CHECK(desktop.receive().attr("from") == "coven@conference.example.org/firstwitch");
    phone.drain();
    desktop.send("<presence type='unavailable' to='coven@conference.example.org/firstwitch'/>");
    CHECK(desktop.receive().attr("type") == "unavailable");
    phone.drain();
    phone.send(says("still here"));
    CHECK(phone.receive().xml().contains("still here"));
}

TEST_CASE("another nick: 303 under the old one, then presence under the new one") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    join(hag, "thirdwitch");
    hag.drain();
    crone.drain();
    hag.send("<presence to='coven@conference.example.org/oldhag'/>");
    CHECK(hag.receive() == "<presence type='unavailable' from='coven@conference.example.org/thirdwitch'>" +
                               user("<item affiliation='none' jid='hag66@example.org/pda' nick='oldhag' "
                                    "role='participant'/><status code='110'/><status code='303'/>") +
                               "</presence>");
    CHECK(hag.receive().attr("from") == "coven@conference.example.org/oldhag");
    CHECK(crone.receive().attr("type") == "unavailable");
    CHECK(crone.receive().attr("from") == "coven@conference.example.org/oldhag");
    hag.send("<presence to='coven@conference.example.org/firstwitch'/>");
    CHECK(hag.receive().xml().contains("conflict"));
}

TEST_CASE("private messages are marked, and for occupants only") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    join(hag, "thirdwitch");
    hag.drain();
    crone.drain();
    hag.send("<message type='chat' to='coven@conference.example.org/firstwitch'><body>psst</body></message>");
    CHECK(crone.receive() == "<message type='chat' from='coven@conference.example.org/thirdwitch'><body>psst</body>"
                             "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='*'/><x "
                             "xmlns='http://jabber.org/protocol/muc#user'/></message>");
    hag.send("<message type='chat' to='coven@conference.example.org/nobody'><body>psst</body></message>");
    CHECK(hag.receive().xml().contains("item-not-found"));
}

TEST_CASE("history: as much as is asked for, with the time it was said at") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    for (const char* text : {"one", "two", "three"}) crone.send(says(text));
    const auto bodies = [&](Client& client) {
        std::string all;
        for (const auto& stanza : client.receive_all())
            if (const auto kept = stanza.fragment();
                kept.element().name() == "message" && kept.element().child("body")) {
                CHECK(kept.element().child("delay", "urn:xmpp:delay").attr("from") == "coven@conference.example.org");
                all += kept.element().child_text("body").str() + ' ';
            }
        return all;
    };
    auto& hag = server.login("hag66@example.org/pda");
    join(hag, "thirdwitch");
    CHECK(bodies(hag) == "one two three ");
    join(hag, "thirdwitch", "<history maxstanzas='2'/>");
    CHECK(bodies(hag) == "two three ");
    join(hag, "thirdwitch", "<history maxchars='0'/>");
    CHECK(bodies(hag).empty());
    join(hag, "thirdwitch", "<history since='1970-01-01T00:00:00Z' maxstanzas='1'/>");
    CHECK(bodies(hag) == "three ");
    server.advance(std::chrono::seconds(100));
    join(hag, "thirdwitch", "<history seconds='50'/>");
    CHECK(bodies(hag).empty());
}

TEST_CASE("a session that ends leaves the room, and the last one ends it") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    join(hag, "thirdwitch");
    crone.drain();
    hag.cut();
    CHECK(crone.receive().attr("type") == "unavailable");
    crone.send("<presence type='unavailable' to='coven@conference.example.org/firstwitch'/>");
    crone.drain();
    crone.send("<iq type='get' id='1' to='coven@conference.example.org'>"
               "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    CHECK(crone.receive().xml().contains("item-not-found"));
}

TEST_CASE("the subject is for moderators, and told to who enters") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    join(hag, "thirdwitch");
    hag.drain();
    const std::string subject =
        "<message type='groupchat' to='coven@conference.example.org'><subject>Fire Burn</subject></message>";
    hag.send(subject);
    CHECK(hag.receive().xml().contains("forbidden"));
    crone.send(subject);
    CHECK(hag.receive().xml().contains("<subject>Fire Burn</subject>"));
    auto& wise = server.login("wiccarocks@example.org/laptop");
    join(wise, "secondwitch");
    CHECK(wise.receive_all().back().xml().contains("<subject>Fire Burn</subject>"));
}

TEST_CASE("a ping to oneself is answered by the room, one to another by that one") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    join(hag, "thirdwitch");
    hag.drain();
    crone.drain();
    hag.send("<iq type='get' id='1' to='coven@conference.example.org/thirdwitch'><ping xmlns='urn:xmpp:ping'/></iq>");
    CHECK(hag.receive() == "<iq type='result' id='1' from='coven@conference.example.org/thirdwitch'/>");
    hag.send("<iq type='get' id='2' to='coven@conference.example.org/firstwitch'><ping xmlns='urn:xmpp:ping'/></iq>");
    const auto asked = crone.receive();
    CHECK(asked == "<iq type='get' from='coven@conference.example.org/thirdwitch'><ping xmlns='urn:xmpp:ping'/></iq>");
    crone.send("<iq type='result' id='" + asked.attr("id") + "' to='coven@conference.example.org/thirdwitch'/>");
    CHECK(hag.receive() == "<iq type='result' id='2' from='coven@conference.example.org/firstwitch'/>");
}

TEST_CASE("the service lists rooms, and a room says what it is") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    crone.send("<iq type='get' id='1' to='conference.example.org'>"
               "<query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
    CHECK(crone.receive() == "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items'>"
                             "<item jid='coven@conference.example.org' name='coven'/></query></iq>");
    crone.send("<iq type='get' id='2' to='coven@conference.example.org'>"
               "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    const auto info = crone.receive().xml();
    for (const char* feature : {"muc_open", "muc_public", "muc_semianonymous", "muc_unmoderated", "muc_unsecured",
                                "muc_temporary", "muc#roominfo_occupants"})
        CHECK(info.contains(feature));
}

TEST_CASE("a room outlives a reload of the module") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    CHECK(server.reload("muc") == "");
    crone.send(says("hark"));
    CHECK(crone.receive().xml().contains("hark"));
}
