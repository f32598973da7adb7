// SPDX-License-Identifier: MIT
// What an inactive client gets at once, what waits, and when that comes. The saving: csi_day_test.cpp.
#include "tests/catch.hpp"
#include "tests/core/sasl2_kit.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/muc_kit.hpp"

#include <string>
#include <vector>

using namespace epode;
using namespace epode::test;

namespace {

constexpr std::string_view inactive = "<inactive xmlns='urn:xmpp:csi:0'/>";
constexpr std::string_view active = "<active xmlns='urn:xmpp:csi:0'/>";
constexpr std::string_view composing = "<composing xmlns='http://jabber.org/protocol/chatstates'/>";
constexpr std::string_view paused = "<paused xmlns='http://jabber.org/protocol/chatstates'/>";

struct Capulets {
    explicit Capulets(std::string_view options = "") : server({"csi", "carbons", "presence", "ping"}, options) {
        server.befriend("juliet@example.org", "romeo@example.org");
        server.befriend("juliet@example.org", "nurse@example.org");
        juliet = &server.login("juliet@example.org/balcony");
        juliet->available();
        romeo = &server.login("romeo@example.org/orchard");
        romeo->available();
        nurse = &server.login("nurse@example.org/chamber");
        nurse->available();
        juliet->drain();
    }
    void says(Client& who, std::string_view inner, std::string_view type = "chat") {
        who.send("<message to='juliet@example.org/balcony' type='" + std::string(type) + "'>" + std::string(inner) +
                 "</message>");
    }
    /// What she has got: a message's or presence's first child and text, between commas.
    std::string got() {
        std::string all;
        for (const auto& received : juliet->receive_all()) {
            const auto fragment = received.fragment();
            const auto root = fragment.element();
            if (!all.empty()) all += ", ";
            all += root.name() == "message" ? std::string() : std::string(root.name()) + ":";
            if (const auto type = root.attr("type"); root.name() != "message" && !type.empty()) all += type.str() + ":";
            all += root.first() ? std::string(root.first().name()) : "";
            if (const auto text = root.first().text(); !text.empty()) all += "=" + text.str();
        }
        return all;
    }

    TestServer server;
    Client* juliet;
    Client* romeo;
    Client* nurse;
};

} // namespace

TEST_CASE("csi is offered after login, once") {
    TestServer server{"csi"};
    auto& juliet = server.login("juliet@example.org/balcony");
    const auto features = juliet.raw();
    const auto at = features.find("<csi xmlns='urn:xmpp:csi:0'/>");
    REQUIRE(at != std::string::npos);
    CHECK(features.find("<csi", at + 1) == std::string::npos);
    CHECK(features.rfind("<bind ", at) != std::string::npos);
}

TEST_CASE("csi: presence waits until the client is active, the last of each sender, before the pong") {
    Capulets verona;
    verona.juliet->send(inactive);
    CHECK(verona.juliet->silent()); // there is no reply
    verona.romeo->send("<presence><show>away</show></presence>");
    verona.nurse->send("<presence><show>dnd</show></presence>");
    verona.romeo->send("<presence><show>xa</show></presence>");
    CHECK(verona.juliet->silent());
    // XEP-0352 section 5.1: in one go.
    verona.juliet->send(std::string(active) +
                        "<iq to='example.org' id='ping1' type='get'><ping xmlns='urn:xmpp:ping'/></iq>");
    CHECK(verona.got() == "presence:show=dnd, presence:show=xa, iq:result:");
    verona.romeo->send("<presence><show>chat</show></presence>");
    CHECK(verona.got() == "presence:show=chat");
}

TEST_CASE("csi: a message with a body takes along what waits, in order") {
    Capulets verona;
    verona.juliet->send(inactive);
    verona.says(*verona.nurse, composing);
    verona.romeo->send("<presence><show>away</show></presence>");
    verona.says(*verona.nurse, paused);
    CHECK(verona.juliet->silent());
    verona.says(*verona.romeo, "<body>hist</body>");
    CHECK(verona.got() == "presence:show=away, paused, body=hist");
    verona.romeo->send("<presence><show>xa</show></presence>"); // she still is
    CHECK(verona.juliet->silent());
}

TEST_CASE("csi: who has spoken is not composing any more") {
    Capulets verona;
    verona.juliet->send(inactive);
    verona.says(*verona.romeo, composing);
    verona.says(*verona.romeo, "<body>hist</body><active xmlns='http://jabber.org/protocol/chatstates'/>");
    CHECK(verona.got() == "body=hist");
}

TEST_CASE("csi: what goes at once") {
    Capulets verona;
    verona.juliet->send(inactive);
    for (const auto* inner :
         {"<body>hist</body>", "<subject>love</subject>",
          "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/></encrypted>",
          "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='crone@example.org'/></x>",
          "<x xmlns='jabber:x:conference' jid='darkcave@macbeth.shakespeare.lit'/>",
          "<propose xmlns='urn:xmpp:jingle-message:0' id='a'><description xmlns='urn:xmpp:jingle:apps:rtp:1' "
          "media='audio'/></propose>",
          "<something xmlns='nobody:knows'/>",
          "<retract xmlns='urn:xmpp:message-retract:1' id='1'/><store xmlns='urn:xmpp:hints'/>"}) {
        CAPTURE(inner);
        verona.says(*verona.romeo, inner);
        CHECK(verona.juliet->receive());
    }
    verona.romeo->send("<iq type='get' id='v' to='juliet@example.org/balcony'><query xmlns='jabber:iq:version'/></iq>");
    CHECK(verona.got() == "iq:get:query");
    verona.says(*verona.romeo, "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
                "error");
    CHECK(verona.got() == "error");
    auto& tybalt = verona.server.login("tybalt@example.org/street");
    tybalt.send("<presence to='juliet@example.org' type='subscribe'/>");
    CHECK(verona.got() == "presence:subscribe:");
}

TEST_CASE("csi: what waits") {
    Capulets verona;
    verona.juliet->send(inactive);
    for (const auto* inner :
         {"<composing xmlns='http://jabber.org/protocol/chatstates'/><no-store xmlns='urn:xmpp:hints'/>",
          "<received xmlns='urn:xmpp:receipts' id='1'/><store xmlns='urn:xmpp:hints'/>",
          "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>",
          "<active xmlns='http://jabber.org/protocol/chatstates'/><received xmlns='urn:xmpp:receipts' id='2'/>",
          "<reactions xmlns='urn:xmpp:reactions:0' id='1'><reaction>:)</reaction></reactions>"}) {
        CAPTURE(inner);
        verona.says(*verona.romeo, inner);
        CHECK(verona.juliet->silent());
    }
    verona.says(*verona.romeo,
                "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='n'><item id='current'/></items>"
                "</event>",
                "headline");
    CHECK(verona.juliet->silent());
    verona.juliet->send(active);
    CHECK(verona.got() == "composing, received, displayed, active, reactions, event");
}

TEST_CASE("csi: of an item and of what was read the last word is enough") {
    Capulets verona;
    const auto item = [&](const char* node, const char* inner) {
        verona.says(*verona.romeo,
                    "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='" + std::string(node) + "'>" +
                        inner + "</items></event>",
                    "headline");
    };
    verona.juliet->send(inactive);
    item("mood", "<item id='current'><happy xmlns='a:b'/></item>");
    item("tune", "<item id='current'><nightingale xmlns='a:b'/></item>");
    item("mood", "<item id='other'/>");
    item("mood", "<item id='a'/><item id='b'/>");
    item("mood", "<item id='current'><sad xmlns='a:b'/></item>");
    item("tune", "<retract id='current'/>");
    verona.says(*verona.romeo, "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>");
    verona.says(*verona.nurse, "<displayed xmlns='urn:xmpp:chat-markers:0' id='7'/>");
    verona.says(*verona.romeo, "<displayed xmlns='urn:xmpp:chat-markers:0' id='2'/>");
    verona.juliet->send(active);
    const auto all = verona.juliet->receive_all();
    REQUIRE(all.size() == 6);
    CHECK(all[0].xml().find("<item id='other'/>") != std::string::npos);
    CHECK(all[1].xml().find("<item id='b'/>") != std::string::npos);
    CHECK(all[2].xml().find("<sad") != std::string::npos);
    CHECK(all[3].xml().find("<retract id='current'/>") != std::string::npos);
    CHECK(all[4].xml().find("id='7'") != std::string::npos);
    CHECK(all[5].xml().find("id='2'") != std::string::npos);
}

TEST_CASE("csi: one's own other device may have read something, or said something") {
    Capulets verona;
    verona.juliet->send("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
    auto& tablet = verona.server.login("juliet@example.org/tablet");
    tablet.available();
    verona.juliet->drain();
    verona.juliet->send(inactive);
    tablet.send("<message to='romeo@example.org' type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>"
                "</message>");
    CHECK(verona.juliet->silent());
    tablet.send("<message to='romeo@example.org' type='chat'><body>ay me</body></message>");
    CHECK(verona.got() == "sent, sent");
}

TEST_CASE("csi: what the client sends opens the way, since its radio is on") {
    Capulets verona;
    verona.juliet->send(inactive);
    verona.romeo->send("<presence><show>away</show></presence>");
    verona.juliet->send("<message to='romeo@example.org' type='chat'><body>hark</body></message>");
    CHECK(verona.got() == "presence:show=away");
    verona.romeo->send("<presence><show>xa</show></presence>");
    CHECK(verona.juliet->silent());
}

TEST_CASE("csi: neither an acknowledgement opens the way, nor is counted what was not sent") {
    Capulets verona;
    verona.juliet->send("<enable xmlns='urn:xmpp:sm:3'/>");
    verona.juliet->drain();
    verona.juliet->send(inactive);
    verona.says(*verona.romeo, "<body>hist</body>");
    CHECK(verona.juliet->receive() == "<message type='chat'><body>hist</body></message>");
    CHECK(verona.juliet->receive() == "<r xmlns='urn:xmpp:sm:3'/>");
    verona.romeo->send("<presence><show>away</show></presence>");
    verona.juliet->send("<a xmlns='urn:xmpp:sm:3' h='1'/>");
    verona.juliet->send("<r xmlns='urn:xmpp:sm:3'/>");
    CHECK(verona.juliet->receive() == "<a xmlns='urn:xmpp:sm:3' h='0'/>");
    CHECK(verona.juliet->silent());
    verona.juliet->send("<a xmlns='urn:xmpp:sm:3' h='2'/>"); // it was not sent a second one
    CHECK(verona.juliet->closed());
}

TEST_CASE("csi: the sender of what waits is told that it is handled") {
    Capulets verona;
    verona.juliet->send(inactive);
    verona.romeo->send("<enable xmlns='urn:xmpp:sm:3'/>");
    verona.romeo->drain();
    verona.says(*verona.romeo, composing);
    verona.romeo->send("<r xmlns='urn:xmpp:sm:3'/>");
    CHECK(verona.romeo->receive() == "<a xmlns='urn:xmpp:sm:3' h='1'/>");
}

TEST_CASE("csi: so many stanzas, or so much, are enough") {
    {
        Capulets verona("<csi stanzas='3'/>");
        verona.juliet->send(inactive);
        for (const auto* id : {"1", "2"})
            verona.says(*verona.romeo, "<received xmlns='urn:xmpp:receipts' id='" + std::string(id) + "'/>");
        verona.says(*verona.romeo, composing);
        CHECK(verona.got() == "received, received, composing");
        verona.says(*verona.romeo, composing);
        CHECK(verona.juliet->silent());
    }
    Capulets verona("<csi size='1KiB'/>");
    verona.juliet->send(inactive);
    verona.romeo->send("<presence><status>" + std::string(700, 'x') + "</status></presence>");
    verona.romeo->send("<presence><status>" + std::string(700, 'y') + "</status></presence>"); // in its place
    CHECK(verona.juliet->silent());
    verona.nurse->send("<presence><status>" + std::string(700, 'z') + "</status></presence>");
    CHECK(verona.juliet->receive_all().size() == 2);
}

TEST_CASE("csi: what waits is for the administrator to say") {
    Capulets verona("<csi hold='presence'/>");
    verona.juliet->send(inactive);
    verona.romeo->send("<presence><show>away</show></presence>");
    CHECK(verona.juliet->silent());
    verona.says(*verona.romeo, composing);
    CHECK(verona.got() == "presence:show=away, composing");
    verona.server.configure("<csi hold='presense'/>");
    CHECK(verona.server.ctl({"config", "check"}).text.find("presence") != std::string::npos);
}

TEST_CASE("csi: what waits is not lost with the stream, and the next one begins active") {
    Capulets verona;
    verona.juliet->send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    const auto id = verona.juliet->receive().attr("id");
    verona.juliet->send(inactive);
    verona.romeo->send("<presence><show>away</show></presence>");
    verona.juliet->cut();
    verona.nurse->send("<presence><show>dnd</show></presence>");
    auto& again = verona.server.authenticate("juliet@example.org");
    again.send("<resume xmlns='urn:xmpp:sm:3' h='0' previd='" + id + "'/>");
    verona.juliet = &again;
    CHECK(again.receive().xml().starts_with("<resumed"));
    CHECK(again.receive() == "<presence><show>away</show></presence>");
    CHECK(again.receive() == "<presence><show>dnd</show></presence>");
    again.drain();
    verona.romeo->send("<presence><show>xa</show></presence>");
    CHECK(verona.got() == "presence:show=xa");
}

TEST_CASE("csi: inactive from the start, with Bind 2") {
    TestServer server{"csi", "presence"};
    server.account("romeo@example.org");
    auto& phone = stranger(server);
    phone.send(authenticate("PLAIN", plain("romeo", "secret"), agent() + bind("<inactive xmlns='urn:xmpp:csi:0'/>")));
    const auto bound = phone.receive();
    REQUIRE(said(bound) == "success");
    phone.drain();
    auto& tablet = server.login("romeo@example.org/tablet");
    tablet.available();
    const auto at = identifier(bound);
    tablet.send("<presence to='" + at + "'><show>away</show></presence>");
    CHECK(phone.silent());
    tablet.send("<message to='" + at + "' type='chat'><body>hist</body></message>");
    CHECK(phone.receive() == "<presence><show>away</show></presence>");
    CHECK(phone.receive());
    auto& other = stranger(server);
    other.send(authenticate("PLAIN", plain("romeo", "secret"), agent(laptop) + bind()));
    const auto active_one = identifier(other.receive());
    other.drain();
    tablet.send("<presence to='" + active_one + "'><show>dnd</show></presence>");
    CHECK(other.receive() == "<presence><show>dnd</show></presence>");
}

TEST_CASE("csi: each session for itself, and every one begins active") {
    Capulets verona;
    auto& tablet = verona.server.login("juliet@example.org/tablet");
    tablet.available();
    verona.juliet->drain();
    verona.juliet->send(inactive);
    verona.romeo->send("<presence><show>away</show></presence>");
    CHECK(tablet.receive());
    CHECK(verona.juliet->silent());
    verona.juliet->close();
    auto& again = verona.server.login("juliet@example.org/balcony");
    again.available();
    verona.romeo->send("<presence><show>xa</show></presence>");
    CHECK(again.receive());
}

TEST_CASE("csi: a client that leaves politely is sent what waits; the message that came with it is not lost") {
    Capulets verona;
    verona.juliet->send(inactive);
    verona.romeo->send("<presence><show>away</show></presence>");
    verona.juliet->close();
    CHECK(verona.got().find("presence:show=away") == 0);
}

TEST_CASE("csi: a room's occupants wait, one's own place does not") {
    TestServer server{"csi", "muc", "presence"};
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& romeo = server.login("romeo@example.org/orchard");
    muc::join(romeo, "montague");
    muc::accept(romeo);
    juliet.send(inactive);
    muc::join(juliet, "capulet");
    const auto joined = juliet.receive_all();
    REQUIRE_FALSE(joined.empty());
    bool own = false;
    for (const auto& each : joined) own = own || each.xml().find("<status code='110'/>") != std::string::npos;
    CHECK(own);
    juliet.drain();
    auto& tybalt = server.login("tybalt@example.org/street");
    muc::join(tybalt, "cat");
    CHECK(juliet.silent());
    romeo.send("<message to='coven@conference.example.org' type='groupchat'><body>draw</body></message>");
    const auto got = juliet.receive_all();
    REQUIRE(got.size() == 2);
    CHECK(got[0].attr("from") == "coven@conference.example.org/cat");
    CHECK(got[1].attr("from") == "coven@conference.example.org/montague");
}

TEST_CASE("csi: the module comes and goes under an inactive client") {
    Capulets verona;
    verona.juliet->send(inactive);
    verona.romeo->send("<presence><show>away</show></presence>");
    CHECK(verona.server.reload("csi").empty());
    CHECK(verona.juliet->silent());
    verona.nurse->send("<presence><show>away</show></presence>");
    CHECK(verona.juliet->silent());
    CHECK(verona.server.unload("csi").empty());
    CHECK(verona.got() == "presence:show=away, presence:show=away");
    verona.romeo->send("<presence><show>xa</show></presence>");
    CHECK(verona.got() == "presence:show=xa");
}
