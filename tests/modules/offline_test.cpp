// SPDX-License-Identifier: MIT
// XEP-0160 and XEP-0013: nothing is lost, nothing comes twice.
#include "modules/offline/delivery.hpp"
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

#include <algorithm>
#include <string>

using namespace epode;
using namespace epode::test;

namespace {

constexpr std::string_view offline_ns = "http://jabber.org/protocol/offline";

std::string body(const Received& received) { return received.fragment().element().child("body").text().str(); }

/// Bodies of all messages that arrived, with blanks between them.
std::string bodies(Client& client) {
    std::string all;
    for (const auto& received : client.receive_all())
        if (received.fragment().element().name() == "message")
            all.append(all.empty() ? "" : " ").append(body(received));
    return all;
}

bool refuses(const Received& received, std::string_view type, std::string_view condition) {
    const auto fragment = received.fragment();
    const auto error = fragment.element().child("error");
    return received.attr("type") == "error" && error.attr("type") == type &&
           error.child(condition, "urn:ietf:params:xml:ns:xmpp-stanzas");
}

/// Romeo writes; Juliet is away.
struct Verona {
    TestServer server;
    Client* romeo;

    explicit Verona(std::string_view options = "")
        : server({"offline"}, options), romeo(&server.login("romeo@example.net/orchard")) {
        server.account("juliet@example.org");
    }
    void say(std::string_view text, std::string_view attributes = "type='chat'") {
        send("<body>" + std::string(text) + "</body>", attributes);
    }
    void send(std::string_view children, std::string_view attributes = "type='chat'") {
        romeo->send("<message to='juliet@example.org' " + std::string(attributes) + ">" + std::string(children) +
                    "</message>");
    }
    void enter() { romeo = &server.login("romeo@example.net/orchard"); } // after a restart
    Client& juliet(const std::string& resource = "balcony") { return server.login("juliet@example.org/" + resource); }
    /// Juliet comes, and what she gets is confirmed.
    std::string collected(const std::string& resource = "balcony") {
        auto& client = juliet(resource);
        client.send("<presence/>");
        server.advance(1s);
        auto all = bodies(client);
        client.close();
        return all;
    }
};

/// Turns on XEP-0198, so that what is sent counts as delivered when the client says so.
void acknowledge_by_hand(Client& client) {
    client.send("<enable xmlns='urn:xmpp:sm:3'/>");
    client.drain();
}

std::string node_of(const Received& received) {
    const auto fragment = received.fragment();
    return fragment.element().child("offline", offline_ns).child("item", offline_ns).attr("node").str();
}

} // namespace

TEST_CASE("offline: a message waits and comes with the time of its sending") {
    Verona verona;
    verona.say("blessed night", "id='m1'");
    CHECK(verona.romeo->silent());
    verona.server.advance(1h);
    auto& juliet = verona.juliet();
    CHECK(juliet.silent());
    juliet.send("<presence><priority>1</priority></presence>");
    CHECK(juliet.receive() ==
          "<message from='romeo@example.net/orchard' to='juliet@example.org' id='m1'><body>blessed night</body>"
          "<delay xmlns='urn:xmpp:delay' from='example.org' stamp='*'>Offline Storage</delay></message>");
    CHECK(juliet.silent());
}

TEST_CASE("offline: messages come in order, once") {
    Verona verona;
    for (const auto* text : {"1", "2", "3", "4"}) verona.say(text);
    CHECK(verona.collected() == "1 2 3 4");
    CHECK(verona.collected().empty());
}

TEST_CASE("offline: more than a page of them") {
    Verona verona;
    std::string expected;
    for (int i = 0; i < 120; ++i) {
        verona.say(std::to_string(i));
        expected.append(i == 0 ? "" : " ").append(std::to_string(i));
    }
    CHECK(verona.collected() == expected);
    CHECK(verona.collected().empty());
}

TEST_CASE("offline: they wait for a priority that is not negative") {
    Verona verona;
    auto& juliet = verona.juliet();
    juliet.available(-1);
    verona.say("b");
    CHECK(juliet.silent());
    juliet.send("<presence><priority>-5</priority></presence>");
    CHECK(bodies(juliet).empty());
    juliet.send("<presence><priority>0</priority></presence>");
    CHECK(bodies(juliet) == "b");
    juliet.send("<presence><priority>7</priority></presence>");
    CHECK(bodies(juliet).empty());
}

TEST_CASE("offline: which types and contents wait") {
    struct Row {
        std::string_view attributes, children;
        bool kept;
    };
    const Row table[] = {
        {"type='chat'", "<body>b</body>", true},
        {"type='normal'", "<body>b</body>", true},
        {"", "<body>b</body>", true},
        {"type='letter'", "<body>b</body>", true},
        {"type='groupchat'", "<body>b</body>", false},
        {"type='headline'", "<body>b</body>", false},
        {"type='error' id='1'", "<error type='cancel'/>", false},
        {"type='chat'", "<composing xmlns='http://jabber.org/protocol/chatstates'/>", false},
        {"type='chat'",
         "<gone xmlns='http://jabber.org/protocol/chatstates'/><thread>t</thread><no-store xmlns='urn:xmpp:hints'/>",
         false},
        {"type='chat'", "<active xmlns='http://jabber.org/protocol/chatstates'/><body>b</body>", true},
        {"type='chat'", "<received xmlns='urn:xmpp:receipts' id='1'/>", true},
        {"type='chat'", "<body>b</body><no-store xmlns='urn:xmpp:hints'/>", false},
        {"type='chat'", "<body>b</body><no-permanent-store xmlns='urn:xmpp:hints'/>", true},
        {"type='chat'", "<active xmlns='http://jabber.org/protocol/chatstates'/><store xmlns='urn:xmpp:hints'/>", true},
        {"type='groupchat'", "<body>b</body><store xmlns='urn:xmpp:hints'/>", false},
    };
    for (const auto& row : table) {
        INFO(row.attributes << row.children);
        Verona verona;
        verona.send(row.children, row.attributes);
        auto& juliet = verona.juliet();
        juliet.send("<presence/>");
        std::size_t messages = 0;
        for (const auto& received : juliet.receive_all())
            messages += received.fragment().element().name() == "message" ? 1 : 0;
        CHECK(messages == (row.kept ? 1U : 0U));
    }
}

TEST_CASE("offline: who hears that a message could not wait") {
    Verona verona;
    verona.send("<body>b</body><no-store xmlns='urn:xmpp:hints'/>");
    CHECK(refuses(verona.romeo->receive(), "cancel", "service-unavailable"));
    verona.send("<body>b</body>", "type='groupchat'");
    CHECK(refuses(verona.romeo->receive(), "cancel", "service-unavailable"));
    verona.send("<composing xmlns='http://jabber.org/protocol/chatstates'/>"); // not worth an error
    verona.send("<body>b</body>", "type='headline'");
    CHECK(verona.romeo->silent());
}

TEST_CASE("offline: a chat message for a device that is gone waits for the next one") {
    Verona verona;
    verona.romeo->send("<message to='juliet@example.org/gone' type='chat'><body>b</body></message>");
    auto& juliet = verona.juliet();
    juliet.send("<presence/>");
    CHECK(juliet.receive() ==
          "<message to='juliet@example.org/balcony' type='chat'><body>b</body><delay xmlns='urn:xmpp:delay' "
          "from='example.org' stamp='*'>*</delay></message>");
    verona.romeo->send("<message to='juliet@example.org/other'><body>b</body></message>"); // a normal one does not
    CHECK(refuses(verona.romeo->receive(), "cancel", "service-unavailable"));
}

TEST_CASE("offline: a full mailbox refuses, and takes again when there is room") {
    Verona verona("<offline limit='3'/>");
    for (const auto* text : {"1", "2", "3"}) verona.say(text);
    CHECK(verona.romeo->silent());
    verona.say("4");
    CHECK(refuses(verona.romeo->receive(), "cancel", "service-unavailable"));
    CHECK(verona.collected() == "1 2 3");
    verona.say("5");
    CHECK(verona.romeo->silent());
    CHECK(verona.collected() == "5");
}

TEST_CASE("offline: the count is right after a restart") {
    Verona verona("<offline limit='2'/>");
    verona.say("1");
    verona.say("2");
    verona.server.restart();
    verona.enter();
    verona.say("3");
    CHECK(refuses(verona.romeo->receive(), "cancel", "service-unavailable"));
    CHECK(verona.collected() == "1 2");
}

TEST_CASE("offline: messages are dropped when they have waited long enough") {
    Verona verona("<offline keep='1d' limit='2'/>");
    verona.say("old");
    verona.server.advance(23h);
    verona.say("new");
    verona.server.advance(2h);
    verona.say("newest"); // the old one makes room
    CHECK(verona.romeo->silent());
    CHECK(verona.collected() == "new newest");
}

TEST_CASE("offline: expired messages are not delivered") {
    Verona verona("<offline keep='1d'/>");
    verona.say("old");
    verona.server.advance(25h);
    CHECK(verona.collected().empty());
    CHECK(verona.collected().empty());
}

TEST_CASE("offline: a restart and a kill lose nothing that was acknowledged") {
    Verona verona;
    verona.say("1");
    verona.server.restart();
    verona.enter();
    verona.say("2");
    verona.server.kill();
    CHECK(verona.collected() == "1 2");
    verona.server.kill();
    CHECK(verona.collected().empty());
}

TEST_CASE("offline: what could not be written bounces and is not delivered") {
    Verona verona;
    verona.server.fail_commit(1);
    verona.say("lost", "type='chat' id='m1'");
    const auto error = verona.romeo->receive();
    CHECK(error.attr("id") == "m1");
    CHECK(refuses(error, "wait", "resource-constraint"));
    verona.say("kept");
    CHECK(verona.collected() == "kept");
}

TEST_CASE("offline: what could not be erased comes again, and only that") {
    Verona verona;
    verona.say("1");
    auto& juliet = verona.juliet();
    verona.server.fail_commit(1);
    juliet.send("<presence/>");
    verona.server.advance(1s);
    CHECK(bodies(juliet) == "1");
    juliet.send("<presence type='unavailable'/><presence/>"); // it is known to have arrived
    CHECK(bodies(juliet).empty());
    verona.server.advance(1s);
    juliet.close();
    CHECK(verona.collected().empty());
}

TEST_CASE("offline: what a client did not confirm is there for the next session") {
    Verona verona;
    verona.say("1");
    verona.say("2");
    auto& phone = verona.juliet("phone");
    acknowledge_by_hand(phone);
    phone.send("<presence/>");
    CHECK(bodies(phone) == "1 2");
    verona.server.advance(1s);
    phone.cut();
    verona.server.settle();
    CHECK(verona.collected() == "1 2");
    CHECK(verona.collected().empty());
}

TEST_CASE("offline: what it confirmed is not") {
    Verona verona;
    verona.say("1");
    verona.say("2");
    auto& phone = verona.juliet("phone");
    phone.send("<enable xmlns='urn:xmpp:sm:3'/><presence/>");
    // Its own presence comes back only where modules/presence is loaded: the messages are all that counts here.
    CHECK(bodies(phone) == "1 2");
    phone.send("<a xmlns='urn:xmpp:sm:3' h='1'/>");
    verona.server.advance(1s);
    phone.cut();
    CHECK(verona.collected() == "2");
    CHECK(verona.collected().empty());
}

TEST_CASE("offline: two devices that come at once share nothing") {
    Verona verona;
    for (int i = 0; i < 60; ++i) verona.say("b");
    auto& phone = verona.juliet("phone");
    auto& tablet = verona.juliet("tablet");
    acknowledge_by_hand(phone);
    acknowledge_by_hand(tablet);
    phone.send("<presence/>");
    tablet.send("<presence/>");
    CHECK(bodies(phone).size() == 60 * 2 - 1);
    CHECK(bodies(tablet).empty());
    tablet.send("<presence><priority>-1</priority></presence><presence><priority>3</priority></presence>");
    CHECK(bodies(tablet).empty());
}

TEST_CASE("offline: when a device dies, what it had not confirmed goes to the one that is there") {
    Verona verona;
    verona.say("1");
    verona.say("2");
    auto& phone = verona.juliet("phone");
    acknowledge_by_hand(phone);
    phone.send("<presence/>");
    CHECK(bodies(phone) == "1 2");
    auto& tablet = verona.juliet("tablet");
    tablet.send("<presence/>");
    CHECK(bodies(tablet).empty());
    phone.cut();
    verona.server.settle();
    CHECK(bodies(tablet) == "1 2");
    verona.server.advance(1s);
    tablet.close();
    CHECK(verona.collected().empty());
}

TEST_CASE("offline: a server that dies before the client confirmed delivers again") {
    Verona verona;
    verona.say("1");
    auto& phone = verona.juliet("phone");
    acknowledge_by_hand(phone);
    phone.send("<presence/>");
    CHECK(bodies(phone) == "1");
    verona.server.kill();
    CHECK(verona.collected() == "1");
}

// ---- A device that goes in the middle
// -----------------------------------------------------------------------------------------------------------------

namespace {

/// So many messages, together more than half of what may wait for a client: giving them has to stop in between.
constexpr int many = 200;
void fill(Verona& verona) {
    for (int i = 0; i < many; ++i) verona.say(std::to_string(i) + std::string(30'000, '.'));
}
/// The numbers that arrived, in their order.
std::vector<int> numbers(Client& client) {
    std::vector<int> all;
    for (const auto& received : client.receive_all())
        if (received.fragment().element().name() == "message") all.push_back(std::stoi(body(received)));
    return all;
}
std::vector<int> from_to(int from, int to) {
    std::vector<int> all;
    for (int i = from; i < to; ++i) all.push_back(i);
    return all;
}
/// A server that lets little wait for a client, so that a slow one stops the giving in the middle.
struct Narrow {
    Verona verona;
    Client* phone;
    Narrow() : phone(nullptr) {
        fill(verona);
        phone = &verona.juliet("phone");
        acknowledge_by_hand(*phone);
        phone->stall(true);
        phone->send("<presence/>");
    }
};
void confirm(Client& client, std::size_t count) {
    client.send("<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(count) + "'/>");
}

} // namespace

TEST_CASE("offline: a device that dies in the middle of being given them leaves the rest to the next") {
    Narrow middle;
    middle.phone->stall(false);
    const auto first = numbers(*middle.phone);
    CHECK(first == from_to(0, many)); // with nothing in the way it gets all
    confirm(*middle.phone, 70);
    middle.verona.server.settle();
    middle.phone->cut();
    middle.verona.server.settle();
    auto& tablet = middle.verona.juliet("tablet");
    tablet.send("<presence/>");
    middle.verona.server.advance(1s);
    CHECK(numbers(tablet) == from_to(70, many));
    tablet.close();
    CHECK(middle.verona.collected().empty());
}

TEST_CASE("offline: a device that goes offline in the middle leaves the rest to one that is there") {
    Narrow middle;
    auto& tablet = middle.verona.juliet("tablet");
    tablet.send("<presence/>");
    CHECK(numbers(tablet).empty()); // one at a time
    middle.phone->send("<presence type='unavailable'/>");
    middle.phone->stall(false);
    auto first = numbers(*middle.phone);
    CHECK_FALSE(first.empty());
    CHECK(first.size() < many);
    middle.verona.server.advance(1s);
    const auto second = numbers(tablet);
    CHECK(second == from_to(static_cast<int>(first.size()), many));
    confirm(*middle.phone, first.size());
    middle.verona.server.advance(1s);
    middle.phone->close();
    CHECK(numbers(tablet).empty());
    tablet.close();
    CHECK(middle.verona.collected().empty());
}

TEST_CASE("offline: what a device leaves behind while another is being given the mailbox comes, too") {
    Verona verona;
    for (const auto* text : {"1", "2"}) verona.say(text);
    auto& phone = verona.juliet("phone");
    acknowledge_by_hand(phone);
    phone.send("<presence/>");
    CHECK(numbers(phone) == std::vector{1, 2});
    phone.send("<presence type='unavailable'/>"); // it stays, and confirms nothing
    fill(verona);
    auto& tablet = verona.juliet("tablet");
    tablet.stall(true);
    tablet.send("<presence/>"); // is past 1 and 2, and waits for room
    phone.cut();
    verona.server.settle();
    tablet.stall(false);
    auto got = numbers(tablet);
    std::ranges::sort(got);
    auto all = from_to(0, many);
    all.insert(all.end(), {1, 2});
    std::ranges::sort(all);
    CHECK(got == all);
    verona.server.advance(1s);
    tablet.close();
    CHECK(verona.collected().empty());
}

TEST_CASE("offline: a device that looks by itself keeps them from others only while it is there") {
    Verona verona;
    verona.say("1");
    auto& looker = verona.juliet("looker");
    looker.send("<iq type='get' id='c'><query xmlns='http://jabber.org/protocol/disco#info' "
                "node='http://jabber.org/protocol/offline'/></iq>");
    looker.drain();
    auto& phone = verona.juliet("phone");
    phone.send("<presence/>");
    CHECK(bodies(phone).empty());
    looker.cut();
    verona.server.settle();
    CHECK(bodies(phone) == "1");
}

TEST_CASE("offline: a reload in the middle neither loses nor doubles") {
    Narrow middle;
    CHECK(middle.verona.server.reload("offline").empty());
    middle.phone->stall(false);
    CHECK(numbers(*middle.phone) == from_to(0, many));
    confirm(*middle.phone, 150);
    middle.verona.server.advance(1s);
    middle.phone->cut();
    middle.verona.server.settle();
    auto& tablet = middle.verona.juliet("tablet");
    tablet.send("<presence/>");
    middle.verona.server.advance(1s);
    CHECK(numbers(tablet) == from_to(150, many));
    tablet.close();
    CHECK(middle.verona.collected().empty());
}

TEST_CASE("offline: a module that is unloaded does not wait for a slow client, and goes on when it is back") {
    Narrow middle;
    CHECK(middle.verona.server.unload("offline").empty());
    middle.phone->stall(false);
    const auto first = numbers(*middle.phone);
    CHECK(first.size() < many);
    CHECK(middle.verona.server.load("offline").empty());
    middle.verona.server.settle();
    CHECK_FALSE(numbers(*middle.phone).empty());
}

TEST_CASE("offline: a client that confirms slowly gets a full mailbox, not an error") {
    Verona verona("<offline limit='20000'/>");
    for (int i = 0; i < 10'500; ++i) verona.say(std::to_string(i)); // more than may wait for one client
    auto& phone = verona.juliet("phone");
    acknowledge_by_hand(phone);
    phone.send("<presence/>");
    std::vector<int> got;
    while (true) {
        const auto more = numbers(phone);
        if (more.empty()) break;
        got.insert(got.end(), more.begin(), more.end());
        confirm(phone, got.size());
    }
    CHECK_FALSE(phone.closed());
    CHECK(got == from_to(0, 10'500));
}

TEST_CASE("offline: what came before XEP-0198 was turned on is confirmed by TCP") {
    Verona verona;
    verona.say("1");
    auto& phone = verona.juliet("phone");
    phone.send("<presence/>");
    CHECK(bodies(phone) == "1");
    acknowledge_by_hand(phone);
    verona.server.advance(1s);
    phone.cut();
    verona.server.settle();
    CHECK(verona.collected().empty());
}

TEST_CASE("offline: a disk that lets nothing be erased keeps nobody from reading") {
    Verona verona("<offline keep='1d'/>");
    verona.say("old");
    verona.server.advance(23h);
    verona.say("new");
    verona.server.advance(2h);
    auto& juliet = verona.juliet();
    verona.server.fail_commit(1);
    juliet.send("<presence/>");
    CHECK(bodies(juliet) == "new");
}

TEST_CASE("offline: an account that is removed leaves no messages to its successor") {
    Verona verona;
    verona.say("1");
    verona.server.remove_account("juliet@example.org");
    verona.server.account("juliet@example.org");
    CHECK(verona.collected().empty());
}

TEST_CASE("offline: a forged delay of this server is dropped, others stay") {
    Verona verona;
    verona.send("<body>b</body><delay xmlns='urn:xmpp:delay' from='example.org' stamp='2002-09-10T23:08:25Z'/>"
                "<delay xmlns='urn:xmpp:delay' from='gateway.example.net' stamp='2002-09-10T23:08:25Z'/>");
    auto& forger = verona.server.login("mercutio@example.org/street");
    forger.send("<message to='juliet@example.org' type='chat'><body>c</body><delay xmlns='urn:xmpp:delay' "
                "from='example.org' stamp='2002-09-10T23:08:25Z'/></message>");
    auto& juliet = verona.juliet();
    juliet.send("<presence/>");
    const auto first = juliet.receive();
    CHECK(first == "<message type='chat'><body>b</body><delay xmlns='urn:xmpp:delay' from='gateway.example.net' "
                   "stamp='2002-09-10T23:08:25Z'/>"
                   "<delay xmlns='urn:xmpp:delay' from='example.org' stamp='*'>*</delay></message>");
    CHECK(first.xml().find("stamp='2026-01-01T") != std::string::npos);
    const auto second = juliet.receive();
    CHECK(second == "<message type='chat'><body>c</body><delay xmlns='urn:xmpp:delay' from='example.org' "
                    "stamp='*'>*</delay></message>");
    CHECK(second.xml().find("stamp='2026-01-01T") != std::string::npos);
}

TEST_CASE("offline: the server says that it keeps messages") {
    Verona verona;
    auto& juliet = verona.juliet();
    juliet.send("<iq type='get' id='1' to='example.org'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    const auto xml = juliet.receive().xml();
    CHECK(xml.find("'msgoffline'") != std::string::npos);
    CHECK(xml.find("'http://jabber.org/protocol/offline'") != std::string::npos);
}

// ---- XEP-0013 -----------------------------------------------------------------------------------------------------

namespace {

constexpr const char* count = "<iq type='get' id='c'><query xmlns='http://jabber.org/protocol/disco#info' "
                              "node='http://jabber.org/protocol/offline'/></iq>";
constexpr const char* headers = "<iq type='get' id='h'><query xmlns='http://jabber.org/protocol/disco#items' "
                                "node='http://jabber.org/protocol/offline'/></iq>";

std::vector<std::string> nodes(Client& client) {
    client.send(headers);
    const auto fragment = client.receive().fragment();
    std::vector<std::string> all;
    for (xml::Element item : fragment.element().first().children()) all.push_back(item.attr("node").str());
    return all;
}
std::string item(std::string_view action, std::string_view node) {
    return "<item action='" + std::string(action) + "' node='" + std::string(node) + "'/>";
}
void ask(Client& client, std::string_view type, std::string_view inner) {
    client.send("<iq type='" + std::string(type) + "' id='o'><offline xmlns='http://jabber.org/protocol/offline'>" +
                std::string(inner) + "</offline></iq>");
}

} // namespace

TEST_CASE("flexible offline: how many messages there are, and no flood after asking") {
    Verona verona;
    verona.say("1");
    verona.say("2");
    auto& juliet = verona.juliet();
    juliet.send(count);
    CHECK(juliet.receive() ==
          "<iq type='result' id='c'><query xmlns='http://jabber.org/protocol/disco#info' "
          "node='http://jabber.org/protocol/offline'>"
          "<identity category='automation' type='message-list'/><feature var='http://jabber.org/protocol/offline'/>"
          "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' "
          "type='hidden'><value>http://jabber.org/protocol/offline</value></field>"
          "<field var='number_of_messages'><value>2</value></field></x></query></iq>");
    juliet.send("<presence/>");
    CHECK(bodies(juliet).empty());
    auto& other = verona.juliet("other"); // nor for a second device while the first one is there
    other.send("<presence/>");
    CHECK(bodies(other).empty());
    juliet.close();
    CHECK(bodies(other) == "1 2");
    verona.server.advance(1s);
    other.close();
    CHECK(verona.collected().empty());
}

TEST_CASE("flexible offline: headers, viewing and removing") {
    Verona verona;
    for (const auto* text : {"1", "2", "3"}) verona.say(text);
    auto& juliet = verona.juliet();
    juliet.send(headers);
    const auto list = juliet.receive();
    CHECK(list == "<iq type='result' id='h'><query xmlns='http://jabber.org/protocol/disco#items' "
                  "node='http://jabber.org/protocol/offline'>"
                  "<item jid='juliet@example.org' node='*' name='romeo@example.net/orchard'/>"
                  "<item jid='juliet@example.org' node='*' name='romeo@example.net/orchard'/>"
                  "<item jid='juliet@example.org' node='*' name='romeo@example.net/orchard'/></query></iq>");
    const auto all = nodes(juliet);
    REQUIRE(all.size() == 3);
    CHECK(std::is_sorted(all.begin(), all.end()));

    ask(juliet, "get", item("view", all[1]));
    const auto viewed = juliet.receive();
    CHECK(body(viewed) == "2");
    CHECK(node_of(viewed) == all[1]);
    CHECK(juliet.receive() == "<iq type='result' id='o'/>");
    CHECK(nodes(juliet) == all); // looking takes nothing away

    ask(juliet, "set", item("remove", all[0]) + item("remove", all[1]));
    CHECK(juliet.receive() == "<iq type='result' id='o'/>");
    CHECK(nodes(juliet) == std::vector<std::string>{all[2]});
    juliet.close();
    CHECK(verona.collected() == "3");
}

TEST_CASE("flexible offline: fetching all and purging") {
    Verona verona;
    verona.say("1");
    verona.say("2");
    auto& juliet = verona.juliet();
    ask(juliet, "get", "<fetch/>");
    CHECK(body(juliet.receive()) == "1");
    CHECK(body(juliet.receive()) == "2");
    CHECK(juliet.receive() == "<iq type='result' id='o'/>");
    juliet.send("<presence/>"); // fetching is asking
    CHECK(bodies(juliet).empty());
    ask(juliet, "set", "<purge/>");
    CHECK(juliet.receive() == "<iq type='result' id='o'/>");
    CHECK(nodes(juliet).empty());
    ask(juliet, "get", "<fetch/>");
    CHECK(juliet.receive() == "<iq type='result' id='o'/>");
    verona.server.restart();
    CHECK(verona.collected().empty());
}

TEST_CASE("flexible offline: a module that is unloaded does not wait for a slow client that fetches all") {
    Verona verona;
    fill(verona);
    auto& phone = verona.juliet("phone");
    acknowledge_by_hand(phone);
    phone.stall(true);
    ask(phone, "get", "<fetch/>");
    verona.server.settle();
    CHECK(verona.server.unload("offline").empty());
    phone.stall(false);
    std::size_t messages = 0;
    std::string answer;
    for (const auto& received : phone.receive_all()) {
        const auto fragment = received.fragment();
        if (fragment.element().name() == "message") ++messages;
        if (fragment.element().name() == "iq") answer = fragment.element().str();
    }
    CHECK(messages < many);
    CHECK(answer.find("<resource-constraint ") != std::string::npos);
}

TEST_CASE("flexible offline: faults") {
    Verona verona;
    verona.say("1");
    auto& juliet = verona.juliet();
    const auto all = nodes(juliet);
    REQUIRE(all.size() == 1);
    const auto expect = [&](std::string_view type, std::string_view inner, std::string_view kind,
                            std::string_view condition) {
        INFO(inner);
        ask(juliet, type, inner);
        CHECK(refuses(juliet.receive(), kind, condition));
    };
    expect("get", item("view", "2003-02-27T22:52:37.225Z"), "cancel", "item-not-found");
    expect("get", item("view", all[0]) + item("view", "0000000000000000000000000a"), "cancel", "item-not-found");
    expect("set", item("remove", "nonsense"), "cancel", "item-not-found");
    expect("get", item("remove", all[0]), "modify", "bad-request");
    expect("set", item("view", all[0]), "modify", "bad-request");
    expect("set", "<fetch/>", "modify", "bad-request");
    expect("get", "", "modify", "bad-request");
    CHECK(nodes(juliet) == all);
    // Nobody looks into another one's mailbox.
    verona.romeo->send("<iq type='get' id='x' to='juliet@example.org'><offline "
                       "xmlns='http://jabber.org/protocol/offline'><fetch/></offline></iq>");
    CHECK(verona.romeo->receive().attr("type") == "error");
    verona.romeo->send(
        "<iq type='get' id='x' to='juliet@example.org'><query xmlns='http://jabber.org/protocol/disco#items' "
        "node='http://jabber.org/protocol/offline'/></iq>");
    CHECK(verona.romeo->receive().attr("type") == "error");
}

TEST_CASE("flexible offline: a removal that could not be written is none") {
    Verona verona;
    verona.say("1");
    auto& juliet = verona.juliet();
    verona.server.fail_commit(1);
    ask(juliet, "set", "<purge/>");
    CHECK(juliet.receive().attr("type") == "error");
    CHECK(nodes(juliet).size() == 1);
}

// ---- The bookkeeping ----------------------------------------------------------------------------------------------

TEST_CASE("delivery: one session at a time, each message once") {
    offline::Delivery delivery;
    const auto id = OrderedId::at(WallTime(1s));
    CHECK(delivery.begin(1));
    CHECK_FALSE(delivery.begin(2));
    CHECK(delivery.send(1, 77, id));
    CHECK_FALSE(delivery.send(2, 77, id));
    delivery.finish(2);
    CHECK_FALSE(delivery.begin(2));
    delivery.finish(1);
    CHECK(delivery.begin(2));
    CHECK_FALSE(delivery.send(2, 77, id));
}

TEST_CASE("delivery: who was sent away is remembered until the mailbox is free") {
    offline::Delivery delivery;
    CHECK(delivery.begin(1));
    CHECK_FALSE(delivery.begin(2));
    CHECK_FALSE(delivery.finish(2)); // it is not the one
    CHECK(delivery.finish(1));
    CHECK(delivery.begin(1));
    CHECK_FALSE(delivery.finish(1));
}

TEST_CASE("delivery: a reload keeps what is under way and what has arrived") {
    offline::Delivery before;
    const auto one = OrderedId::at(WallTime(1s));
    const auto two = OrderedId::at(WallTime(2s));
    CHECK(before.begin(1));
    CHECK(before.send(1, 71, one));
    CHECK(before.send(1, 72, two));
    CHECK(before.arrived(1, 72));
    auto after = offline::Delivery::from_bytes(before.bytes());
    REQUIRE(after);
    CHECK(after->begin(2)); // nobody is being given it
    CHECK_FALSE(after->send(2, 71, one));
    CHECK_FALSE(after->send(2, 72, two));
    CHECK(after->confirmed() == std::vector<OrderedId>{two});
    CHECK(after->arrived(1, 71));
    CHECK_FALSE(offline::Delivery::from_bytes("\x7f"));
}

TEST_CASE("delivery: only the session that was sent a message can confirm it") {
    offline::Delivery delivery;
    const auto id = OrderedId::at(WallTime(1s));
    CHECK(delivery.send(1, 77, id));
    CHECK_FALSE(delivery.arrived(2, 77));
    CHECK_FALSE(delivery.arrived(1, 78));
    CHECK(delivery.arrived(1, 77));
    CHECK_FALSE(delivery.arrived(1, 77));
    CHECK(delivery.confirmed() == std::vector<OrderedId>{id});
    delivery.ended(1);
    CHECK_FALSE(delivery.send(2, 77, id)); // still stored, but it has arrived
    delivery.erased(1);
    CHECK(delivery.confirmed().empty());
    CHECK(delivery.send(2, 77, id));
}

TEST_CASE("delivery: what a session leaves behind may go to another") {
    offline::Delivery delivery;
    const auto one = OrderedId::at(WallTime(1s));
    const auto two = OrderedId::at(WallTime(2s));
    CHECK(delivery.begin(1));
    CHECK(delivery.send(1, 71, one));
    CHECK(delivery.send(2, 72, two));
    delivery.ended(1);
    CHECK(delivery.begin(3));
    CHECK(delivery.send(3, 71, one));
    CHECK_FALSE(delivery.send(3, 72, two));
}
