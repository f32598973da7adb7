// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

using namespace epode::test;

namespace {
constexpr const char* question =
    "<iq type='get' id='version_1' to='example.org'><query xmlns='jabber:iq:version'/></iq>";
} // namespace

TEST_CASE("the server tells name and version, but not its system") {
    TestServer server{"version"};
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(question);
    const auto answer = romeo.receive();
    CHECK(answer ==
          "<iq type='result'><query xmlns='jabber:iq:version'><name>Epode</name><version>*</version></query></iq>");
    CHECK(answer.xml().find("<version/>") == std::string::npos);
}

TEST_CASE("the system is told where the administrator wants it") {
    TestServer server({"version"}, "<version show-os='true'/>");
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(question);
    CHECK(romeo.receive() == "<iq type='result'><query "
                             "xmlns='jabber:iq:version'><name>Epode</name><version>*</version><os>*</os></query></iq>");
}

TEST_CASE("the version can be withheld") {
    TestServer server({"version"}, "<version show-version='false'/>");
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(question);
    CHECK(
        romeo.receive() ==
        "<iq type='result'><query xmlns='jabber:iq:version'><name>Epode</name><version>unknown</version></query></iq>");
}
