// SPDX-License-Identifier: MIT
// The end of a stream, seen by a client: the error arrives even where the client goes on sending, and nobody holds the
// server up.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

using namespace epode;
using namespace epode::test;

namespace {
constexpr std::size_t kilobyte = 1024;
} // namespace

TEST_CASE("a stream error reaches a client that is still sending") {
    TestServer server{};
    for (const std::string broken : {"<a></b>", "<!-- c -->", "<message from='else@example.org'/>", "<what/>"}) {
        auto& romeo = server.login("romeo@example.org");
        romeo.send(broken + std::string(300 * kilobyte, 'x'));
        CHECK(romeo.stream_error() != "");
        CHECK(romeo.closed());
        CHECK(romeo.unsent() < kilobyte);
    }
}

TEST_CASE("the end of the stream is said before the connection ends, and nothing after it") {
    TestServer server{};
    auto& romeo = server.login("romeo@example.org");
    romeo.send("<what/><iq type='get' id='late'><a xmlns='b:c'/></iq>");
    CHECK(romeo.raw().ends_with("</stream:error></stream:stream>"));
}

TEST_CASE("of what comes after the end only a bounded part is taken, and for a bounded time") {
    TestServer server{};
    auto& romeo = server.login("romeo@example.org");
    romeo.stall(true); // it does not even see that the server has ended
    romeo.send("<a></b>" + std::string(4096 * kilobyte, 'x'));
    CHECK(romeo.unsent() > 2048 * kilobyte);
    server.advance(4s);
    romeo.stall(false);
    CHECK(romeo.closed());
}

TEST_CASE("a client that ends its stream is answered and needs not wait") {
    TestServer server{};
    auto& romeo = server.login("romeo@example.org");
    romeo.close();
    CHECK(romeo.closed());
    CHECK(romeo.stream_error().empty());
    CHECK(romeo.raw().ends_with("</stream:stream>"));
}

TEST_CASE("a client that ends its stream behind its requests gets their answers first") {
    TestServer server{"private", "ping"};
    auto& romeo = server.login("romeo@example.org");
    romeo.send("<enable xmlns='urn:xmpp:sm:3'/>");
    romeo.drain();
    romeo.send("<iq type='set' id='1'><query xmlns='jabber:iq:private'><a xmlns='b:c'/></query></iq>"
               "<iq type='get' id='2' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>"
               "<iq type='get' id='3'><query xmlns='jabber:iq:private'><a xmlns='b:c'/></query></iq>"
               "<r xmlns='urn:xmpp:sm:3'/></stream:stream>"
               "<iq type='get' id='4' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>");
    std::string answers;
    for (const auto& received : romeo.receive_all())
        answers += received.attr("h").empty() ? received.attr("id") : "h=" + received.attr("h");
    CHECK(answers.find('1') != std::string::npos);
    CHECK(answers.find('2') != std::string::npos);
    CHECK(answers.find('3') != std::string::npos);
    CHECK(answers.find('4') == std::string::npos);
    CHECK(answers.find("h=3") != std::string::npos);
    CHECK(romeo.raw().ends_with("</stream:stream>"));
    CHECK(romeo.closed());
}

TEST_CASE("an answer that does not come holds a stream's end up for two seconds only") {
    TestServer server{"private"};
    auto& juliet = server.login("juliet@example.net/j");
    juliet.available();
    juliet.stall(true);
    auto& tybalt = server.login("tybalt@example.net");
    tybalt.send("<message to='juliet@example.net/j'><body>" + std::string(400 * kilobyte, 'x') + "</body></message>");
    auto& romeo = server.login("romeo@example.org");
    // The answer waits until the message before it is safe, and Juliet takes nothing.
    romeo.send("<message to='juliet@example.net/j'><body>hi</body></message>"
               "<iq type='get' id='1'><query xmlns='jabber:iq:private'><a xmlns='b:c'/></query></iq></stream:stream>");
    CHECK_FALSE(romeo.closed());
    server.advance(2s);
    CHECK(romeo.closed());
    CHECK(romeo.raw().ends_with("</stream:stream>"));
}

TEST_CASE("a client that reads nothing of what waits for it loses its session after the stall-timeout") {
    TestOptions options;
    options.c2s = "stall-timeout='30s'";
    TestServer server(options);
    auto& juliet = server.login("juliet@example.net/j");
    auto& romeo = server.login("romeo@example.org/r");
    juliet.stall(true);
    std::size_t sent = 0; // more than the connection holds, by less than what is too much at once
    for (; sent < 26; ++sent)
        romeo.send("<message to='juliet@example.net/j'><body>" + std::string(10 * kilobyte, 'x') + "</body></message>");
    SECTION("whatever it says meanwhile") {
        server.advance(25s);
        juliet.send(" ");
        server.advance(20s);
        juliet.stall(false);
        CHECK(juliet.closed());
    }
    SECTION("unless it reads meanwhile") {
        server.advance(25s);
        juliet.stall(false);
        CHECK(juliet.receive_all().size() == sent);
        server.advance(40s);
        CHECK_FALSE(juliet.closed());
    }
    SECTION("one that has read everything may be silent for much longer") {
        juliet.stall(false);
        CHECK(juliet.receive_all().size() == sent);
        juliet.stall(true);
        server.advance(120s);
        juliet.stall(false);
        CHECK_FALSE(juliet.closed());
    }
}

TEST_CASE("a client's stream error is the end, and not answered with another one") {
    const std::string error = "<stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                              "</stream:error>";
    for (const auto* behind : {"", "</stream:stream>", "<message/>", "<stream:error/>", "</nonsense>"}) {
        INFO(behind);
        TestServer server{"presence"};
        auto& other = server.login("romeo@example.org/other");
        other.available();
        auto& romeo = server.login("romeo@example.org/r");
        romeo.available();
        other.drain();
        romeo.send(error + behind);
        CHECK(romeo.stream_error().empty());
        CHECK(romeo.raw().ends_with("</stream:stream>"));
        CHECK(romeo.raw().find("stream:error") == std::string::npos);
        CHECK(romeo.closed());
        CHECK(other.receive().attr("type") == "unavailable");
        auto& stranger = server.connect(); // the same before login
        stranger.send("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
                      "to='example.org' version='1.0'>" +
                      error + behind);
        CHECK(stranger.raw().ends_with("</stream:features></stream:stream>"));
        CHECK(stranger.closed());
    }
}
