// SPDX-License-Identifier: MIT
// XEP-0452: members who are not in the room get the messages that name them.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/muc_kit.hpp"

using namespace epode::test;
using namespace epode::test::muc;

namespace {

std::string naming(std::string_view uri) {
    return "<message type='groupchat' to='coven@conference.example.org' id='m'>"
           "<body>thirdwitch: Thrice the brinded cat hath mew'd.</body>"
           "<reference xmlns='urn:xmpp:reference:0' type='mention' begin='0' end='10' uri='" +
           std::string(uri) + "'/></message>";
}

struct Coven {
    TestServer server{"muc", "offline"};
    Client& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    Client& hag = server.login("hag66@example.org/pda");

    Coven() {
        hag.available();
        crone.send(admin("set", "<item affiliation='member' jid='hag66@example.org' nick='thirdwitch'/>"));
        configure(crone, field("roomconfig_forwardmentions", "true"));
        crone.drain();
        hag.drain();
    }
    bool forwarded(std::string_view uri) {
        crone.send(naming(uri));
        crone.drain();
        const auto received = hag.receive();
        CHECK(hag.silent());
        return received.xml().contains("<mentions xmlns='urn:xmpp:mmn:0'>");
    }
};

} // namespace

TEST_CASE("who is named and not in the room gets the message inside another one, where the owner wants that") {
    Coven coven;
    coven.crone.send(naming("xmpp:hag66@example.org"));
    CHECK(coven.hag.receive() ==
          "<message from='coven@conference.example.org' to='hag66@example.org'><mentions xmlns='urn:xmpp:mmn:0'>"
          "<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='*'/>"
          "<message xmlns='jabber:client' type='groupchat' id='m' from='coven@conference.example.org/firstwitch' "
          "to='coven@conference.example.org'><body>thirdwitch: Thrice the brinded cat hath mew&apos;d.</body>"
          "<reference xmlns='urn:xmpp:reference:0' type='mention' begin='0' end='10' uri='xmpp:hag66@example.org'/>"
          "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='*'/>"
          "<stanza-id xmlns='urn:xmpp:sid:0' id='*' by='coven@conference.example.org'/></message></forwarded>"
          "</mentions></message>");
    configure(coven.crone, field("roomconfig_forwardmentions", "false"));
    coven.crone.drain();
    CHECK_FALSE(coven.forwarded("xmpp:hag66@example.org"));
}

TEST_CASE("by the registered nick, too; escaped or not; nobody else, and not who is in the room") {
    Coven coven;
    CHECK(coven.forwarded("xmpp:coven@conference.example.org/thirdwitch"));
    CHECK(coven.forwarded("xmpp:coven@conference.example.org/third%77itch?message"));
    CHECK_FALSE(coven.forwarded("xmpp:coven@conference.example.org/nobody"));
    CHECK_FALSE(coven.forwarded("xmpp:wiccarocks@example.org"));
    CHECK_FALSE(coven.forwarded("mailto:hag66@example.org"));
    CHECK_FALSE(coven.forwarded("xmpp:hag66%"));
    auto& phone = come(coven.server, "hag66@example.org/phone", "thirdwitch", {&coven.crone});
    CHECK_FALSE(coven.forwarded("xmpp:hag66@example.org"));
    phone.cut();
    coven.server.settle();
    coven.crone.send(admin("set", "<item affiliation='none' jid='hag66@example.org'/>"));
    coven.hag.drain();
    CHECK_FALSE(coven.forwarded("xmpp:hag66@example.org")); // no member any more
}

TEST_CASE("a mention waits for who is not there") {
    Coven coven;
    coven.hag.close();
    coven.server.settle();
    coven.crone.send(naming("xmpp:hag66@example.org"));
    auto& again = coven.server.login("hag66@example.org/pda");
    again.send("<presence/>");
    bool came = false;
    for (const auto& received : again.receive_all()) came = came || received.xml().contains("urn:xmpp:mmn:0");
    CHECK(came);
}
