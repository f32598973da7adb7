// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

using namespace epode::test;

namespace {

std::string ask(std::string_view with) {
    return "<iq type='get' id='1'><last xmlns='urn:example:lastwords' with='" + std::string(with) + "'/></iq>";
}
std::string answer(std::string_view with, std::string_view from, std::string_view body) {
    return "<iq type='result'><last xmlns='urn:example:lastwords' with='" + std::string(with) + "' from='" +
           std::string(from) + "' stamp='*'>" + std::string(body) + "</last></iq>";
}
std::string refused(std::string_view condition, std::string_view type) {
    return "<iq type='error'><error type='" + std::string(type) + "' code='*'><" + std::string(condition) +
           " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' "
           "xml:lang='en'>*</text>"
           "</error></iq>";
}

/// Romeo says two things to Juliet.
void talk(TestServer& server) {
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.available();
    auto& romeo = server.login("romeo@example.org/orchard");
    for (const auto* words : {"art thou there?", "good night"})
        romeo.send("<message to='juliet@example.org' type='chat'><body>" + std::string(words) + "</body></message>");
}

} // namespace

TEST_CASE("both sides are told the last words, also after a crash") {
    TestServer server{"lastwords", "presence"};
    talk(server);
    server.kill();
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(ask("juliet@example.org"));
    CHECK(romeo.receive() == answer("juliet@example.org", "romeo@example.org", "good night"));
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.send(ask("romeo@example.org"));
    CHECK(juliet.receive() == answer("romeo@example.org", "romeo@example.org", "good night"));
}

TEST_CASE("a silent conversation and a wrong address are answered") {
    TestServer server{"lastwords"};
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(ask("rosaline@example.org"));
    CHECK(romeo.receive() == refused("item-not-found", "cancel"));
    romeo.send(ask("@"));
    CHECK(romeo.receive() == refused("bad-request", "modify"));
}

TEST_CASE("what is kept goes with the account") {
    TestServer server{"lastwords", "presence"};
    talk(server);
    server.remove_account("romeo@example.org");
    auto& another = server.login("romeo@example.org/orchard"); // makes a new account of that name
    another.send(ask("juliet@example.org"));
    CHECK(another.receive() == refused("item-not-found", "cancel"));
}

TEST_CASE("where a message could not be kept its sender hears of it") {
    TestServer server{"lastwords", "presence"};
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.available();
    auto& romeo = server.login("romeo@example.org/orchard");
    server.fail_commit(1);
    romeo.send("<message to='juliet@example.org' type='chat' id='1'><body>good night</body></message>");
    CHECK(romeo.receive().attr("type") == "error");
}
