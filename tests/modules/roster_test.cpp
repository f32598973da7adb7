// SPDX-License-Identifier: MIT
// RFC 6121 section 2, from its examples and rules.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

#include <algorithm>
#include <string>

using namespace epode;
using namespace epode::test;

namespace {

std::string query(std::string_view items, std::string_view ver = "*") {
    return "<query xmlns='jabber:iq:roster' ver='" + std::string(ver) + "'>" + std::string(items) + "</query>";
}
std::string result(std::string_view items) { return "<iq type='result'>" + query(items) + "</iq>"; }
std::string push(std::string_view item) { return "<iq type='set'>" + query(item) + "</iq>"; }

/// Asks for the roster, which makes the client an interested one.
Received roster(Client& client, std::string_view attributes = "") {
    client.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster' " + std::string(attributes) + "/></iq>");
    return client.receive();
}
void set(Client& client, std::string_view items, std::string_view to = "") {
    client.send("<iq type='set' id='s' " + std::string(to) + "><query xmlns='jabber:iq:roster'>" + std::string(items) +
                "</query></iq>");
}
/// The answer to a roster set, without the pushes.
Received answer(Client& client, std::string_view items) {
    set(client, items);
    for (auto& received : client.receive_all())
        if (received.attr("type") != "set") return received;
    return {};
}
bool has(const std::vector<Received>& all, std::string_view expected) {
    return std::ranges::any_of(all, [&](const Received& received) { return received == expected; });
}
std::string version(const Received& received) {
    return received.fragment().element().child("query", "jabber:iq:roster").attr("ver").str();
}
/// An error without its text, which is for people.
bool refuses(const Received& received, std::string_view type, std::string_view condition) {
    const auto fragment = received.fragment();
    const auto error = fragment.element().child("error");
    return received.attr("type") == "error" && error.attr("type") == type &&
           error.child(condition, "urn:ietf:params:xml:ns:xmpp-stanzas");
}

} // namespace

TEST_CASE("a new account's roster is empty but exists (2.1.4)") {
    TestServer server{"roster"};
    auto& juliet = server.login("juliet@example.org/balcony");
    CHECK(roster(juliet) == result(""));
}

TEST_CASE("an item is added and pushed to interested resources, the sender included (2.3.2)") {
    TestServer server{"roster"};
    auto& balcony = server.login("juliet@example.org/balcony");
    auto& chamber = server.login("juliet@example.org/chamber");
    auto& hall = server.login("juliet@example.org/hall"); // has not asked for the roster
    roster(balcony);
    roster(chamber);
    const auto item = "<item jid='nurse@example.com' name='Nurse' subscription='none'><group>Servants</group></item>";
    set(balcony, "<item jid='nurse@example.com' name='Nurse'><group>Servants</group></item>");
    const auto to_sender = balcony.receive_all();
    REQUIRE(to_sender.size() == 2);
    CHECK(has(to_sender, "<iq type='result' id='s'/>"));
    CHECK(has(to_sender, push(item)));
    CHECK(chamber.receive() == push(item));
    CHECK(hall.silent());
    CHECK(roster(hall) == result(item));
}

TEST_CASE("a push comes from the bare JID and goes to the full one (2.1.6)") {
    TestServer server{"roster"};
    auto& juliet = server.login("juliet@example.org/balcony");
    roster(juliet);
    set(juliet, "<item jid='nurse@example.com'/>");
    for (const auto& received : juliet.receive_all()) {
        if (received.attr("type") != "set") continue;
        CHECK(received.attr("from") == "juliet@example.org");
        CHECK(received.attr("to") == "juliet@example.org/balcony");
        CHECK_FALSE(received.attr("id").empty());
    }
}

TEST_CASE("an item is updated exactly as given (2.4)") {
    TestServer server{"roster"};
    auto& juliet = server.login("juliet@example.org/balcony");
    const auto after = [&](std::string_view item) {
        CHECK(answer(juliet, item) == "<iq type='result'/>");
        auto now = roster(juliet);
        juliet.drain();
        return now;
    };
    CHECK(after("<item jid='romeo@example.net' name='Romeo'><group>Friends</group><group>Lovers</group></item>") ==
          result("<item jid='romeo@example.net' name='Romeo' "
                 "subscription='none'><group>Friends</group><group>Lovers</group></item>"));
    CHECK(after("<item jid='romeo@example.net' name='Romeo'><group>Lovers</group></item>") ==
          result("<item jid='romeo@example.net' name='Romeo' subscription='none'><group>Lovers</group></item>"));
    CHECK(after("<item jid='romeo@example.net' name='MyRomeo'/>") ==
          result("<item jid='romeo@example.net' name='MyRomeo' subscription='none'/>"));
    CHECK(after("<item jid='romeo@example.net' name=''/>") ==
          result("<item jid='romeo@example.net' subscription='none'/>"));
}

TEST_CASE("a client cannot set what only the server decides (2.1.2, 2.1.5)") {
    TestServer server{"roster"};
    auto& juliet = server.login("juliet@example.org/balcony");
    CHECK(answer(juliet, "<item jid='romeo@example.net' subscription='both' ask='subscribe' approved='true'/>") ==
          "<iq type='result'/>");
    CHECK(roster(juliet) == result("<item jid='romeo@example.net' subscription='none'/>"));
}

TEST_CASE("items have bare and prepared addresses") {
    TestServer server{"roster"};
    auto& juliet = server.login("juliet@example.org/balcony");
    answer(juliet, "<item jid='Romeo@EXAMPLE.net/orchard'/>");
    CHECK(roster(juliet) == result("<item jid='romeo@example.net' subscription='none'/>"));
}

TEST_CASE("an item is removed, and everyone interested hears of it (2.5)") {
    TestServer server{"roster"};
    auto& balcony = server.login("juliet@example.org/balcony");
    auto& chamber = server.login("juliet@example.org/chamber");
    answer(balcony, "<item jid='nurse@example.com'/>");
    roster(chamber);
    CHECK(answer(balcony, "<item jid='nurse@example.com' subscription='remove'/>") == "<iq type='result'/>");
    CHECK(chamber.receive() == push("<item jid='nurse@example.com' subscription='remove'/>"));
    CHECK(roster(balcony) == result(""));
}

TEST_CASE("what is not there cannot be removed (2.5.3)") {
    TestServer server{"roster"};
    auto& juliet = server.login("juliet@example.org/balcony");
    CHECK(refuses(answer(juliet, "<item jid='nurse@example.com' subscription='remove'/>"), "modify", "item-not-found"));
}

TEST_CASE("removing a friend ends both subscriptions (2.5.2)") {
    TestServer server{"roster", "presence"};
    server.befriend("juliet@example.org", "romeo@example.net");
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& romeo = server.login("romeo@example.net/orchard");
    roster(romeo);
    juliet.available();
    romeo.available();
    juliet.drain();
    CHECK(answer(juliet, "<item jid='romeo@example.net' subscription='remove'/>") == "<iq type='result'/>");
    const auto heard = romeo.receive_all();
    CHECK(has(heard, "<presence type='unsubscribe' from='juliet@example.org'/>"));
    CHECK(has(heard, "<presence type='unavailable' from='juliet@example.org/balcony'/>"));
    CHECK(has(heard, "<presence type='unsubscribed' from='juliet@example.org'/>"));
    CHECK(has(heard, push("<item jid='juliet@example.org' subscription='none'/>")));
    CHECK(roster(romeo) == result("<item jid='juliet@example.org' subscription='none'/>"));
    CHECK(roster(juliet) == result(""));
}

TEST_CASE("removing a contact withdraws the request that was sent to it") {
    TestServer server{"roster", "presence"};
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& romeo = server.login("romeo@example.net/orchard");
    romeo.available();
    juliet.send("<presence type='subscribe' to='romeo@example.net'/>");
    CHECK(romeo.receive() == "<presence type='subscribe' from='juliet@example.org'/>");
    answer(juliet, "<item jid='romeo@example.net' subscription='remove'/>");
    romeo.send("<presence type='unavailable'/>");
    romeo.drain();
    romeo.send("<presence/>");
    CHECK_FALSE(has(romeo.receive_all(), "<presence type='subscribe'/>"));
}

TEST_CASE("nobody changes or reads another's roster (2.1.5, 2.3.3)") {
    TestServer server{"roster"};
    auto& juliet = server.login("juliet@example.org/balcony");
    server.account("romeo@example.net");
    set(juliet, "<item jid='nurse@example.com'/>", "to='romeo@example.net'");
    CHECK(refuses(juliet.receive(), "auth", "forbidden"));
    juliet.send("<iq type='get' id='g' to='romeo@example.net'><query xmlns='jabber:iq:roster'/></iq>");
    CHECK(refuses(juliet.receive(), "cancel", "service-unavailable"));
    auto& romeo = server.login("romeo@example.net/orchard");
    CHECK(roster(romeo) == result(""));
}

TEST_CASE("one's own bare JID is one's roster too") {
    TestServer server{"roster"};
    auto& juliet = server.login("juliet@example.org/balcony");
    set(juliet, "<item jid='nurse@example.com'/>", "to='juliet@example.org'");
    CHECK(juliet.receive() == "<iq type='result'/>");
    juliet.send("<iq type='get' id='g' to='juliet@example.org'><query xmlns='jabber:iq:roster'/></iq>");
    CHECK(juliet.receive() == result("<item jid='nurse@example.com' subscription='none'/>"));
}

TEST_CASE("a roster set with anything but one item is refused (2.3.3)") {
    TestServer server{"roster"};
    auto& juliet = server.login("juliet@example.org/balcony");
    CHECK(refuses(answer(juliet, "<item jid='nurse@example.com'/><item jid='mother@example.com'/>"), "modify",
                  "bad-request"));
    CHECK(refuses(answer(juliet, ""), "modify", "bad-request"));
    CHECK(refuses(answer(juliet, "<item name='nobody'/>"), "modify", "bad-request"));
    CHECK(refuses(answer(juliet, "<item jid='@'/>"), "modify", "jid-malformed"));
    CHECK(roster(juliet) == result(""));
}

TEST_CASE("a roster get with items is refused (2.1.3)") {
    TestServer server{"roster"};
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.send("<iq type='get' id='g'><query xmlns='jabber:iq:roster'><item jid='a@b'/></query></iq>");
    CHECK(refuses(juliet.receive(), "modify", "bad-request"));
}

TEST_CASE("groups that are doubled, empty, too long or too many are refused (2.3.3)") {
    TestServer server({"roster"}, "<roster group-length='8' max-groups='2'/>");
    auto& juliet = server.login("juliet@example.org/balcony");
    const auto with = [&](std::string_view groups) {
        return answer(juliet, "<item jid='nurse@example.com'>" + std::string(groups) + "</item>");
    };
    CHECK(refuses(with("<group>Servants</group><group>Servants</group>"), "modify", "bad-request"));
    CHECK(refuses(with("<group></group>"), "modify", "not-acceptable"));
    CHECK(refuses(with("<group>ServantsX</group>"), "modify", "not-acceptable"));
    CHECK(refuses(with("<group>a</group><group>b</group><group>c</group>"), "modify", "not-acceptable"));
    CHECK(with("<group>Servants</group><group>b</group>") == "<iq type='result'/>");
}

TEST_CASE("a name that is too long is refused (2.3.3)") {
    TestServer server({"roster"}, "<roster name-length='5'/>");
    auto& juliet = server.login("juliet@example.org/balcony");
    CHECK(refuses(answer(juliet, "<item jid='nurse@example.com' name='Nurses'/>"), "modify", "not-acceptable"));
    CHECK(answer(juliet, "<item jid='nurse@example.com' name='Nurse'/>") == "<iq type='result'/>");
}

TEST_CASE("a contact may have the longest address there is (RFC 7622)") {
    TestServer server{"roster", "presence"};
    auto& juliet = server.login("juliet@example.org/balcony");
    // 1023 octets on both sides of the @, alike but for the end.
    const auto longest = [](char last) {
        std::string domain;
        for (int i = 0; i < 15; ++i) domain += std::string(63, 'd') + ".";
        return std::string(1023, 'a') + "@" + domain + std::string(62, 'd') + last;
    };
    for (const char last : {'1', '2'})
        CHECK(answer(juliet, "<item jid='" + longest(last) + "' name='" + last + "'/>") == "<iq type='result'/>");
    server.restart();
    auto& again = server.login("juliet@example.org/balcony");
    CHECK(answer(again, "<item jid='" + longest('2') + "' subscription='remove'/>") == "<iq type='result'/>");
    again.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
    CHECK(again.receive() == "<iq type='result'><query xmlns='jabber:iq:roster' ver='*'><item jid='" + longest('1') +
                                 "' name='1' subscription='none'/></query></iq>");
}

TEST_CASE("a full roster takes no new contact but keeps its own") {
    TestServer server({"roster", "presence"}, "<roster max-items='2'/>");
    auto& juliet = server.login("juliet@example.org/balcony");
    answer(juliet, "<item jid='a@example.com'/>");
    answer(juliet, "<item jid='b@example.com'/>");
    CHECK(refuses(answer(juliet, "<item jid='c@example.com'/>"), "wait", "resource-constraint"));
    juliet.send("<presence type='subscribe' to='c@example.net'/>");
    CHECK(refuses(juliet.receive(), "wait", "resource-constraint"));
    CHECK(answer(juliet, "<item jid='a@example.com' name='A'/>") == "<iq type='result'/>");
    CHECK(answer(juliet, "<item jid='b@example.com' subscription='remove'/>") == "<iq type='result'/>");
    CHECK(answer(juliet, "<item jid='c@example.com'/>") == "<iq type='result'/>");
}

TEST_CASE("roster versioning is announced (2.6.1)") {
    TestServer server{"roster"};
    auto& juliet = server.login("juliet@example.org/balcony");
    CHECK(juliet.raw().find("<ver xmlns='urn:xmpp:features:rosterver'/>") != std::string::npos);
}

TEST_CASE("a client that is up to date gets an empty result, one without a cache the roster (2.6.3)") {
    TestServer server{"roster"};
    auto& juliet = server.login("juliet@example.org/balcony");
    const auto virgin = roster(juliet, "ver=''");
    CHECK(virgin == result(""));
    CHECK(roster(juliet, "ver='" + version(virgin) + "'") == "<iq type='result'/>");
    answer(juliet, "<item jid='nurse@example.com'/>");
    const auto full = roster(juliet, "ver=''");
    CHECK(full == result("<item jid='nurse@example.com' subscription='none'/>"));
    CHECK(roster(juliet, "ver='" + version(full) + "'") == "<iq type='result'/>");
    CHECK(juliet.silent());
    CHECK(roster(juliet, "ver='" + version(virgin) + "'") ==
          result("<item jid='nurse@example.com' subscription='none'/>"));
}

TEST_CASE("a client that is behind gets interim pushes in the order of the changes (2.6.3)") {
    TestServer server{"roster"};
    auto& balcony = server.login("juliet@example.org/balcony");
    for (const char* jid : {"a@x.org", "b@x.org", "c@x.org", "d@x.org", "e@x.org", "f@x.org"})
        answer(balcony, "<item jid='" + std::string(jid) + "'/>");
    const auto known = version(roster(balcony));
    answer(balcony, "<item jid='e@x.org' name='first'/>");
    answer(balcony, "<item jid='b@x.org' subscription='remove'/>");
    answer(balcony, "<item jid='e@x.org' name='E'/>");

    auto& chamber = server.login("juliet@example.org/chamber");
    CHECK(roster(chamber, "ver='" + known + "'") == "<iq type='result'/>");
    const auto removal = chamber.receive();
    const auto change = chamber.receive();
    CHECK(removal == push("<item jid='b@x.org' subscription='remove'/>"));
    CHECK(change == push("<item jid='e@x.org' name='E' subscription='none'/>"));
    CHECK(version(removal) != version(change));
    CHECK(chamber.silent());
    CHECK(roster(chamber, "ver='" + version(change) + "'") == "<iq type='result'/>");
    CHECK(chamber.silent());
}

TEST_CASE("a removed item that comes back is told as it is now") {
    TestServer server{"roster"};
    auto& juliet = server.login("juliet@example.org/balcony");
    for (const char* jid : {"a@x.org", "b@x.org", "c@x.org"}) answer(juliet, "<item jid='" + std::string(jid) + "'/>");
    const auto known = version(roster(juliet));
    answer(juliet, "<item jid='b@x.org' subscription='remove'/>");
    answer(juliet, "<item jid='b@x.org' name='B'/>");
    juliet.drain();
    CHECK(roster(juliet, "ver='" + known + "'") == "<iq type='result'/>");
    CHECK(juliet.receive() == push("<item jid='b@x.org' name='B' subscription='none'/>"));
    CHECK(juliet.silent());
}

TEST_CASE("a version that is not ours brings the whole roster (2.6.3)") {
    TestServer server{"roster"};
    auto& juliet = server.login("juliet@example.org/balcony");
    answer(juliet, "<item jid='nurse@example.com'/>");
    const auto whole = result("<item jid='nurse@example.com' subscription='none'/>");
    for (const char* ver : {"ver14", "99999999999999999999999", "18446744073709551615", "1", "-1", "1x"})
        CHECK(roster(juliet, "ver='" + std::string(ver) + "'") == whole);
}

TEST_CASE("too many changes, or forgotten removals, bring the whole roster") {
    TestServer server{"roster"};
    auto& juliet = server.login("juliet@example.org/balcony");
    answer(juliet, "<item jid='keep@x.org'/>");
    const auto known = version(roster(juliet));
    for (int i = 0; i < 70; ++i) {
        const auto jid = "n" + std::to_string(i) + "@x.org";
        answer(juliet, "<item jid='" + jid + "'/>");
        answer(juliet, "<item jid='" + jid + "' subscription='remove'/>");
    }
    CHECK(roster(juliet, "ver='" + known + "'") == result("<item jid='keep@x.org' subscription='none'/>"));
}

TEST_CASE("the roster and its version outlive the server") {
    TestServer server{"roster"};
    auto& before = server.login("juliet@example.org/balcony");
    answer(before, "<item jid='nurse@example.com' name='Nurse'><group>Servants</group></item>");
    const auto known = version(roster(before));
    server.kill();
    auto& after = server.login("juliet@example.org/balcony");
    CHECK(roster(after, "ver='" + known + "'") == "<iq type='result'/>");
    CHECK(roster(after) ==
          result("<item jid='nurse@example.com' name='Nurse' subscription='none'><group>Servants</group></item>"));
}

TEST_CASE("a set that cannot be kept is an error, and nothing has changed") {
    TestServer server{"roster"};
    auto& juliet = server.login("juliet@example.org/balcony");
    answer(juliet, "<item jid='nurse@example.com'/>");
    server.fail_commit(1);
    CHECK(answer(juliet, "<item jid='romeo@example.net'/>").attr("type") == "error");
    CHECK(roster(juliet) == result("<item jid='nurse@example.com' subscription='none'/>"));
    CHECK(answer(juliet, "<item jid='romeo@example.net'/>") == "<iq type='result'/>");
}

TEST_CASE("nobody is told of a change that is not kept") {
    TestServer server{"roster"};
    auto& balcony = server.login("juliet@example.org/balcony");
    auto& chamber = server.login("juliet@example.org/chamber");
    roster(balcony);
    roster(chamber);
    server.fail_commit(1);
    set(balcony, "<item jid='romeo@example.net'/>");
    CHECK(balcony.receive().attr("type") == "error");
    CHECK(balcony.silent());
    CHECK(chamber.silent());
    CHECK(roster(chamber) == result(""));
    set(balcony, "<item jid='romeo@example.net'/>"); // and the next one is told as usual
    CHECK(has(chamber.receive_all(), push("<item jid='romeo@example.net' subscription='none'/>")));
}

TEST_CASE("pushes come in the order of the changes, before the result") {
    TestServer server{"roster"};
    auto& balcony = server.login("juliet@example.org/balcony");
    roster(balcony);
    std::string sets;
    for (int i = 0; i < 20; ++i)
        sets += "<iq type='set' id='s" + std::to_string(i) + "'><query xmlns='jabber:iq:roster'><item jid='c" +
                std::to_string(i) + "@example.net'/></query></iq>";
    balcony.send(sets);
    for (int i = 0; i < 20; ++i) {
        CHECK(balcony.receive() == push("<item jid='c" + std::to_string(i) + "@example.net' subscription='none'/>"));
        CHECK(balcony.receive().attr("id") == "s" + std::to_string(i));
    }
}

TEST_CASE("who leaves the server says goodbye to his contacts") {
    TestServer server{"roster", "presence"};
    server.befriend("juliet@example.org", "romeo@example.net");
    auto& juliet = server.login("juliet@example.org/balcony");
    roster(juliet);
    juliet.available();
    server.remove_account("romeo@example.net");
    const auto heard = juliet.receive_all();
    CHECK(has(heard, "<presence type='unsubscribe' from='romeo@example.net'/>"));
    CHECK(has(heard, "<presence type='unsubscribed' from='romeo@example.net'/>"));
    CHECK(roster(juliet) == result("<item jid='romeo@example.net' subscription='none'/>"));
    auto& other = server.login("romeo@example.net/again"); // a new account inherits nothing
    CHECK(roster(other) == result(""));
}
