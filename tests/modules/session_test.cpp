// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

using namespace epode;
using namespace epode::test;

TEST_CASE("a session that is asked for is granted, whomever the client addresses") {
    TestServer server{"session"};
    auto& romeo = server.login("romeo@example.org/orchard");
    for (const char* to : {"", " to='example.org'", " to='romeo@example.org'"}) {
        romeo.send(std::string("<iq type='set' id='sess_1'") + to +
                   "><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>");
        CHECK(romeo.receive() == "<iq type='result'/>");
    }
}

TEST_CASE("nobody asks for a session in another's name") {
    TestServer server{"session"};
    auto& romeo = server.login("romeo@example.org/orchard");
    server.login("juliet@example.org/balcony");
    romeo.send("<iq type='set' id='sess_1' to='juliet@example.org'>"
               "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>");
    CHECK(romeo.receive() == "<iq type='error'><error type='cancel' code='503'>"
                             "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
}
