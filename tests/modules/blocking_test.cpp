// SPDX-License-Identifier: MIT
// XEP-0191, from its examples and rules.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

#include <string>

using namespace epode;
using namespace epode::test;

namespace {

std::string block(std::string_view jid) {
    return "<iq type='set' id='block1'><block xmlns='urn:xmpp:blocking'><item jid='" + std::string(jid) +
           "'/></block></iq>";
}
std::string unblock(std::string_view jid) {
    return "<iq type='set' id='unblock1'><unblock xmlns='urn:xmpp:blocking'><item jid='" + std::string(jid) +
           "'/></unblock></iq>";
}
constexpr const char* list = "<iq type='get' id='list1'><blocklist xmlns='urn:xmpp:blocking'/></iq>";

bool refuses(const Received& received, std::string_view type, std::string_view condition) {
    const auto fragment = received.fragment();
    const auto error = fragment.element().child("error");
    return received.attr("type") == "error" && error.attr("type") == type &&
           error.child(condition, "urn:ietf:params:xml:ns:xmpp-stanzas");
}
bool is_blocked_error(const Received& received) {
    return refuses(received, "cancel", "not-acceptable") &&
           received.fragment().element().child("error").child("blocked", "urn:xmpp:blocking:errors");
}

struct Verona {
    TestServer server;
    Client& juliet = server.login("juliet@example.org/chamber");
    Client& romeo = server.login("romeo@example.net/orchard");

    explicit Verona(std::string_view options = "") : server({"blocking"}, options) {}
    void done(const std::string& command) {
        juliet.send(command);
        CHECK(juliet.receive().attr("type") == "result");
    }
    /// Whether a chat message of Romeo's arrives.
    bool hears_romeo() {
        romeo.send("<message to='juliet@example.org/chamber' type='chat'><body>b</body></message>");
        romeo.drain();
        return static_cast<bool>(juliet.receive());
    }
};

} // namespace

TEST_CASE("blocking: the list is empty, then filled, then emptied") {
    Verona verona;
    auto& juliet = verona.juliet;
    juliet.send(list);
    CHECK(juliet.receive() == "<iq type='result' id='list1'><blocklist xmlns='urn:xmpp:blocking'/></iq>");
    juliet.send("<iq type='set' id='block1'><block xmlns='urn:xmpp:blocking'><item jid='romeo@montague.net'/><item "
                "jid='Iago@shakespeare.lit'/></block></iq>");
    CHECK(juliet.receive() == "<iq type='result' id='block1'/>");
    CHECK(juliet.receive() == "<iq type='set' id='*' to='juliet@example.org/chamber'><block xmlns='urn:xmpp:blocking'>"
                              "<item jid='romeo@montague.net'/><item jid='iago@shakespeare.lit'/></block></iq>");
    juliet.send(list);
    CHECK(juliet.receive() ==
          "<iq type='result' id='list1'><blocklist xmlns='urn:xmpp:blocking'><item jid='iago@shakespeare.lit'/>"
          "<item jid='romeo@montague.net'/></blocklist></iq>");
    juliet.send(unblock("romeo@montague.net"));
    CHECK(juliet.receive() == "<iq type='result' id='unblock1'/>");
    CHECK(juliet.receive() ==
          "<iq type='set' id='*'><unblock xmlns='urn:xmpp:blocking'><item jid='romeo@montague.net'/></unblock></iq>");
    juliet.send("<iq type='set' id='unblock2'><unblock xmlns='urn:xmpp:blocking'/></iq>");
    CHECK(juliet.receive() == "<iq type='result' id='unblock2'/>");
    CHECK(juliet.receive() == "<iq type='set' id='*'><unblock xmlns='urn:xmpp:blocking'/></iq>");
    juliet.send(list);
    CHECK(juliet.receive() == "<iq type='result' id='list1'><blocklist xmlns='urn:xmpp:blocking'/></iq>");
}

TEST_CASE("blocking: only devices that asked for the list are told of changes") {
    Verona verona;
    auto& balcony = verona.server.login("juliet@example.org/balcony");
    balcony.send(list);
    balcony.drain();
    verona.done(block("romeo@example.net"));
    CHECK(verona.juliet.silent());
    CHECK(balcony.receive() == "<iq type='set' id='*' to='juliet@example.org/balcony'><block xmlns='urn:xmpp:blocking'>"
                               "<item jid='romeo@example.net'/></block></iq>");
    CHECK(balcony.silent());
}

TEST_CASE("blocking: faults") {
    Verona verona("<blocking limit='2'/>");
    auto& juliet = verona.juliet;
    juliet.send("<iq type='set' id='1'><block xmlns='urn:xmpp:blocking'/></iq>");
    CHECK(refuses(juliet.receive(), "modify", "bad-request"));
    juliet.send("<iq type='set' id='1'><block xmlns='urn:xmpp:blocking'><item/></block></iq>");
    CHECK(refuses(juliet.receive(), "modify", "bad-request"));
    juliet.send(block("@nowhere"));
    CHECK(refuses(juliet.receive(), "modify", "jid-malformed"));
    juliet.send("<iq type='set' id='1'><block xmlns='urn:xmpp:blocking'><item jid='a@b'/><item jid='c@d'/><item "
                "jid='e@f'/></block></iq>");
    CHECK(refuses(juliet.receive(), "modify", "policy-violation"));
    verona.done(block("a@b"));
    verona.done(block("c@d"));
    verona.done(block("a@b")); // is there already
    juliet.send(block("e@f"));
    CHECK(refuses(juliet.receive(), "modify", "policy-violation"));
    verona.done(unblock("nobody@nowhere")); // nothing to do, nothing wrong
    verona.romeo.send("<iq type='get' id='1' to='juliet@example.org'><blocklist xmlns='urn:xmpp:blocking'/></iq>");
    CHECK(verona.romeo.receive().attr("type") == "error");
}

TEST_CASE("blocking: nothing of a blocked address arrives, and it learns nothing") {
    Verona verona;
    verona.juliet.available();
    verona.done(block("romeo@example.net"));
    auto& romeo = verona.romeo;
    romeo.send("<message to='juliet@example.org' type='chat' id='m'><body>b</body></message>");
    CHECK(refuses(romeo.receive(), "cancel", "service-unavailable"));
    romeo.send("<message to='juliet@example.org/chamber'><body>b</body></message>");
    CHECK(refuses(romeo.receive(), "cancel", "service-unavailable"));
    romeo.send("<iq type='get' id='i' to='juliet@example.org/chamber'><query xmlns='jabber:iq:version'/></iq>");
    CHECK(refuses(romeo.receive(), "cancel", "service-unavailable"));
    romeo.send("<iq type='set' id='i' to='juliet@example.org'><query xmlns='jabber:iq:version'/></iq>");
    CHECK(refuses(romeo.receive(), "cancel", "service-unavailable"));
    for (const std::string_view quiet :
         {"<presence to='juliet@example.org'/>", "<presence to='juliet@example.org/chamber' type='unavailable'/>",
          "<presence to='juliet@example.org' type='subscribe'/>", "<presence to='juliet@example.org' type='probe'/>",
          "<iq type='result' id='i' to='juliet@example.org/chamber'/>",
          "<message to='juliet@example.org/chamber' type='error' id='m'><error type='cancel'/></message>",
          "<message to='juliet@example.org/chamber' type='groupchat'><body>b</body></message>",
          "<message to='juliet@example.org/chamber' type='headline'><body>b</body></message>"}) {
        INFO(quiet);
        romeo.send(quiet);
        CHECK(romeo.silent());
    }
    CHECK(verona.juliet.silent());
}

TEST_CASE("blocking: writing to a blocked address is an error of its own") {
    Verona verona;
    verona.done(block("romeo@example.net"));
    auto& juliet = verona.juliet;
    for (const std::string_view stanza :
         {"<message to='romeo@example.net' id='1'><body>Can you hear me now?</body></message>",
          "<message to='romeo@example.net/orchard' type='chat'><body>b</body></message>",
          "<iq type='get' id='1' to='romeo@example.net/orchard'><query xmlns='jabber:iq:version'/></iq>",
          "<presence to='romeo@example.net/orchard'/>", "<presence to='romeo@example.net' type='subscribe'/>"}) {
        INFO(stanza);
        juliet.send(stanza);
        CHECK(is_blocked_error(juliet.receive()));
    }
    CHECK(verona.romeo.silent());
}

TEST_CASE("blocking: how addresses match") {
    struct Row {
        std::string_view entry;
        bool blocked; ///< is romeo@example.net/orchard
    };
    const Row table[] = {
        {"romeo@example.net/orchard", true},
        {"romeo@example.net/garden", false},
        {"romeo@example.net", true},
        {"ROMEO@Example.NET", true},
        {"example.net", true},
        {"example.net/orchard", false},
        {"juliet@example.net", false},
        {"example.com", false},
    };
    for (const auto& row : table) {
        INFO(row.entry);
        Verona verona;
        verona.done(block(row.entry));
        CHECK(verona.hears_romeo() == !row.blocked);
        verona.done(unblock(row.entry));
        CHECK(verona.hears_romeo());
    }
}

TEST_CASE("blocking: never between a user's own devices, never the own server") {
    Verona verona;
    auto& balcony = verona.server.login("juliet@example.org/balcony");
    verona.done(block("juliet@example.org"));
    verona.done(block("example.org"));
    balcony.send("<message to='juliet@example.org/chamber' type='chat'><body>b</body></message>");
    CHECK(verona.juliet.receive() == "<message from='juliet@example.org/balcony' type='chat'><body>b</body></message>");
    verona.juliet.send(
        "<iq type='get' id='1' to='example.org'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    CHECK(verona.juliet.receive().attr("type") == "result");
    auto& neighbour = verona.server.login("nurse@example.org/house");
    neighbour.send("<message to='juliet@example.org/chamber' type='chat'><body>b</body></message>");
    CHECK(refuses(neighbour.receive(), "cancel", "service-unavailable"));
}

TEST_CASE("blocking: the list belongs to the account and outlives sessions and servers") {
    Verona verona;
    verona.done(block("romeo@example.net"));
    verona.server.kill();
    auto& romeo = verona.server.login("romeo@example.net/orchard");
    auto& juliet = verona.server.login("juliet@example.org/chamber");
    romeo.send("<message to='juliet@example.org/chamber' type='chat'><body>b</body></message>");
    CHECK(refuses(romeo.receive(), "cancel", "service-unavailable"));
    CHECK(juliet.silent());
    verona.server.remove_account("juliet@example.org");
    auto& other = verona.server.login("juliet@example.org/chamber");
    romeo.send("<message to='juliet@example.org/chamber' type='chat'><body>b</body></message>");
    CHECK(other.receive());
}

TEST_CASE("blocking: what could not be written does not count") {
    Verona verona;
    verona.server.fail_commit(1);
    verona.juliet.send(block("romeo@example.net"));
    CHECK(verona.juliet.receive().attr("type") == "error");
    CHECK(verona.hears_romeo());
    verona.done(block("romeo@example.net"));
    verona.server.fail_commit(1);
    verona.juliet.send(unblock("romeo@example.net"));
    CHECK(verona.juliet.receive().attr("type") == "error");
    CHECK_FALSE(verona.hears_romeo());
}

TEST_CASE("blocking: the server says that it can") {
    Verona verona;
    verona.juliet.send(
        "<iq type='get' id='1' to='example.org'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    CHECK(verona.juliet.receive().xml().find("'urn:xmpp:blocking'") != std::string::npos);
}

// ---- What contacts see --------------------------------------------------------------------------------------------

namespace {

/// Juliet and Romeo see each other.
struct Friends {
    TestServer server{"blocking", "roster", "presence"};
    Client* juliet = nullptr;
    Client* romeo = nullptr;

    Friends() {
        server.befriend("juliet@example.org", "romeo@example.net");
        juliet = &server.login("juliet@example.org/chamber");
        romeo = &server.login("romeo@example.net/orchard");
        juliet->available();
        romeo->available();
        juliet->drain();
        romeo->drain();
    }
};

} // namespace

TEST_CASE("blocking: a blocked contact sees the user go, and come back when unblocked") {
    for (const std::string_view entry : {"romeo@example.net", "example.net"}) {
        INFO(entry);
        Friends friends;
        friends.juliet->send(block(entry));
        CHECK(friends.juliet->receive().attr("type") == "result");
        CHECK(friends.romeo->receive() == "<presence from='juliet@example.org/chamber' type='unavailable'/>");
        friends.romeo->send("<presence><show>away</show></presence>");
        friends.romeo->drain();
        CHECK(friends.juliet->silent());
        friends.juliet->send(unblock(entry));
        CHECK(friends.romeo->receive() == "<presence from='juliet@example.org/chamber'/>");
        bool caught_up = false; // what was missed meanwhile is asked for
        for (const auto& received : friends.juliet->receive_all())
            caught_up = caught_up || received.xml().find("<show>away</show>") != std::string::npos;
        CHECK(caught_up);
    }
}

TEST_CASE("blocking: an entry that a wider one still covers changes nothing for the contact") {
    Friends friends;
    friends.juliet->send(block("romeo@example.net"));
    CHECK(friends.romeo->receive() == "<presence from='juliet@example.org/chamber' type='unavailable'/>");
    friends.juliet->send(block("example.net"));
    friends.juliet->send(unblock("romeo@example.net"));
    CHECK(friends.romeo->silent());
    friends.juliet->send("<iq type='set' id='u'><unblock xmlns='urn:xmpp:blocking'/></iq>");
    CHECK(friends.romeo->receive() == "<presence from='juliet@example.org/chamber'/>");
}

TEST_CASE("blocking: strangers see nothing of it") {
    Friends friends;
    auto& mercutio = friends.server.login("mercutio@example.net/street");
    mercutio.available();
    mercutio.drain();
    friends.juliet->send(block("mercutio@example.net"));
    friends.juliet->send(unblock("mercutio@example.net"));
    CHECK(mercutio.silent());
    CHECK(friends.romeo->silent());
}

TEST_CASE("blocking: presence is not broadcast to blocked contacts") {
    Friends friends;
    friends.juliet->send(block("romeo@example.net"));
    friends.romeo->drain();
    friends.juliet->send("<presence><show>dnd</show></presence>");
    CHECK(friends.romeo->silent());
    auto& balcony = friends.server.login("juliet@example.org/balcony");
    balcony.available();
    balcony.close();
    CHECK(friends.romeo->silent());
}
