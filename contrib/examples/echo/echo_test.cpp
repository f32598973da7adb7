// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

using namespace epode::test;

TEST_CASE("a message comes back, from any address of the service") {
    TestServer server{"echo"};
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send("<message to='echo.example.org' type='chat'><body>hark!</body></message>");
    CHECK(romeo.receive() == "<message from='echo.example.org' type='chat'><body>hark!</body></message>");
    romeo.send("<message to='nymph@echo.example.org' type='chat'><body>who's there?</body></message>");
    CHECK(romeo.receive() == "<message from='nymph@echo.example.org' type='chat'><body>who's there?</body></message>");
}

TEST_CASE("what says nothing is not answered") {
    TestServer server{"echo"};
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(
        "<message to='echo.example.org' type='chat'><active xmlns='http://jabber.org/protocol/chatstates'/></message>"
        "<message to='echo.example.org' type='error'><body>no</body></message>"
        "<presence to='echo.example.org'/>");
    CHECK(romeo.silent());
}

TEST_CASE("the service is an item of the server and says what it is") {
    TestServer server{"echo", "disco", "ping"};
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send("<iq type='get' id='1' to='example.org'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
    CHECK(romeo.receive() == "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items'>"
                             "<item jid='echo.example.org' name='Echo'/></query></iq>");
    romeo.send(
        "<iq type='get' id='2' to='echo.example.org'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    CHECK(romeo.receive() ==
          "<iq type='result' from='echo.example.org'><query xmlns='http://jabber.org/protocol/disco#info'>"
          "<identity category='component' type='generic' name='Echo'/>"
          "<feature var='http://jabber.org/protocol/disco#info'/>"
          "<feature var='http://jabber.org/protocol/disco#items'/><feature var='urn:xmpp:ping'/></query></iq>");
    romeo.send("<iq type='get' id='3' to='echo.example.org'><ping xmlns='urn:xmpp:ping'/></iq>");
    CHECK(romeo.receive() == "<iq type='result' from='echo.example.org'/>");
    romeo.send("<iq type='get' id='4' to='echo.example.org'><x xmlns='urn:example:nobody'/></iq>");
    CHECK(romeo.receive() == "<iq type='error' id='4'><error type='cancel' code='*'>"
                             "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
}

TEST_CASE("it lives where the configuration says, and nowhere after an unload") {
    TestServer server({"echo"}, "<echo at='hollow.example.org'/>");
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send("<message to='hollow.example.org' id='1'><body>hark!</body></message>");
    CHECK(romeo.receive() == "<message from='hollow.example.org' type='chat'><body>hark!</body></message>");
    CHECK(server.unload("echo") == "");
    romeo.send("<message to='hollow.example.org' id='2'><body>hark!</body></message>");
    CHECK(romeo.receive() ==
          "<message type='error' id='2'><error type='cancel' code='*'>"
          "<remote-server-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
          "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>*</text></error></message>");
}
