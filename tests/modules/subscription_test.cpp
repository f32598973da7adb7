// SPDX-License-Identifier: MIT
// RFC 6121 section 3: subscriptions between accounts of two hosts. The state tables have their own test
// (subscription_state_test.cpp); here they are seen from outside.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

#include <algorithm>
#include <string>

using namespace epode;
using namespace epode::test;

namespace {

bool has(const std::vector<Received>& all, std::string_view expected) {
    return std::ranges::any_of(all, [&](const Received& received) { return received == expected; });
}
std::size_t position(const std::vector<Received>& all, std::string_view expected) {
    return static_cast<std::size_t>(
        std::ranges::find_if(all, [&](const Received& received) { return received == expected; }) - all.begin());
}
bool refuses(const Received& received, std::string_view type, std::string_view condition) {
    const auto fragment = received.fragment();
    const auto error = fragment.element().child("error");
    return received.attr("type") == "error" && error.attr("type") == type &&
           error.child(condition, "urn:ietf:params:xml:ns:xmpp-stanzas");
}
std::string push(std::string_view item) {
    return "<iq type='set'><query xmlns='jabber:iq:roster' ver='*'>" + std::string(item) + "</query></iq>";
}
std::string result(std::string_view item) {
    return "<iq type='result'><query xmlns='jabber:iq:roster' ver='*'>" + std::string(item) + "</query></iq>";
}
Received roster(Client& client) {
    client.drain();
    client.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
    return client.receive();
}
void to_juliet(Client& romeo, std::string_view type, std::string_view inner = "") {
    romeo.send("<presence type='" + std::string(type) + "' to='juliet@example.org'>" + std::string(inner) +
               "</presence>");
}
void to_romeo(Client& juliet, std::string_view type) {
    juliet.send("<presence type='" + std::string(type) + "' to='romeo@example.net'/>");
}

/// Both are available and interested; they do not know each other yet.
struct Verona {
    TestServer server;
    Client& romeo;
    Client& juliet;

    Verona() : Verona("") {}
    explicit Verona(std::string_view options)
        : server({"roster", "presence"}, options), romeo(server.login("romeo@example.net/orchard")),
          juliet(server.login("juliet@example.org/balcony")) {
        for (auto* client : {&romeo, &juliet}) {
            roster(*client);
            client->available();
        }
    }
    /// Romeo sees Juliet ("to" in his roster, "from" in hers).
    void romeo_sees_juliet() {
        to_juliet(romeo, "subscribe");
        to_romeo(juliet, "subscribed");
        romeo.drain();
        juliet.drain();
    }
    Client& juliet_again(const std::string& resource) {
        auto& client = server.login("juliet@example.org/" + resource);
        roster(client);
        client.send("<presence/>");
        return client;
    }
};

} // namespace

TEST_CASE("pre-approval is announced (3.4)") {
    TestServer server{"roster", "presence"};
    CHECK(server.login("juliet@example.org/balcony").raw().find("<sub xmlns='urn:xmpp:features:pre-approval'/>") !=
          std::string::npos);
}

TEST_CASE("a request is stamped with the bare JID, delivered, and noted as pending (3.1.2, 3.1.3)") {
    Verona verona;
    verona.romeo.send("<presence id='xk3h1v69' to='juliet@example.org' type='subscribe'/>");
    CHECK(verona.romeo.receive() == push("<item jid='juliet@example.org' subscription='none' ask='subscribe'/>"));
    CHECK(verona.juliet.receive() ==
          "<presence from='romeo@example.net' to='juliet@example.org' id='xk3h1v69' type='subscribe'/>");
    CHECK(verona.juliet.silent()); // no push: a request makes no roster item
    CHECK(roster(verona.juliet) == result(""));
    CHECK(verona.romeo.silent()); // and it tells nothing of her presence
}

TEST_CASE("a request to a full JID is one to the bare JID (3.1.2 rule 1)") {
    Verona verona;
    verona.romeo.send("<presence to='juliet@example.org/elsewhere' type='subscribe'/>");
    CHECK(verona.romeo.receive() == push("<item jid='juliet@example.org' subscription='none' ask='subscribe'/>"));
    CHECK(verona.juliet.receive() == "<presence from='romeo@example.net' to='juliet@example.org' type='subscribe'/>");
}

TEST_CASE("approval changes both rosters and is followed by presence (3.1.5, 3.1.6)") {
    Verona verona;
    verona.juliet.send("<presence id='here'><show>chat</show></presence>");
    verona.juliet.drain();
    to_juliet(verona.romeo, "subscribe");
    verona.romeo.drain();
    verona.juliet.drain();
    verona.juliet.send("<presence id='h4v1c4kj' to='romeo@example.net' type='subscribed'/>");
    CHECK(verona.juliet.receive() == push("<item jid='romeo@example.net' subscription='from'/>"));
    CHECK(verona.juliet.silent());
    CHECK(verona.romeo.receive() == "<presence from='juliet@example.org' id='h4v1c4kj' type='subscribed'/>");
    CHECK(verona.romeo.receive() == push("<item jid='juliet@example.org' subscription='to'/>"));
    CHECK(verona.romeo.receive() ==
          "<presence from='juliet@example.org/balcony' id='here'><show>chat</show></presence>");
    CHECK(verona.romeo.silent());
}

TEST_CASE("two subscriptions make a mutual one") {
    Verona verona;
    verona.romeo_sees_juliet();
    to_romeo(verona.juliet, "subscribe");
    CHECK(verona.juliet.receive() == push("<item jid='romeo@example.net' subscription='from' ask='subscribe'/>"));
    to_juliet(verona.romeo, "subscribed");
    CHECK(roster(verona.juliet) == result("<item jid='romeo@example.net' subscription='both'/>"));
    CHECK(roster(verona.romeo) == result("<item jid='juliet@example.org' subscription='both'/>"));
}

TEST_CASE("a request is denied with unsubscribed (3.2)") {
    Verona verona;
    to_juliet(verona.romeo, "subscribe");
    verona.romeo.drain();
    verona.juliet.drain();
    to_romeo(verona.juliet, "unsubscribed");
    CHECK(verona.romeo.receive() == "<presence from='juliet@example.org' type='unsubscribed'/>");
    CHECK(verona.romeo.receive() == push("<item jid='juliet@example.org' subscription='none'/>"));
    CHECK(verona.romeo.silent());
    CHECK(verona.juliet.silent());
    auto& later = verona.juliet_again("later");
    CHECK_FALSE(has(later.receive_all(), "<presence type='subscribe'/>"));
}

TEST_CASE("a request waits, whole, for each new resource until it is answered (3.1.3 rule 4)") {
    Verona verona;
    verona.juliet.close();
    to_juliet(verona.romeo, "subscribe",
              "<status>It is I</status><nick xmlns='http://jabber.org/protocol/nick'>R</nick>");
    const auto request =
        "<presence from='romeo@example.net' to='juliet@example.org' type='subscribe'><status>It is I</status>"
        "<nick xmlns='http://jabber.org/protocol/nick'>R</nick></presence>";
    auto& first = verona.juliet_again("first");
    CHECK(has(first.receive_all(), request));
    auto& second = verona.juliet_again("second");
    CHECK(has(second.receive_all(), request));
    first.drain();
    to_romeo(second, "subscribed");
    auto& third = verona.juliet_again("third");
    CHECK_FALSE(has(third.receive_all(), request));
}

TEST_CASE("a request outlives the server") {
    Verona verona;
    verona.juliet.close();
    to_juliet(verona.romeo, "subscribe");
    verona.server.kill();
    auto& juliet = verona.juliet_again("balcony");
    CHECK(has(juliet.receive_all(), "<presence from='romeo@example.net' type='subscribe'/>"));
}

TEST_CASE("of several requests one is kept and delivered (3.1.3 rule 4, table 6)") {
    Verona verona;
    to_juliet(verona.romeo, "subscribe", "<status>one</status>");
    CHECK(verona.juliet.receive() == "<presence type='subscribe'><status>one</status></presence>");
    to_juliet(verona.romeo, "subscribe", "<status>two</status>");
    CHECK(verona.juliet.silent());
    const auto heard = verona.juliet_again("chamber").receive_all();
    CHECK(has(heard, "<presence type='subscribe'><status>one</status></presence>"));
    CHECK_FALSE(has(heard, "<presence type='subscribe'><status>two</status></presence>"));
}

TEST_CASE("a large request is kept without its extras, too many are not kept (3.1.3, security warning)") {
    Verona verona("<presence max-requests='1' request-size='256B'/>");
    verona.juliet.close();
    to_juliet(verona.romeo, "subscribe", "<status>" + std::string(1000, 'x') + "</status>");
    auto& mercutio = verona.server.login("mercutio@example.net/street");
    to_juliet(mercutio, "subscribe");
    const auto heard = verona.juliet_again("balcony").receive_all();
    CHECK(has(heard, "<presence from='romeo@example.net' type='subscribe'/>"));
    CHECK_FALSE(has(heard, "<presence from='mercutio@example.net' type='subscribe'/>"));
}

TEST_CASE("a request of someone who is subscribed already is answered by the server (3.1.3 rule 2)") {
    Verona verona;
    verona.romeo_sees_juliet();
    verona.romeo.send("<presence id='again' to='juliet@example.org' type='subscribe'/>");
    CHECK(verona.juliet.silent());
    // Romeo is in state "To", so "subscribed" is not delivered to him; what follows is presence.
    CHECK(verona.romeo.receive() == "<presence from='juliet@example.org/balcony'/>");
    CHECK(verona.romeo.silent());
}

TEST_CASE("a lost subscription is repaired by the server's answer") {
    Verona verona;
    verona.romeo_sees_juliet();
    verona.server.unload("presence");
    verona.romeo.send("<iq type='set' id='s'><query xmlns='jabber:iq:roster'>"
                      "<item jid='juliet@example.org' subscription='remove'/></query></iq>");
    verona.server.load("presence");
    verona.romeo.drain();
    verona.juliet.drain();
    to_juliet(verona.romeo, "subscribe");
    CHECK(verona.juliet.silent());
    CHECK(roster(verona.romeo) == result("<item jid='juliet@example.org' subscription='to'/>"));
}

TEST_CASE("a roster item of one's own does not hide a request") {
    Verona verona;
    verona.juliet.send(
        "<iq type='set' id='s'><query xmlns='jabber:iq:roster'><item jid='romeo@example.net' name='R'/></query></iq>");
    verona.juliet.drain();
    to_juliet(verona.romeo, "subscribe");
    CHECK(verona.juliet.receive() == "<presence type='subscribe'/>");
    CHECK(verona.juliet.silent());
    to_romeo(verona.juliet, "subscribed");
    CHECK(verona.juliet.receive() == push("<item jid='romeo@example.net' name='R' subscription='from'/>"));
}

TEST_CASE("a request that is withdrawn is forgotten (3.3.3, table 7)") {
    Verona verona;
    to_juliet(verona.romeo, "subscribe");
    verona.juliet.drain();
    verona.romeo.drain();
    to_juliet(verona.romeo, "unsubscribe");
    CHECK(verona.romeo.receive() == push("<item jid='juliet@example.org' subscription='none'/>"));
    CHECK(verona.juliet.receive() == "<presence from='romeo@example.net' type='unsubscribe'/>");
    CHECK_FALSE(has(verona.juliet_again("chamber").receive_all(), "<presence type='subscribe'/>"));
    verona.juliet.drain();
    to_romeo(verona.juliet, "subscribed"); // there is nothing to approve any more
    CHECK(verona.juliet.receive() == push("<item jid='romeo@example.net' subscription='none' approved='true'/>"));
}

TEST_CASE("unsubscribing takes effect on both sides (3.3)") {
    Verona verona;
    verona.romeo_sees_juliet();
    verona.romeo.send("<presence id='ul4bs71n' to='juliet@example.org/balcony' type='unsubscribe'/>");
    CHECK(verona.juliet.receive() == "<presence from='romeo@example.net' id='ul4bs71n' type='unsubscribe'/>");
    CHECK(verona.juliet.receive() == push("<item jid='romeo@example.net' subscription='none'/>"));
    CHECK(verona.juliet.silent());
    const auto heard = verona.romeo.receive_all();
    CHECK(has(heard, push("<item jid='juliet@example.org' subscription='none'/>")));
    CHECK(has(heard, "<presence from='juliet@example.org/balcony' type='unavailable'/>"));
    CHECK_FALSE(
        has(heard, "<presence type='unsubscribed'/>")); // answered by the server, but it changes nothing (table 9)
    verona.juliet.send("<presence><show>away</show></presence>");
    CHECK(verona.romeo.silent());
}

TEST_CASE("cancelling a subscription: unavailable first, then unsubscribed (3.2.2, 3.2.3)") {
    Verona verona;
    verona.romeo_sees_juliet();
    verona.juliet.send("<presence id='ij5b1v7g' to='romeo@example.net' type='unsubscribed'/>");
    CHECK(verona.juliet.receive() == push("<item jid='romeo@example.net' subscription='none'/>"));
    const auto heard = verona.romeo.receive_all();
    const auto gone = position(heard, "<presence from='juliet@example.org/balcony' type='unavailable'/>");
    const auto told = position(heard, "<presence from='juliet@example.org' id='ij5b1v7g' type='unsubscribed'/>");
    const auto pushed = position(heard, push("<item jid='juliet@example.org' subscription='none'/>"));
    CHECK(gone < told);
    CHECK(told < pushed);
    CHECK(pushed < heard.size());
    verona.juliet.send("<presence><show>away</show></presence>");
    CHECK(verona.romeo.silent());
}

TEST_CASE("cancelling takes precedence over directed presence (4.6.1)") {
    Verona verona;
    verona.romeo_sees_juliet();
    verona.juliet.send("<presence to='romeo@example.net/orchard'/>");
    to_romeo(verona.juliet, "unsubscribed");
    CHECK(has(verona.romeo.receive_all(), "<presence from='juliet@example.org/balcony' type='unavailable'/>"));
    verona.juliet.close();
    CHECK(verona.romeo.silent());
}

TEST_CASE("cancelling what never was stays at home (3.2.2 rule 1)") {
    Verona verona;
    to_romeo(verona.juliet, "unsubscribed");
    CHECK(verona.romeo.silent());
    CHECK(verona.juliet.silent());
    CHECK(roster(verona.juliet) == result(""));
}

TEST_CASE("an approval nobody asked for changes nothing (3.1.6)") {
    Verona verona;
    verona.romeo_sees_juliet();
    to_romeo(verona.juliet, "subscribe");
    to_juliet(verona.romeo, "subscribed");
    verona.romeo.drain();
    verona.juliet.drain();
    to_romeo(verona.juliet, "subscribed"); // state "Both": not routed, nothing changes
    CHECK(verona.romeo.silent());
    CHECK(verona.juliet.silent());
}

TEST_CASE("a pre-approval is noted, not routed, and answers the request (3.4.2)") {
    Verona verona;
    verona.juliet.send("<presence id='pg81vx64' to='romeo@example.net' type='subscribed'/>");
    CHECK(verona.juliet.receive() == push("<item jid='romeo@example.net' subscription='none' approved='true'/>"));
    CHECK(verona.romeo.silent());
    to_juliet(verona.romeo, "subscribe");
    CHECK(verona.juliet.receive() == push("<item jid='romeo@example.net' subscription='from'/>"));
    CHECK(verona.juliet.silent());
    const auto heard = verona.romeo.receive_all();
    const auto approved = position(heard, "<presence from='juliet@example.org' type='subscribed'/>");
    const auto present = position(heard, "<presence from='juliet@example.org/balcony'/>");
    CHECK(approved < present);
    CHECK(present < heard.size());
    CHECK(roster(verona.romeo) == result("<item jid='juliet@example.org' subscription='to'/>"));
}

TEST_CASE("a pre-approval works while nobody is online and outlives the server") {
    Verona verona;
    to_romeo(verona.juliet, "subscribed");
    verona.server.kill();
    auto& romeo = verona.server.login("romeo@example.net/orchard");
    to_juliet(romeo, "subscribe");
    CHECK(roster(romeo) == result("<item jid='juliet@example.org' subscription='to'/>"));
}

TEST_CASE("a pre-approval is cancelled with unsubscribed, which stays at home (3.2.2 rule 2)") {
    Verona verona;
    to_romeo(verona.juliet, "subscribed");
    verona.juliet.drain();
    to_romeo(verona.juliet, "unsubscribed");
    CHECK(verona.juliet.receive() == push("<item jid='romeo@example.net' subscription='none'/>"));
    CHECK(verona.romeo.silent());
    to_juliet(verona.romeo, "subscribe");
    CHECK(verona.juliet.receive() == "<presence type='subscribe'/>");
}

TEST_CASE("a probe does not cancel a pre-approval (4.3.2 rule 1)") {
    Verona verona;
    to_romeo(verona.juliet, "subscribed");
    to_juliet(verona.romeo, "probe");
    CHECK(roster(verona.juliet) == result("<item jid='romeo@example.net' subscription='none' approved='true'/>"));
}

TEST_CASE("requests that cross each other are both pending") {
    Verona verona;
    to_juliet(verona.romeo, "subscribe");
    to_romeo(verona.juliet, "subscribe");
    CHECK(roster(verona.juliet) == result("<item jid='romeo@example.net' subscription='none' ask='subscribe'/>"));
    to_romeo(verona.juliet, "subscribed");
    to_juliet(verona.romeo, "subscribed");
    CHECK(roster(verona.juliet) == result("<item jid='romeo@example.net' subscription='both'/>"));
    CHECK(roster(verona.romeo) == result("<item jid='juliet@example.org' subscription='both'/>"));
}

TEST_CASE("subscribing to oneself changes nothing and is told to nobody") {
    Verona verona;
    auto& chamber = verona.juliet_again("chamber");
    chamber.drain();
    verona.juliet.drain();
    for (const char* type : {"subscribe", "subscribed", "unsubscribe", "unsubscribed"}) to_juliet(verona.juliet, type);
    CHECK(verona.juliet.silent());
    CHECK(chamber.silent());
    CHECK(roster(verona.juliet) == result(""));
}

TEST_CASE("a request to nobody is silent, one to a server we cannot reach is an error (3.1.2, 8.5.1)") {
    Verona verona;
    verona.romeo.send("<presence type='subscribe' to='nobody@example.org'/>");
    CHECK(verona.romeo.receive() == push("<item jid='nobody@example.org' subscription='none' ask='subscribe'/>"));
    CHECK(verona.romeo.silent());
    verona.romeo.send("<presence id='lost' type='subscribe' to='someone@nowhere.invalid'/>");
    const auto heard = verona.romeo.receive_all();
    CHECK(std::ranges::any_of(heard, [](const Received& received) {
        return refuses(received, "cancel", "remote-server-not-found") && received.attr("id") == "lost" &&
               received.attr("from") == "someone@nowhere.invalid";
    }));
}

TEST_CASE("only interested resources hear of changes, only available ones of requests (3.1, implementation note)") {
    Verona verona;
    auto& deaf = verona.server.login("juliet@example.org/deaf"); // available, not interested
    deaf.available();
    auto& shy = verona.server.login("juliet@example.org/shy"); // interested, not available
    roster(shy);
    to_juliet(verona.romeo, "subscribe");
    CHECK(deaf.receive() == "<presence from='romeo@example.net' type='subscribe'/>");
    CHECK(shy.silent());
    to_romeo(verona.juliet, "subscribed");
    CHECK(deaf.silent());
    CHECK(shy.receive() == push("<item jid='romeo@example.net' subscription='from'/>"));
    to_juliet(verona.romeo, "unsubscribe");
    CHECK(deaf.silent());
    CHECK(shy.receive() == "<presence from='romeo@example.net' type='unsubscribe'/>");
    CHECK(shy.receive() == push("<item jid='romeo@example.net' subscription='none'/>"));
}

TEST_CASE("both sides of a subscription outlive the server together") {
    Verona verona;
    verona.romeo_sees_juliet();
    verona.server.kill();
    auto& romeo = verona.server.login("romeo@example.net/orchard");
    auto& juliet = verona.server.login("juliet@example.org/balcony");
    CHECK(roster(romeo) == result("<item jid='juliet@example.org' subscription='to'/>"));
    CHECK(roster(juliet) == result("<item jid='romeo@example.net' subscription='from'/>"));
}

TEST_CASE("a request that is not kept is told to nobody") {
    Verona verona;
    verona.server.fail_commit(1);
    to_juliet(verona.romeo, "subscribe");
    CHECK(verona.juliet.silent());
    CHECK(refuses(verona.romeo.receive(), "wait", "resource-constraint"));
    CHECK(verona.romeo.silent());
    CHECK(roster(verona.romeo) == result(""));
    to_juliet(verona.romeo, "subscribe");
    CHECK(verona.juliet.receive() == "<presence type='subscribe' from='romeo@example.net'/>");
}

TEST_CASE("an approval that is not kept is told to nobody, and no presence follows it") {
    Verona verona;
    to_juliet(verona.romeo, "subscribe");
    verona.juliet.drain();
    verona.romeo.drain();
    verona.server.fail_commit(1);
    to_romeo(verona.juliet, "subscribed");
    CHECK(verona.romeo.silent());
    CHECK(refuses(verona.juliet.receive(), "wait", "resource-constraint"));
    CHECK(verona.juliet.silent());
    to_romeo(verona.juliet, "subscribed");
    const auto told = verona.romeo.receive_all();
    CHECK(has(told, "<presence type='subscribed' from='juliet@example.org'/>"));
    CHECK(has(told, "<presence from='juliet@example.org/balcony'/>"));
}

TEST_CASE("who goes away before an approval is kept is not shown after it") {
    Verona verona;
    to_juliet(verona.romeo, "subscribe");
    verona.romeo.drain();
    verona.juliet.send("<presence type='subscribed' to='romeo@example.net'/><presence type='unavailable'/>");
    auto told = verona.romeo.receive_all();
    REQUIRE(has(told, "<presence type='subscribed' from='juliet@example.org'/>"));
    std::erase_if(told, [](const Received& each) { return each.attr("from") != "juliet@example.org/balcony"; });
    CHECK(std::ranges::none_of(told, [](const Received& each) { return each.attr("type").empty(); }));
}
