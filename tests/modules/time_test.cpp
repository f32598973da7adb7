// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "xep/xep0082_datetime.hpp"

using namespace epode;
using namespace epode::test;

TEST_CASE("the server tells its time, in UTC and whole seconds") {
    TestServer server{"time"};
    auto& romeo = server.login("romeo@example.org/orchard");
    server.advance(90min + 5s + 250ms);
    const auto now = xep::format_datetime(std::chrono::floor<std::chrono::seconds>(server.wall()));
    romeo.send("<iq type='get' id='time_1' to='example.org'><time xmlns='urn:xmpp:time'/></iq>");
    CHECK(romeo.receive() ==
          "<iq type='result'><time xmlns='urn:xmpp:time'><tzo>+00:00</tzo><utc>" + now + "</utc></time></iq>");
}
