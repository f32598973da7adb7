// SPDX-License-Identifier: MIT
// Sessions that may be resumed (XEP-0198) over a restart of the server and over a kill: nothing is lost, nothing comes
// twice, and nobody sees them leave.
#include "tests/catch.hpp"
#include "tests/harness/resuming.hpp"
#include "tests/harness/test_server.hpp"

#include <string>

using namespace epode;
using namespace epode::test;

namespace {

TestOptions verona(std::size_t shards = 0) {
    TestOptions options;
    options.shards = shards;
    options.config = "<host name='example.org'><carbons/><offline/><presence/><roster/></host>"
                     "<host name='example.net'><offline/><presence/><roster/></host>";
    return options;
}

std::string message(const std::string& text, const std::string& to = "romeo@example.org") {
    return "<message to='" + to + "' type='chat' id='" + text + "'><body>" + text + "</body></message>";
}

/// What one sends who logs in for that.
void say(TestServer& server, const std::string& text, const std::string& to = "romeo@example.org") {
    auto& juliet = server.login("juliet@example.net/balcony");
    juliet.send(message(text, to));
    server.advance(200ms); // longer than a prompt client takes to confirm
    juliet.close();
}

std::string kept(TestServer& server) {
    auto& client = server.login("romeo@example.org/later");
    client.send("<presence/>");
    auto all = bodies(client.receive_all());
    server.advance(1s);
    client.close();
    return all;
}

void end(TestServer& server, bool killed) {
    if (killed)
        server.kill();
    else
        server.restart();
}

} // namespace

TEST_CASE("kept sessions: what was not confirmed comes after a restart, and after a kill, once and in order") {
    const bool killed = GENERATE(false, true);
    const bool away = GENERATE(false, true);
    CAPTURE(killed, away);
    TestServer server(verona());
    Device romeo(server, "romeo@example.org/phone");
    romeo->send("<presence/>");
    romeo.heard();
    say(server, "one");
    CHECK(romeo.heard() == "one");
    romeo.ack();
    server.advance(200ms);
    say(server, "two");
    CHECK(romeo.heard() == "two"); // and does not say so before the end
    say(server, "three");
    if (away) {
        romeo.cut();
        say(server, "four");
        say(server, "five");
    }
    end(server, killed);
    say(server, "six");
    romeo.resume();
    CHECK(romeo.outcome == "resumed");
    CHECK(romeo.heard() == (away ? "three four five six" : "three six"));
    say(server, "seven");
    CHECK(romeo.heard() == "seven");
    romeo.ack();
    romeo.cut();
    romeo.resume();
    CHECK(romeo.outcome == "resumed");
    CHECK(romeo.heard().empty());
    romeo->close();
    CHECK(kept(server).empty());
}

TEST_CASE("kept sessions: again and again") {
    TestServer server(verona());
    Device romeo(server, "romeo@example.org/phone");
    romeo->send("<presence/>");
    romeo.heard();
    for (int i = 0; i < 12; ++i) {
        const auto text = std::to_string(i);
        say(server, "a" + text);
        if (i % 2) romeo.cut();
        say(server, "b" + text);
        if (i % 3) {
            end(server, i % 4 < 2);
            say(server, "c" + text);
        }
        std::string heard = i % 2 || i % 3 ? "" : romeo.heard();
        romeo.resume();
        REQUIRE(romeo.outcome == "resumed");
        heard += romeo.heard();
        CHECK(heard == "a" + text + " b" + text + (i % 3 ? " c" + text : ""));
        if (i % 5 == 0) romeo.ack();
    }
}

TEST_CASE("kept sessions: the client's own stanzas are counted on") {
    const bool killed = GENERATE(false, true);
    TestServer server(verona());
    server.account("juliet@example.net");
    Device romeo(server, "romeo@example.org/phone");
    romeo->send("<presence/>");
    for (int i = 0; i < 5; ++i) romeo->send(message(std::to_string(i), "juliet@example.net"));
    romeo->send("<r xmlns='urn:xmpp:sm:3'/>");
    server.advance(200ms);
    CHECK(romeo.last_h() == "6");
    end(server, killed);
    romeo.resume();
    CHECK(romeo.answer.attr("h") == "6");
    romeo->send(message("5", "juliet@example.net") + "<r xmlns='urn:xmpp:sm:3'/>");
    server.advance(200ms);
    CHECK(romeo.last_h() == "7");
    auto& juliet = server.login("juliet@example.net/late");
    juliet.send("<presence/>");
    CHECK(bodies(juliet.receive_all()) == "0 1 2 3 4 5");
}

TEST_CASE("kept sessions: an acknowledgement says what is in the store") {
    TestServer server(verona());
    server.account("juliet@example.net");
    Device romeo(server, "romeo@example.org/phone");
    for (int i = 1; i <= 10; ++i) {
        romeo->send(message(std::to_string(i), "juliet@example.net") + "<r xmlns='urn:xmpp:sm:3'/>");
        const auto said = romeo.last_h();
        server.kill();
        romeo.resume();
        REQUIRE(romeo.outcome == "resumed");
        CHECK(romeo.answer.attr("h") == said);
    }
}

TEST_CASE("kept sessions: presence stays, and modules keep what they know of the session") {
    const bool killed = GENERATE(false, true);
    TestServer server(verona());
    server.befriend("romeo@example.org", "juliet@example.net");
    Device phone(server, "romeo@example.org/phone");
    phone->send("<presence><priority>5</priority></presence>");
    Device tablet(server, "romeo@example.org/tablet");
    tablet->send("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>"
                 "<presence><priority>-1</priority><status>here</status></presence>");
    tablet.heard();
    phone.heard();
    server.advance(200ms);
    end(server, killed);
    auto& juliet = server.login("juliet@example.net/balcony");
    juliet.send("<presence/>");
    std::size_t seen = 0;
    for (const auto& each : juliet.receive_all())
        seen += each.attr("from").starts_with("romeo@example.org/") && each.attr("type").empty() ? 1U : 0U;
    CHECK(seen == 2);
    juliet.send(message("hello"));
    tablet.resume();
    phone.resume();
    CHECK(phone.heard() == "hello");
    CHECK(tablet.heard() == "copy of hello");
}

TEST_CASE("kept sessions: nobody comes back, so what it had not confirmed finds its way") {
    const bool killed = GENERATE(false, true);
    TestServer server(verona());
    Device phone(server, "romeo@example.org/phone");
    phone->send("<presence/>");
    phone.heard();
    say(server, "one");
    phone.heard();
    phone.ack();
    server.advance(200ms);
    say(server, "two");
    end(server, killed);
    say(server, "three");
    server.advance(9min);
    CHECK(server.ctl({"sessions", "list", "romeo@example.org"}).rows.size() == 1);
    server.advance(2min);
    CHECK(server.ctl({"sessions", "list", "romeo@example.org"}).rows.empty());
    CHECK(kept(server) == "two three");
    end(server, killed);
    CHECK(kept(server).empty());
    phone.resume();
    CHECK(phone.outcome == "failed");
}

TEST_CASE("kept sessions: the time that it waits runs on while the server is away") {
    TestServer server(verona());
    Device phone(server, "romeo@example.org/phone");
    phone->send("<presence/>");
    phone.cut();
    server.advance(6min);
    server.restart();
    server.advance(3min);
    server.kill();
    CHECK(server.ctl({"sessions", "list", "romeo@example.org"}).rows.size() == 1);
    server.advance(2min);
    CHECK(server.ctl({"sessions", "list", "romeo@example.org"}).rows.empty());
}

TEST_CASE("kept sessions: of two devices that got a message, none gets it again") {
    TestServer server(verona());
    Device phone(server, "romeo@example.org/phone", "max='60'");
    phone->send("<presence/>");
    Device tablet(server, "romeo@example.org/tablet");
    tablet->send("<presence/>");
    phone.heard();
    tablet.heard();
    say(server, "one");
    CHECK(tablet.heard() == "one");
    server.kill();
    tablet.resume();
    CHECK(tablet.heard().empty());
    server.advance(2min); // the phone's time is over
    CHECK(tablet.heard().empty());
    tablet->close();
    CHECK(kept(server).empty());
}

TEST_CASE("kept sessions: what waited in the mailbox and was given is not given again") {
    TestServer server(verona());
    server.account("romeo@example.org");
    say(server, "one");
    say(server, "two");
    Device phone(server, "romeo@example.org/phone");
    phone->send("<presence/>");
    CHECK(phone.heard() == "one two");
    server.advance(200ms);
    server.kill();
    phone.resume();
    CHECK(phone.outcome == "resumed");
    CHECK(phone.heard().empty());
    phone->close();
    CHECK(kept(server).empty());
}

TEST_CASE("kept sessions: an ended session leaves no row") {
    TestServer server(verona());
    Device phone(server, "romeo@example.org/phone");
    phone->send("<presence/>");
    const auto owner = server.owner_of("romeo@example.org");
    say(server, "one");
    CHECK(server.stored(owner).at("store/session") == 1);
    CHECK(server.stored(owner).at("store/session-out") == 1);
    SECTION("a polite end") {
        phone.heard();
        phone.ack();
        phone->close();
    }
    SECTION("given up") {
        phone.cut();
        server.advance(11min);
    }
    server.advance(1s);
    CHECK(server.stored(owner).at("store/session") == 0);
    CHECK(server.stored(owner).at("store/session-in") == 0);
    CHECK(server.stored(owner).at("store/session-out") == 0);
}

TEST_CASE("kept sessions: a prompt client costs no row for what it is sent") {
    TestServer server(verona());
    Device phone(server, "romeo@example.org/phone");
    phone->send("<presence/>");
    phone.heard();
    const auto owner = server.owner_of("romeo@example.org");
    auto& juliet = server.login("juliet@example.net/balcony");
    for (int i = 0; i < 10; ++i) {
        juliet.send(message(std::to_string(i)));
        phone.heard();
        phone.ack();
        server.advance(1ms);
        CHECK(server.stored(owner).at("store/session-out") == 0);
    }
}
