// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

using namespace epode::test;

TEST_CASE("a new account is welcomed when it first comes online, once") {
    TestServer server({"welcome"}, "<welcome message='Good to have you.' subject='Hello'/>");
    server.account("romeo@example.org");
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send("<presence/>");
    const auto messages = romeo.receive_all();
    REQUIRE_FALSE(messages.empty());
    const auto fragment = messages.back().fragment();
    CHECK(fragment.element().name() == "message");
    CHECK(messages.back().attr("from") == "example.org");
    CHECK(messages.back().attr("type") == "normal");
    CHECK(fragment.element().child_text("subject") == "Hello");
    CHECK(fragment.element().child_text("body") == "Good to have you.");
    romeo.close();
    auto& again = server.login("romeo@example.org/orchard");
    again.send("<presence/>");
    for (const auto& received : again.receive_all()) CHECK(received.fragment().element().name() != "message");
}

TEST_CASE("without a configured message nobody is welcomed") {
    TestServer server{"welcome"};
    server.account("romeo@example.org");
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send("<presence/>");
    for (const auto& received : romeo.receive_all()) CHECK(received.fragment().element().name() != "message");
}
