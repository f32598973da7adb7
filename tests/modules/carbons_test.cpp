// SPDX-License-Identifier: MIT
// XEP-0280, from its examples and rules. Priorities matter only for who gets the message itself.
#include "modules/carbons/recent.hpp"
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

using namespace epode;
using namespace epode::test;

namespace {

constexpr const char* enable = "<iq type='set' id='enable1'><enable xmlns='urn:xmpp:carbons:2'/></iq>";
constexpr const char* disable = "<iq type='set' id='disable1'><disable xmlns='urn:xmpp:carbons:2'/></iq>";

/// The message inside a copy, "" where it is none: "sent <body>" or "received <body>".
std::string copy_of(const Received& received) {
    const auto fragment = received.fragment();
    const auto wrapper = fragment.element().child_in("urn:xmpp:carbons:2");
    const auto inner = wrapper.child("forwarded", "urn:xmpp:forward:0").child("message", "jabber:client");
    return inner ? std::string(wrapper.name()) + " " + inner.child("body").text().str() : "";
}

/// Romeo has a garden (priority 5) and a home (priority 0); both want copies. Juliet stands on the balcony.
struct Verona {
    TestServer server{"carbons"};
    Client& garden = server.login("romeo@example.org/garden");
    Client& home = server.login("romeo@example.org/home");
    Client& juliet = server.login("juliet@example.net/balcony");

    Verona() {
        for (Client* device : {&garden, &home}) {
            device->send(enable);
            CHECK(device->receive() == "<iq type='result' id='enable1'/>");
        }
        garden.available(5);
        home.available(0);
        juliet.available();
        garden.drain();
    }
    void to(std::string_view address, std::string_view attributes, std::string_view children) {
        juliet.send("<message to='" + std::string(address) + "' " + std::string(attributes) + ">" +
                    std::string(children) + "</message>");
    }
};

} // namespace

TEST_CASE("carbons: a message for one device is copied to the other") {
    Verona verona;
    verona.to("romeo@example.org/garden", "type='chat' id='m1'", "<body>What man art thou</body><thread>0e31</thread>");
    CHECK(verona.garden.receive() ==
          "<message from='juliet@example.net/balcony' to='romeo@example.org/garden' type='chat' id='m1'>"
          "<body>What man art thou</body><thread>0e31</thread></message>");
    CHECK(verona.home.receive() ==
          "<message from='romeo@example.org' to='romeo@example.org/home' type='chat'><received "
          "xmlns='urn:xmpp:carbons:2'>"
          "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='juliet@example.net/balcony' "
          "to='romeo@example.org/garden' type='chat' id='m1'><body>What man art "
          "thou</body><thread>0e31</thread></message>"
          "</forwarded></received></message>");
    CHECK(verona.garden.silent());
    CHECK(verona.home.silent());
}

TEST_CASE("carbons: a message that one device sends is copied to the other, and the sender gets none") {
    Verona verona;
    verona.home.send("<message to='juliet@example.net/balcony' type='chat'><body>Neither, fair saint</body></message>");
    CHECK(verona.juliet.receive() ==
          "<message from='romeo@example.org/home' type='chat'><body>Neither, fair saint</body></message>");
    CHECK(
        verona.garden.receive() ==
        "<message from='romeo@example.org' to='romeo@example.org/garden' type='chat'><sent xmlns='urn:xmpp:carbons:2'>"
        "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='romeo@example.org/home' "
        "to='juliet@example.net/balcony' type='chat'><body>Neither, fair "
        "saint</body></message></forwarded></sent></message>");
    CHECK(verona.home.silent());
}

TEST_CASE("carbons: it does not matter whether the sending device wants copies itself") {
    Verona verona;
    verona.home.send(disable);
    CHECK(verona.home.receive() == "<iq type='result' id='disable1'/>");
    verona.home.send("<message to='juliet@example.net' type='chat'><body>b</body></message>");
    CHECK(copy_of(verona.garden.receive()) == "sent b");
}

TEST_CASE("carbons: to the bare address, only those get a copy that did not get the message") {
    Verona verona;
    verona.to("romeo@example.org", "type='chat'", "<body>b</body>");
    CHECK(verona.garden.receive() == "<message to='romeo@example.org' type='chat'><body>b</body></message>");
    CHECK(copy_of(verona.home.receive()) == "received b");
    verona.home.available(5); // now both are most available
    verona.garden.drain();
    verona.to("romeo@example.org", "type='chat'", "<body>c</body>");
    CHECK(verona.garden.receive() == "<message type='chat'><body>c</body></message>");
    CHECK(verona.home.receive() == "<message type='chat'><body>c</body></message>");
    CHECK(verona.garden.silent());
    CHECK(verona.home.silent());
}

TEST_CASE("carbons: a device of negative priority and one without presence get copies, never the message") {
    Verona verona;
    verona.home.available(-1);
    Client& silent = verona.server.login("romeo@example.org/silent");
    silent.send(enable);
    silent.drain();
    verona.garden.drain();
    verona.to("romeo@example.org", "type='chat'", "<body>b</body>");
    CHECK(copy_of(verona.home.receive()) == "received b");
    CHECK(copy_of(silent.receive()) == "received b");
    CHECK(verona.home.silent());
}

TEST_CASE("carbons: only devices that asked, only while they ask, as often as they like") {
    TestServer server{"carbons"};
    auto& garden = server.login("romeo@example.org/garden");
    auto& home = server.login("romeo@example.org/home");
    auto& juliet = server.login("juliet@example.org/balcony");
    const auto say = [&] {
        juliet.send("<message to='romeo@example.org/garden' type='chat'><body>b</body></message>");
        garden.drain();
    };
    say();
    CHECK(home.silent());
    for (int i = 0; i < 2; ++i) {
        home.send(enable);
        CHECK(home.receive() == "<iq type='result' id='enable1'/>");
    }
    say();
    CHECK(copy_of(home.receive()) == "received b");
    CHECK(home.silent());
    for (int i = 0; i < 2; ++i) {
        home.send(disable);
        CHECK(home.receive() == "<iq type='result' id='disable1'/>");
    }
    say();
    CHECK(home.silent());
}

TEST_CASE("carbons: a new session starts without") {
    Verona verona;
    verona.home.close();
    auto& again = verona.server.login("romeo@example.org/home");
    verona.to("romeo@example.org/garden", "type='chat'", "<body>b</body>");
    CHECK(again.silent());
}

TEST_CASE("carbons: nobody switches another one's") {
    Verona verona;
    verona.juliet.send("<iq type='set' id='1' to='romeo@example.org'><disable xmlns='urn:xmpp:carbons:2'/></iq>");
    CHECK(verona.juliet.receive().attr("type") == "error");
    verona.to("romeo@example.org/garden", "type='chat'", "<body>b</body>");
    CHECK(copy_of(verona.home.receive()) == "received b");
}

TEST_CASE("carbons: private messages and those with no-copy are seen by their recipient alone") {
    Verona verona;
    for (const std::string_view mark : {"<private xmlns='urn:xmpp:carbons:2'/><no-copy xmlns='urn:xmpp:hints'/>",
                                        "<private xmlns='urn:xmpp:carbons:2'/>", "<no-copy xmlns='urn:xmpp:hints'/>"}) {
        const std::string children = "<body>b</body>" + std::string(mark);
        verona.to("romeo@example.org/garden", "type='chat'", children);
        CHECK(verona.garden.receive() == "<message type='chat'>" + children + "</message>"); // and the mark stays on it
        CHECK(verona.home.silent());
        verona.home.send("<message to='juliet@example.net/balcony' type='chat'>" + children + "</message>");
        CHECK(verona.garden.silent());
        CHECK(verona.juliet.receive());
    }
}

TEST_CASE("carbons: what is no conversation is not copied") {
    Verona verona;
    verona.to("romeo@example.org/garden", "type='headline'", "<body>b</body>");
    verona.to("romeo@example.org/garden", "type='groupchat'", "<body>b</body>");
    verona.to("romeo@example.org/garden", "", "<subject>s</subject>");
    verona.to("romeo@example.org/garden", "type='chat'",
              "<body>b</body><x xmlns='http://jabber.org/protocol/muc#user'/>");
    CHECK(verona.garden.receive_all().size() == 4);
    CHECK(verona.home.silent());
}

TEST_CASE("carbons: normal messages with a body, receipts, states, markers and invitations are") {
    Verona verona;
    for (const std::string_view children : {"<body>b</body>", "<received xmlns='urn:xmpp:receipts' id='1'/>",
                                            "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
                                            "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>",
                                            "<x xmlns='jabber:x:conference' jid='room@muc.example.org'/>",
                                            "<x xmlns='http://jabber.org/protocol/muc#user'><invite to='a@b'/></x>"}) {
        INFO(children);
        verona.to("romeo@example.org/garden", "", children);
        CHECK(verona.home.receive().fragment().element().child("received", "urn:xmpp:carbons:2"));
        verona.home.drain();
    }
}

TEST_CASE("carbons: a private message to an occupant is copied to the sender's devices") {
    Verona verona;
    verona.home.send("<message to='room@muc.example.net/nick' type='chat'><body>b</body><x "
                     "xmlns='http://jabber.org/protocol/muc#user'/></message>");
    CHECK(copy_of(verona.garden.receive()) == "sent b");
}

TEST_CASE("carbons: an error is copied where it answers a message that was") {
    Verona verona;
    verona.home.send("<message to='juliet@example.net/balcony' type='chat' id='m1'><body>b</body></message>");
    verona.home.send("<message to='juliet@example.net/balcony' type='headline' id='m2'><body>b</body></message>");
    verona.garden.drain();
    const std::string_view error =
        "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    verona.to("romeo@example.org/home", "type='error' id='m2'", error); // to what was not copied
    verona.to("romeo@example.org/home", "type='error' id='m3'", error); // to nothing
    verona.to("romeo@example.org/home", "type='error'", error);
    CHECK(verona.garden.silent());
    verona.to("romeo@example.org/home", "type='error' id='m1'", error);
    CHECK(verona.garden.receive() ==
          "<message type='error'><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>"
          "<message xmlns='jabber:client' from='juliet@example.net/balcony' to='romeo@example.org/home' "
          "type='error' id='m1'>" +
              std::string(error) + "</message></forwarded></received></message>");
}

TEST_CASE("carbons: a bounced copy goes to nobody") {
    Verona verona;
    verona.to("romeo@example.org/garden", "type='chat' id='m1'", "<body>b</body>");
    CHECK(verona.home.receive());
    verona.garden.drain();
    verona.home.send("<message to='romeo@example.org' type='error'><error type='cancel'>"
                     "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>");
    CHECK(verona.juliet.silent());
    CHECK(verona.garden.silent());
}

TEST_CASE("carbons: of a message to oneself every other device has one") {
    Verona verona;
    verona.home.send("<message to='romeo@example.org' type='chat'><body>note</body></message>");
    CHECK(verona.garden.receive() == "<message from='romeo@example.org/home' type='chat'><body>note</body></message>");
    CHECK(verona.garden.silent());
    CHECK(verona.home.silent());
    verona.garden.send("<message to='romeo@example.org/home' type='chat'><body>two</body></message>");
    CHECK(verona.home.receive() == "<message from='romeo@example.org/garden' type='chat'><body>two</body></message>");
    CHECK(verona.home.silent());
    CHECK(verona.garden.silent());
}

TEST_CASE("carbons: the server says that it follows the rules") {
    TestServer server{"carbons"};
    auto& romeo = server.login("romeo@example.org/garden");
    romeo.send(
        "<iq type='get' id='info1' to='example.org'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    const auto xml = romeo.receive().xml();
    CHECK(xml.find("'urn:xmpp:carbons:2'") != std::string::npos);
    CHECK(xml.find("'urn:xmpp:carbons:rules:0'") != std::string::npos);
}

TEST_CASE("carbons: what was copied lately is remembered, the oldest forgotten") {
    carbons::Recent recent;
    const Jid peer = *Jid::parse("juliet@example.net/balcony");
    const auto key = [&](int i) { return carbons::Recent::key(true, peer, std::to_string(i)); };
    for (int i = 0; i < static_cast<int>(carbons::Recent::capacity); ++i) recent.add(key(i));
    CHECK(recent.contains(key(0)));
    recent.add(key(-1));
    CHECK(recent.contains(key(-1)));
    CHECK_FALSE(recent.contains(key(0)));
    CHECK(recent.contains(key(1)));
    CHECK(recent.contains(carbons::Recent::key(true, peer.bare(), "1")));
    CHECK_FALSE(recent.contains(carbons::Recent::key(false, peer, "1")));
}
