// SPDX-License-Identifier: MIT
// XEP-0160: nothing is lost, nothing comes twice.
#include "tests/catch.hpp"
#include "tests/modules/offline_kit.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace epode;
using namespace epode::test;
using namespace epode::test::offline;

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
