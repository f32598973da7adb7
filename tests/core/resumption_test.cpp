// SPDX-License-Identifier: MIT
// XEP-0198 sections 3 to 7, rule by rule: enabling, resuming, what comes after, and what becomes of sessions that are
// not resumed.
#include "core/session/acknowledgement.hpp"
#include "tests/catch.hpp"
#include "tests/harness/resuming.hpp"
#include "tests/harness/test_server.hpp"

#include <string>
#include <vector>

using namespace epode;
using namespace epode::test;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
bool has(const Received& received, std::string_view part) { return has(received.xml(), part); }

constexpr auto not_found = "<failed xmlns='urn:xmpp:sm:3'><item-not-found "
                           "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>";
constexpr auto unexpected = "<failed xmlns='urn:xmpp:sm:3'><unexpected-request "
                            "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>";

TestOptions with(std::string c2s) {
    TestOptions options;
    options.c2s = std::move(c2s);
    options.config = "<host name='example.org'><carbons/><offline/><presence/></host>"
                     "<host name='example.net'><offline/><presence/></host>";
    return options;
}

/// Romeo's device can resume; Juliet writes to him.
struct Verona {
    TestServer server;
    Client& juliet = server.login("juliet@example.net/balcony");
    Device romeo;

    explicit Verona(std::string c2s = "") : server(with(std::move(c2s))), romeo(server, "romeo@example.org/phone") {
        romeo->send("<presence/>");
        romeo.heard();
    }
    void say(const std::string& text, const std::string& to = "romeo@example.org") {
        juliet.send("<message to='" + to + "' type='chat' id='" + text + "'><body>" + text + "</body></message>");
    }
    /// What waits for Romeo at a device that comes now.
    std::string kept() {
        auto& client = server.login("romeo@example.org/later");
        client.send("<presence/>");
        std::string all;
        for (auto some = client.receive_all(); !some.empty(); some = client.receive_all()) {
            const auto text = bodies(some);
            if (!text.empty()) all += (all.empty() ? "" : " ") + text;
            server.advance(1s); // TCP confirms, and there is room for more
        }
        client.close();
        return all;
    }
};

} // namespace

// ---- Section 3: enabling ------------------------------------------------------------------------------------------

TEST_CASE("resumption: enabled with an id, resume and max where it was asked for") {
    TestServer server({"ping"});
    auto& client = server.login("romeo@example.org/phone");
    SECTION("not asked for") {
        client.send("<enable xmlns='urn:xmpp:sm:3'/>");
        CHECK(client.receive() == "<enabled xmlns='urn:xmpp:sm:3'/>");
    }
    for (const std::string value : {"false", "0", "yes"}) SECTION("not asked for: " + value) {
            client.send("<enable xmlns='urn:xmpp:sm:3' resume='" + value + "'/>");
            CHECK(client.receive() == "<enabled xmlns='urn:xmpp:sm:3'/>");
        }
    for (const std::string value : {"true", "1"}) SECTION("asked for: " + value) {
            client.send("<enable xmlns='urn:xmpp:sm:3' resume='" + value + "'/>");
            const auto answer = client.receive();
            CHECK(answer == "<enabled xmlns='urn:xmpp:sm:3' resume='true' id='*' max='600'/>");
            CHECK(answer.attr("id").size() >= 22); // 128 bits and more
        }
    SECTION("for a shorter time") {
        client.send("<enable xmlns='urn:xmpp:sm:3' resume='true' max='60'/>");
        CHECK(client.receive().attr("max") == "60");
    }
    SECTION("for longer than we allow") {
        client.send("<enable xmlns='urn:xmpp:sm:3' resume='true' max='99999999999'/>");
        CHECK(client.receive().attr("max") == "600");
    }
    SECTION("once only") {
        client.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
        client.drain();
        client.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
        CHECK(client.receive() == unexpected);
        client.send("<resume xmlns='urn:xmpp:sm:3' previd='x' h='0'/>");
        CHECK(client.receive() == unexpected);
    }
}

TEST_CASE("resumption: two sessions have different ids") {
    TestServer server({"ping"});
    const Device one(server, "romeo@example.org/a");
    const Device two(server, "romeo@example.org/b");
    CHECK(one.id != two.id);
}

TEST_CASE("resumption: not before binding, and not at all where the server does not want it") {
    SECTION("before binding") {
        TestServer server({"ping"});
        server.account("romeo@example.org");
        Device device(server);
        device.log_in("romeo@example.org");
        device->send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
        CHECK(device->receive() == unexpected);
    }
    SECTION("switched off") {
        TestServer server(with("resume-timeout='0s'"));
        auto& client = server.login("romeo@example.org/phone");
        client.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
        CHECK(client.receive() == "<enabled xmlns='urn:xmpp:sm:3'/>");
        Device device(server);
        device.log_in("romeo@example.org");
        device->send("<resume xmlns='urn:xmpp:sm:3' previd='x' h='0'/>");
        CHECK(device->receive() == "<failed xmlns='urn:xmpp:sm:3'><feature-not-implemented "
                                   "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
    }
}

// ---- Section 5: resuming ------------------------------------------------------------------------------------------

TEST_CASE("resumption: what was not acknowledged comes again, then what came meanwhile, in order and once") {
    Verona verona;
    verona.say("one");
    verona.say("two");
    CHECK(verona.romeo.heard() == "one two");
    verona.romeo.handled -= 1; // it has not had the second one
    verona.romeo.cut();
    verona.say("three");
    verona.say("four", "romeo@example.org/phone");
    verona.romeo.resume();
    CHECK(verona.romeo.outcome == "resumed");
    CHECK(verona.romeo.heard() == "two three four");
    verona.say("five");
    CHECK(verona.romeo.heard() == "five");
    verona.romeo.ack();
    verona.romeo->close();
    CHECK(verona.kept().empty());
}

TEST_CASE("resumption: h of <resumed/> counts the client's stanzas, and goes on counting") {
    Verona verona; // presence: 1
    verona.romeo->send("<message to='juliet@example.net/balcony' id='a'><body>a</body></message>");
    CHECK(bodies(verona.juliet.receive_all()) == "a");
    verona.romeo.cut();
    verona.romeo.resume();
    CHECK(verona.romeo.answer.attr("h") == "2");
    CHECK(verona.romeo.answer.attr("previd") == verona.romeo.id);
    verona.romeo->send("<message to='juliet@example.net/balcony' id='b'><body>b</body></message>"
                       "<r xmlns='urn:xmpp:sm:3'/>");
    CHECK(bodies(verona.juliet.receive_all()) == "b");
    CHECK(verona.romeo.last_h() == "3");
}

TEST_CASE("resumption: the session is there to everybody while its client is away") {
    Verona verona;
    Device tablet(verona.server, "romeo@example.org/tablet");
    tablet->send("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq><presence/>");
    tablet.heard();
    tablet.cut();
    verona.romeo.heard();
    CHECK(verona.romeo.heard().empty());
    verona.say("hello", "romeo@example.org/phone");
    CHECK(verona.romeo.heard() == "hello");
    const auto sessions = verona.server.ctl({"sessions", "list", "romeo@example.org"});
    CHECK(sessions.rows.size() == 2);
    tablet.resume();
    CHECK(tablet.heard() == "copy of hello");
    CHECK(tablet.jid == "romeo@example.org/tablet");
}

TEST_CASE("resumption: nobody sees a session leave that is resumed") {
    TestServer server({"roster", "presence"});
    server.befriend("romeo@example.org", "juliet@example.net");
    auto& juliet = server.login("juliet@example.net/balcony");
    juliet.available();
    Device romeo(server, "romeo@example.org/phone");
    romeo->send("<presence/>");
    juliet.drain();
    romeo.cut();
    server.advance(5min);
    CHECK(juliet.silent());
    romeo.resume();
    CHECK(romeo.outcome == "resumed");
    CHECK(juliet.silent());
    romeo.cut();
    server.advance(11min);
    CHECK(juliet.receive() == "<presence from='romeo@example.org/phone' type='unavailable'/>");
}

TEST_CASE("resumption: presence and chat states that came meanwhile are told once, as they are") {
    TestServer server({"roster", "presence"});
    server.befriend("romeo@example.org", "juliet@example.net");
    auto& juliet = server.login("juliet@example.net/balcony");
    juliet.available();
    Device romeo(server, "romeo@example.org/phone");
    romeo->send("<presence/>");
    romeo.heard();
    romeo.cut();
    const auto state = [&](const std::string& name) {
        juliet.send("<message to='romeo@example.org/phone' type='chat'><" + name +
                    " xmlns='http://jabber.org/protocol/chatstates'/></message>");
    };
    for (int i = 0; i < 50; ++i) {
        juliet.send("<presence><status>" + std::to_string(i) + "</status></presence>");
        state("composing");
        juliet.send("<message to='romeo@example.org/phone' type='chat'><body>" + std::to_string(i) +
                    "</body></message>");
    }
    juliet.send("<presence><show>away</show></presence>");
    state("paused");
    romeo.resume();
    std::vector<std::string> presences, states;
    std::size_t messages = 0;
    for (const auto& each : romeo.stanzas()) {
        if (has(each, "<presence")) presences.push_back(each.xml());
        if (has(each, "chatstates")) states.push_back(each.xml());
        if (has(each, "<body>")) ++messages;
    }
    REQUIRE(presences.size() == 1);
    CHECK(has(presences[0], "<show>away</show>"));
    REQUIRE(states.size() == 1);
    CHECK(has(states[0], "<paused "));
    CHECK(messages == 50);
    romeo.ack();
    CHECK_FALSE(romeo->closed());
}

TEST_CASE("resumption: who resumes while the old stream lives takes it over, and that one ends with conflict") {
    Verona verona;
    verona.say("one");
    auto& old = verona.romeo.client();
    CHECK(verona.romeo.heard() == "one");
    verona.romeo.handled -= 1;
    verona.romeo.resume();
    CHECK(verona.romeo.outcome == "resumed");
    CHECK(old.stream_error() == "conflict");
    CHECK(old.closed());
    CHECK(verona.romeo.heard() == "one");
    verona.say("two");
    CHECK(verona.romeo.heard() == "two");
}

TEST_CASE("resumption: a stream that takes no bytes is taken over, too, and nothing is lost or doubled") {
    Verona verona;
    auto& old = verona.romeo.client();
    old.stall(true);
    const std::string big(3000, 'x');
    std::string expected;
    for (int i = 0; i < 40; ++i) {
        verona.say(std::to_string(i) + big);
        expected += (i ? " " : "") + std::to_string(i) + big;
    }
    verona.romeo.resume();
    CHECK(verona.romeo.outcome == "resumed");
    CHECK(verona.romeo.heard() == expected);
    old.stall(false);
    verona.server.settle();
    CHECK(old.stream_error() == "conflict"); // behind whole stanzas
}

TEST_CASE("resumption: again and again") {
    Verona verona;
    for (int i = 0; i < 20; ++i) {
        const auto text = std::to_string(i);
        if (i % 2) verona.say("a" + text);
        verona.romeo.cut();
        verona.say("b" + text);
        verona.romeo.resume();
        REQUIRE(verona.romeo.outcome == "resumed");
        CHECK(verona.romeo.heard() == (i % 2 ? "a" + text + " " : "") + "b" + text);
    }
}

TEST_CASE("resumption: ids that are nobody's, somebody else's, or of a session that has ended") {
    Verona verona;
    Device other(verona.server);
    SECTION("nobody's; the client may bind then") {
        other.log_in("romeo@example.org");
        other->send("<resume xmlns='urn:xmpp:sm:3' previd='nothing' h='0'/>");
        CHECK(other->receive() == not_found);
        other->send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
        CHECK(has(other->receive(), "<jid>romeo@example.org/"));
    }
    SECTION("another account's: as if there were none") {
        verona.server.account("tybalt@example.org");
        other.log_in("tybalt@example.org");
        other->send("<resume xmlns='urn:xmpp:sm:3' previd='" + verona.romeo.id + "' h='0'/>");
        CHECK(other->receive() == not_found);
        verona.romeo.cut();
        other->send("<resume xmlns='urn:xmpp:sm:3' previd='" + verona.romeo.id + "' h='0'/>");
        CHECK(other->receive() == not_found);
        verona.romeo.resume();
        CHECK(verona.romeo.outcome == "resumed");
    }
    SECTION("its time is over: h tells what was handled") {
        verona.romeo.cut();
        verona.server.advance(11min);
        verona.romeo.resume();
        CHECK(verona.romeo.answer == "<failed xmlns='urn:xmpp:sm:3' h='1'><item-not-found "
                                     "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
        verona.server.account("tybalt@example.org");
        other.log_in("tybalt@example.org");
        other->send("<resume xmlns='urn:xmpp:sm:3' previd='" + verona.romeo.id + "' h='0'/>");
        CHECK(other->receive() == not_found);
    }
    SECTION("without h or previd") {
        for (const std::string& attributes :
             {"previd='" + verona.romeo.id + "'", std::string("h='0'"), "h='-1' previd='" + verona.romeo.id + "'"}) {
            Device device(verona.server);
            device.log_in("romeo@example.org");
            device->send("<resume xmlns='urn:xmpp:sm:3' " + attributes + "/>");
            CHECK(device->receive() == "<failed xmlns='urn:xmpp:sm:3'><bad-request "
                                       "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
        }
    }
}

// ---- Section 6: counts that cannot be -----------------------------------------------------------------------------

TEST_CASE("resumption: an h that is too high ends the stream that says so, not the session") {
    Verona verona;
    verona.say("one");
    verona.romeo.heard();
    const auto right = verona.romeo.handled;
    verona.romeo.cut();
    verona.romeo.handled = right + 1;
    verona.romeo.resume();
    CHECK(verona.romeo->stream_error() == "undefined-condition");
    CHECK(has(verona.romeo->raw(), "<handled-count-too-high xmlns='urn:xmpp:sm:3' h='" + std::to_string(right + 1) +
                                       "' send-count='" + std::to_string(right) + "'/>"));
    verona.romeo.handled = right;
    verona.romeo.resume();
    CHECK(verona.romeo.outcome == "resumed");
}

// ---- Section 7: the end -------------------------------------------------------------------------------------------

TEST_CASE("resumption: a polite end is the end") {
    Verona verona;
    verona.romeo->close();
    verona.say("one");
    verona.romeo.resume();
    CHECK(verona.romeo.outcome == "failed");
    CHECK(verona.kept() == "one");
}

TEST_CASE("resumption: what a session that was given up had not confirmed finds its way, once") {
    Verona verona;
    verona.say("one");
    verona.romeo.heard();
    SECTION("acknowledged") {
        verona.romeo.ack();
        verona.romeo.cut();
        verona.server.advance(11min);
        CHECK(verona.kept().empty());
    }
    SECTION("it waits") {
        verona.romeo.cut();
        verona.say("two");
        verona.server.advance(11min);
        CHECK(verona.kept() == "one two");
        CHECK(verona.kept().empty());
    }
    SECTION("another device had a copy") {
        Device tablet(verona.server, "romeo@example.org/tablet");
        tablet->send("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq><presence><priority>-1</priority>"
                     "</presence>");
        tablet.heard();
        verona.romeo.cut();
        verona.say("two");
        CHECK(tablet.heard() == "copy of two");
        tablet.ack();
        verona.server.advance(11min);
        CHECK(tablet.heard().empty());
        CHECK(verona.kept() == "one");
    }
    SECTION("the time it said") {
        Device brief(verona.server, "romeo@example.org/brief", "max='30'");
        brief->send("<presence><priority>5</priority></presence>");
        brief.heard();
        brief.cut();
        verona.say("two");
        CHECK(verona.romeo.heard().empty());
        verona.server.advance(40s);
        CHECK(verona.romeo.heard() == "two");
    }
}

TEST_CASE("resumption: who binds its resource again ends a session that waits") {
    Verona verona;
    verona.romeo.cut();
    verona.say("one");
    auto& young = verona.server.login("romeo@example.org/phone");
    young.send("<presence/>");
    CHECK(bodies(young.receive_all()) == "one");
    verona.romeo.resume();
    CHECK(verona.romeo.outcome == "failed");
}

TEST_CASE("resumption: an account has only so many sessions that wait") {
    Verona verona("max-detached='2' max-sessions='4'");
    std::vector<std::unique_ptr<Device>> devices;
    for (int i = 0; i < 3; ++i) {
        devices.push_back(std::make_unique<Device>(verona.server, "romeo@example.org/" + std::to_string(i)));
        devices.back()->cut();
        verona.server.advance(1s);
    }
    devices[0]->resume();
    CHECK(devices[0]->outcome == "failed");
    devices[1]->resume();
    CHECK(devices[1]->outcome == "resumed");
    SECTION("and they keep nobody from binding") {
        auto& fourth = verona.server.login("romeo@example.org/4");
        auto& fifth = verona.server.login("romeo@example.org/5");
        CHECK_FALSE(fourth.closed());
        CHECK(fifth.jid().resource() == "5");
        devices[2]->resume();
        CHECK(devices[2]->outcome == "failed");
    }
}

TEST_CASE("resumption: over the limit of what waits the session ends, and nothing is lost") {
    Verona verona("max-outbox-stanzas='100'");
    verona.romeo.cut();
    std::string expected;
    for (int i = 0; i < 110; ++i) {
        verona.say(std::to_string(i));
        expected += (i ? " " : "") + std::to_string(i);
    }
    verona.romeo.resume();
    CHECK(verona.romeo.outcome == "failed");
    CHECK(verona.kept() == expected);
}

TEST_CASE("resumption: what a client is told while it is away is on disk before it is acknowledged, archive or not") {
    Verona verona;
    verona.romeo->send("<iq type='set' id='p'><prefs xmlns='urn:xmpp:mam:2' default='never'/></iq>");
    verona.romeo.heard();
    verona.juliet.send("<enable xmlns='urn:xmpp:sm:3'/>");
    verona.juliet.drain();
    verona.romeo.cut();
    verona.say("one");
    verona.juliet.send("<r xmlns='urn:xmpp:sm:3'/>");
    CHECK(verona.juliet.receive() == "<a xmlns='urn:xmpp:sm:3' h='1'/>");
    SECTION("so it outlives a kill") {
        verona.server.kill();
        CHECK(verona.kept() == "one");
    }
    SECTION("and comes at resume, once") {
        verona.romeo.resume();
        CHECK(verona.romeo.heard() == "one");
        verona.romeo.ack();
        verona.server.advance(1s);
        verona.romeo->send("</stream:stream>");
        CHECK(verona.kept().empty());
    }
}

// ---- Queries ------------------------------------------------------------------------------------------------------

TEST_CASE("resumption: queries to a client that is away come when it is back, or are answered when it is given up") {
    Verona verona;
    verona.romeo.cut();
    verona.juliet.send("<iq type='get' id='v' to='romeo@example.org/phone'><query xmlns='jabber:iq:version'/></iq>");
    CHECK(verona.juliet.silent());
    SECTION("back") {
        verona.romeo.resume();
        CHECK(verona.romeo->receive().attr("id") == "v");
    }
    SECTION("given up") {
        verona.server.advance(11min);
        CHECK(verona.juliet.receive().attr("type") == "error");
        CHECK(verona.juliet.silent());
    }
}

TEST_CASE("resumption: what the client asked before is answered after") {
    TestServer server({"ping"});
    auto& juliet = server.login("juliet@example.net/balcony");
    Device romeo(server, "romeo@example.org/phone");
    romeo->send("<iq type='get' id='q' to='juliet@example.net/balcony'><query xmlns='jabber:iq:version'/></iq>");
    const auto asked = juliet.receive();
    romeo.cut();
    juliet.send("<iq type='result' id='q' to='romeo@example.org/phone'/>");
    romeo.resume();
    CHECK(romeo->receive() == "<iq type='result' id='q' from='juliet@example.net/balcony'/>");
}

// ---- Dead streams -------------------------------------------------------------------------------------------------

TEST_CASE("resumption: a client that does not say what it has received is away, and nothing is lost") {
    Verona verona;
    verona.say("one");
    auto& old = verona.romeo.client();
    CHECK(verona.romeo.heard() == "one");
    verona.romeo.handled -= 1;
    verona.server.advance(50s);
    CHECK_FALSE(old.closed());
    verona.server.advance(20s);
    CHECK(old.stream_error() == "connection-timeout");
    verona.romeo.resume();
    CHECK(verona.romeo.heard() == "one");
}

TEST_CASE("resumption: a client that answers is never away") {
    Verona verona;
    for (int i = 0; i < 10; ++i) {
        verona.say("x");
        verona.romeo.heard();
        verona.romeo.ack();
        verona.server.advance(50s);
    }
    CHECK_FALSE(verona.romeo->closed());
}

TEST_CASE("resumption: a ping that is not answered is the end of the stream only") {
    TestOptions options;
    options.config = "<host name='example.org'><ping interval='30s' timeout='10s'/></host>";
    TestServer server(options);
    Device romeo(server, "romeo@example.org/phone");
    auto& old = romeo.client();
    server.advance(50s);
    CHECK(old.stream_error() == "connection-timeout");
    server.advance(5min);
    romeo.handled = 0;
    romeo.resume();
    CHECK(romeo.outcome == "resumed");
}

// ---- Counters -----------------------------------------------------------------------------------------------------

TEST_CASE("resumption: counters wrap") {
    Acknowledgement acks;
    acks.enable();
    acks.start_at(0xffff'fffe, 0xffff'fffd);
    const Stanza stanza;
    for (std::uint32_t expected : {0xffff'ffffU, 0U, 1U}) {
        acks.ended(acks.opened(stanza), false);
        CHECK(acks.h() == expected);
    }
    for (int i = 0; i < 5; ++i) ++acks.sent; // 0xfffffffe to 2
    CHECK(acks.sent == 2);
    CHECK(acks.may_confirm(0xffff'ffff));
    CHECK(acks.may_confirm(2));
    CHECK_FALSE(acks.may_confirm(3));
    CHECK_FALSE(acks.may_confirm(0xffff'fffc));
    CHECK(acks.confirmed_by(0) == 3);
    CHECK(acks.confirmed_by(2) == 2);
}
