// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

using namespace epode::test;

namespace {

std::string says(std::string_view words) {
    return "<message to='juliet@example.org' type='chat' id='1'><body>" + std::string(words) + "</body></message>";
}
constexpr const char* refused =
    "<message type='error' id='1'><error type='modify' code='406'>"
    "<policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
    "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>this word is not said here</text>"
    "</error></message>";

} // namespace

TEST_CASE("a message with a word of the list is refused, others arrive") {
    TestServer server({"wordfilter", "presence"}, "<wordfilter words='toad asp'/>");
    auto& romeo = server.login("romeo@example.org/orchard");
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.available();
    romeo.send(says("a loathed toad"));
    CHECK(romeo.receive() == refused);
    CHECK(juliet.silent());
    romeo.send(says("a nightingale"));
    CHECK(romeo.silent());
    CHECK(juliet.receive() == says("a nightingale"));
}

TEST_CASE("an administrator changes the words on every shard, and a reload keeps them") {
    TestServer server({"wordfilter", "presence"}, "<wordfilter words='toad'/>");
    auto& romeo = server.login("romeo@example.org/orchard");
    auto& tybalt = server.login("tybalt@example.org/street");
    server.login("juliet@example.org/balcony").available();
    CHECK(server.command("wordfilter-set", {{"words", "peace hell"}}) == "refused from now on: peace hell");
    CHECK(server.reload("wordfilter") == "");
    for (auto* client : {&romeo, &tybalt}) {
        client->send(says("peace? I hate the word"));
        CHECK(client->receive() == refused);
        client->send(says("toad"));
        CHECK(client->silent());
    }
    CHECK(server.command("wordfilter-set") == "everything is let through");
    tybalt.send(says("peace"));
    CHECK(tybalt.silent());
}

TEST_CASE("patience ends") {
    TestServer server({"wordfilter"}, "<wordfilter words='toad' patience='2'/>");
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(says("toad"));
    CHECK_FALSE(romeo.closed());
    romeo.send(says("toad"));
    CHECK(romeo.closed());
    CHECK(romeo.stream_error() == "policy-violation");
}
