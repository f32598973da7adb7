// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

using namespace epode;
using namespace epode::test;

namespace {
constexpr const char* hello = "<message type='headline' from='example.org'><body>Hello</body></message>";
} // namespace

TEST_CASE("an announcement reaches everybody who is online, once per device, and nobody later") {
    TestServer server{"announce"};
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& chamber = server.login("juliet@example.org/chamber");
    auto& romeo = server.login("romeo@example.org/orchard");
    auto& silent = server.login("paris@example.org/palace"); // bound, but not available
    server.account("tybalt@example.org");
    juliet.available();
    chamber.available();
    romeo.available();
    juliet.drain(); // each other's presence
    chamber.drain();
    server.command("announce", {{"message", "Hello"}});
    CHECK(juliet.receive() == hello);
    CHECK(juliet.silent());
    CHECK(chamber.receive() == hello);
    CHECK(romeo.receive() == hello);
    CHECK(silent.silent());
    auto& tybalt = server.login("tybalt@example.org/street");
    tybalt.send("<presence/>");
    CHECK(tybalt.silent());
}

TEST_CASE("an announcement may have a subject and lines") {
    TestServer server{"announce"};
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.available();
    server.command("announce", {{"message", "one\ntwo"}, {"subject", "News"}});
    CHECK(romeo.receive() == "<message type='headline'><subject>News</subject><body>one\ntwo</body></message>");
}

TEST_CASE("an announcement stays on its host") {
    TestServer server{"announce"};
    auto& elsewhere = server.login("romeo@example.net/orchard");
    elsewhere.available();
    server.command("announce", {{"message", "Hello"}});
    CHECK(elsewhere.silent());
}

TEST_CASE("the message of the day comes once, with the next initial presence") {
    TestServer server{"announce"};
    auto& here = server.login("romeo@example.org/orchard");
    here.available();
    server.command("motd-set", {{"message", "Hello"}});
    CHECK(here.silent());
    here.send("<presence><show>away</show></presence>");
    CHECK(here.silent());
    here.close();

    auto& later = server.login("romeo@example.org/orchard");
    CHECK(later.silent());
    later.send("<presence/>");
    CHECK(later.receive() == hello);
    auto& second = server.login("romeo@example.org/home");
    second.send("<presence/>");
    for (const auto& received : second.receive_all()) CHECK_FALSE(received == hello);
}

TEST_CASE("another message of the day is told again; the same one not even after a restart") {
    TestServer server{"announce"};
    server.account("romeo@example.org");
    const auto first_words = [&] {
        auto& client = server.login("romeo@example.org/orchard");
        client.send("<presence/>");
        auto received = client.receive();
        client.close();
        return received;
    };
    server.command("motd-set", {{"message", "Hello"}});
    CHECK(first_words() == hello);
    server.restart();
    CHECK(first_words() == "");
    server.command("motd-set", {{"message", "Bye"}});
    CHECK(first_words() == "<message type='headline'><body>Bye</body></message>");
}

TEST_CASE("a deleted message of the day is told no more") {
    TestServer server{"announce"};
    server.command("motd-set", {{"message", "Hello"}});
    server.command("motd-delete");
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send("<presence/>");
    CHECK(romeo.silent());
}
