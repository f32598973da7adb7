// SPDX-License-Identifier: MIT
// What a device was sent and had not confirmed when it died: another one has it, gets it, or it waits; once.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

using namespace epode;
using namespace epode::test;

namespace {

/// The messages that have arrived: "text", or "copy of text" for a carbon, with a space between.
std::string heard(Client& client) {
    std::string all;
    for (const auto& received : client.receive_all()) {
        const auto fragment = received.fragment();
        auto message = fragment.element();
        if (message.name() != "message") continue;
        if (!all.empty()) all += ' ';
        if (const auto wrapper = message.child_in("urn:xmpp:carbons:2")) {
            all += "copy of ";
            message = wrapper.child("forwarded", "urn:xmpp:forward:0").child("message", "jabber:client");
        }
        all += message.child("body").text().str();
    }
    return all;
}

struct Verona {
    TestServer server{"carbons", "offline"};
    Client& juliet = server.login("juliet@example.net/balcony");

    /// A device of Romeo's that acknowledges nothing by itself.
    Client& device(const std::string& resource, int priority) {
        auto& client = server.login("romeo@example.org/" + resource);
        client.send("<enable xmlns='urn:xmpp:sm:3'/>");
        client.send("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
        client.available(priority);
        return client;
    }
    void say(const std::string& text, const std::string& to = "romeo@example.org") {
        juliet.send("<message to='" + to + "' type='chat' id='" + text + "'><body>" + text + "</body></message>");
    }
    /// What waits for Romeo once he has no device any more.
    std::string kept() {
        auto& client = server.login("romeo@example.org/later");
        client.send("<presence/>");
        auto all = heard(client);
        server.advance(1s); // TCP confirms
        client.close();
        return all;
    }
};

} // namespace

TEST_CASE("recovery: nobody is left, so the message waits, once") {
    Verona verona;
    auto& phone = verona.device("phone", 0);
    verona.say("one");
    verona.say("two", "romeo@example.org/phone");
    CHECK(heard(phone) == "one two");
    phone.cut();
    CHECK(verona.kept() == "one two");
    CHECK(verona.kept().empty());
}

TEST_CASE("recovery: devices that have a copy see the message once") {
    Verona verona;
    auto& phone = verona.device("phone", 5);
    auto& tablet = verona.device("tablet", 0);
    auto& desk = verona.device("desk", -1);
    verona.say("hello");
    CHECK(heard(phone) == "hello");
    CHECK(heard(tablet) == "copy of hello");
    CHECK(heard(desk) == "copy of hello");
    phone.cut();
    CHECK(heard(tablet).empty());
    CHECK(heard(desk).empty());
    SECTION("one of them confirms it: nothing waits") {
        tablet.send("<a xmlns='urn:xmpp:sm:3' h='2'/>"); // the result of <enable/>, the copy
        tablet.cut();
        desk.cut();
        CHECK(verona.kept().empty());
    }
    SECTION("none of them does: it waits, once, as it was sent") {
        tablet.cut();
        CHECK(heard(desk).empty());
        desk.cut();
        CHECK(verona.kept() == "hello");
        CHECK(verona.kept().empty());
    }
    SECTION("the last one hands it to a device that came meanwhile") {
        auto& watch = verona.device("watch", 0);
        tablet.cut();
        CHECK(heard(watch).empty());
        desk.cut();
        CHECK(heard(watch) == "hello");
        watch.cut();
        CHECK(verona.kept() == "hello");
    }
}

TEST_CASE("recovery: of two devices that got it, the last one hands it on") {
    Verona verona;
    auto& phone = verona.device("phone", 0);
    auto& tablet = verona.device("tablet", 0);
    verona.say("hello");
    CHECK(heard(phone) == "hello");
    CHECK(heard(tablet) == "hello");
    phone.cut();
    CHECK(heard(tablet).empty());
    auto& watch = verona.device("watch", 0);
    tablet.cut();
    CHECK(heard(watch) == "hello");
    watch.send("<a xmlns='urn:xmpp:sm:3' h='2'/>");
    watch.cut();
    CHECK(verona.kept().empty());
}

TEST_CASE("recovery: what waits already is not kept a second time for a device with a copy") {
    Verona verona;
    auto& desk = verona.device("desk", -1); // gets copies, never messages
    verona.say("hello");
    CHECK(heard(desk) == "copy of hello");
    desk.cut();
    CHECK(verona.kept() == "hello");
    CHECK(verona.kept().empty());
}

TEST_CASE("recovery: what was sent reaches its addressee once, whatever becomes of the sender's devices") {
    Verona verona;
    verona.juliet.available();
    auto& phone = verona.device("phone", 0);
    auto& tablet = verona.device("tablet", 0);
    phone.send("<message to='juliet@example.net/balcony' type='chat' id='x'><body>night</body></message>");
    CHECK(heard(tablet) == "copy of night");
    tablet.cut();
    phone.cut();
    CHECK(heard(verona.juliet) == "night");
}

TEST_CASE("recovery: a query that the dead device may not have had is answered") {
    Verona verona;
    auto& phone = verona.device("phone", 0);
    verona.juliet.send("<iq type='get' id='v1' to='romeo@example.org/phone'><query xmlns='jabber:iq:version'/></iq>");
    phone.cut();
    CHECK(
        verona.juliet.receive() ==
        "<iq type='error' id='v1' from='romeo@example.org/phone'><error type='cancel' code='503'><service-unavailable "
        "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
    CHECK(verona.juliet.silent());
}
