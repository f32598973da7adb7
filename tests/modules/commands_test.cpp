// SPDX-License-Identifier: MIT
// The commands of modules/announce serve as examples: two with a form, one without.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "xep/xep0050_commands.hpp"

using namespace epode;
using namespace epode::test;

namespace {

std::string command(std::string_view attributes, std::string_view inside = {}) {
    return "<iq type='set' id='c' to='example.org'><command xmlns='http://jabber.org/protocol/commands' " +
           std::string(attributes) + ">" + std::string(inside) + "</command></iq>";
}

std::string form(std::string_view message, std::string_view type = "submit") {
    return "<x xmlns='jabber:x:data' type='" + std::string(type) + "'><field var='message'><value>" +
           std::string(message) + "</value></field></x>";
}

std::string refused(std::string_view condition, std::string_view type, std::string_view application = {}) {
    std::string error = "<iq type='error'><error type='" + std::string(type) + "' code='*'><" + std::string(condition) +
                        " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>";
    if (!application.empty())
        error += "<" + std::string(application) + " xmlns='http://jabber.org/protocol/commands'/>";
    return error + "</error></iq>";
}

/// Begins motd-set and returns its session's id.
std::string begin(Client& admin) {
    admin.send(command("node='motd-set'"));
    const auto fragment = admin.receive().fragment();
    const auto stage = fragment.element().first();
    REQUIRE(stage.attr("status") == "executing");
    return stage.attr("sessionid").str();
}

Client& admin_of(TestServer& server) {
    server.account("bard@example.org", "admin");
    return server.login("bard@example.org/globe");
}

std::string items(std::string_view node) {
    return "<iq type='get' id='d' to='example.org'><query xmlns='http://jabber.org/protocol/disco#items' node='" +
           std::string(node) + "'/></iq>";
}
std::string info(std::string_view node) {
    return "<iq type='get' id='d' to='example.org'><query xmlns='http://jabber.org/protocol/disco#info' node='" +
           std::string(node) + "'/></iq>";
}

} // namespace

TEST_CASE("commands are listed to those who may run them (2.2)") {
    TestServer server{"commands", "announce"};
    auto& admin = admin_of(server);
    admin.send(items("http://jabber.org/protocol/commands"));
    const auto listed = admin.receive();
    CHECK(listed.xml().find("node='announce' name='Announce to everybody online'") != std::string::npos);
    CHECK(listed.xml().find("node='motd-delete'") != std::string::npos);

    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(items("http://jabber.org/protocol/commands"));
    CHECK(romeo.receive() == "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items' "
                             "node='http://jabber.org/protocol/commands'/></iq>");
}

TEST_CASE("commands are described to those who may run them (2.2)") {
    TestServer server{"commands", "announce"};
    auto& admin = admin_of(server);
    admin.send(info("motd-delete"));
    CHECK(admin.receive() ==
          "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info' node='motd-delete'>"
          "<identity category='automation' type='command-node' name='Delete the message of the day'/>"
          "<feature var='http://jabber.org/protocol/commands'/><feature var='jabber:x:data'/></query></iq>");
    admin.send(info("http://jabber.org/protocol/commands"));
    CHECK(admin.receive() == "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info' "
                             "node='http://jabber.org/protocol/commands'>"
                             "<identity category='automation' type='command-list'/></query></iq>");
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(info("motd-delete"));
    CHECK(romeo.receive() == refused("item-not-found", "cancel"));
}

TEST_CASE("a command without parameters runs at once (2.4.1)") {
    TestServer server{"commands", "announce"};
    auto& admin = admin_of(server);
    admin.send(command("node='motd-delete' action='execute'"));
    CHECK(admin.receive() == "<iq type='result'><command xmlns='http://jabber.org/protocol/commands' "
                             "node='motd-delete' sessionid='*' status='completed'>"
                             "<note type='error'>there is no message of the day</note></command></iq>");
}

TEST_CASE("a command with parameters asks for them first (2.4.2)") {
    TestServer server{"commands", "announce"};
    auto& admin = admin_of(server);
    admin.send(command("node='motd-set'"));
    CHECK(
        admin.receive() ==
        "<iq type='result'><command xmlns='http://jabber.org/protocol/commands' node='motd-set' sessionid='*' "
        "status='executing'>"
        "<actions execute='complete'><complete/></actions><x xmlns='jabber:x:data' type='form'><title>Set the message "
        "of the day</title>"
        "<field var='message' type='text-multi' label='Message'><desc>what everybody is told</desc><required/></field>"
        "<field var='subject' type='text-single' label='Subject'/></x></command></iq>");

    for (const char* action : {"", " action='execute'", " action='complete'"}) {
        const auto session = begin(admin);
        admin.send(command("node='motd-set' sessionid='" + session + "'" + action, form("Hello")));
        CHECK(admin.receive() ==
              "<iq type='result'><command xmlns='http://jabber.org/protocol/commands' node='motd-set' sessionid='" +
                  session + "' status='completed'><note type='info'>*</note></command></iq>");
    }
}

TEST_CASE("a session ends when its command has been run") {
    TestServer server{"commands", "announce"};
    auto& admin = admin_of(server);
    const auto session = begin(admin);
    const auto again = command("node='motd-set' sessionid='" + session + "'", form("Hello"));
    admin.send(again);
    admin.drain();
    admin.send(again);
    CHECK(admin.receive() == refused("bad-request", "modify", "bad-sessionid"));
}

TEST_CASE("a command can be cancelled (2.4.3)") {
    TestServer server{"commands", "announce"};
    auto& admin = admin_of(server);
    const auto session = begin(admin);
    admin.send(command("node='motd-set' sessionid='" + session + "' action='cancel'"));
    CHECK(admin.receive() ==
          "<iq type='result'><command xmlns='http://jabber.org/protocol/commands' node='motd-set' sessionid='" +
              session + "' status='canceled'/></iq>");
    admin.send(command("node='motd-set' sessionid='" + session + "'", form("Hello")));
    CHECK(admin.receive() == refused("bad-request", "modify", "bad-sessionid"));
}

TEST_CASE("what is wrong is said (4.4)") {
    TestServer server{"commands", "announce"};
    auto& admin = admin_of(server);
    const auto session = begin(admin);
    const auto answer = [&](const std::string& attributes, const std::string& inside = {}) {
        admin.send(command(attributes, inside));
        return admin.receive();
    };
    CHECK(answer("node='motd-set' sessionid='made-up'", form("Hello")) ==
          refused("bad-request", "modify", "bad-sessionid"));
    CHECK(answer("node='announce' sessionid='" + session + "'", form("Hello")) ==
          refused("bad-request", "modify", "bad-sessionid"));
    CHECK(answer("node='motd-set' sessionid='" + session + "' action='prev'") ==
          refused("bad-request", "modify", "bad-action"));
    CHECK(answer("node='motd-set' sessionid='" + session + "' action='next'", form("Hello")) ==
          refused("bad-request", "modify", "bad-action"));
    CHECK(answer("node='motd-set' action='complete'", form("Hello")) == refused("bad-request", "modify", "bad-action"));
    CHECK(answer("node='motd-set' action='dance'") == refused("bad-request", "modify", "malformed-action"));
    CHECK(answer("node='motd-set' sessionid='" + session + "'") == refused("bad-request", "modify", "bad-payload"));
    CHECK(answer("node='no-such-command'").attr("type") == "error");
    CHECK(answer("action='execute'").attr("type") == "error");
}

TEST_CASE("a form with a mistake can be corrected") {
    TestServer server{"commands", "announce"};
    auto& admin = admin_of(server);
    const auto session = begin(admin);
    admin.send(command("node='motd-set' sessionid='" + session + "'", form("")));
    const auto refusal = admin.receive();
    CHECK(refusal.attr("type") == "error");
    CHECK(refusal.xml().find("Message is required") != std::string::npos);
    CHECK(refusal.xml().find("<bad-payload") != std::string::npos);
    admin.send(command("node='motd-set' sessionid='" + session + "'", form("Hello")));
    CHECK(admin.receive().attr("type") == "result");
}

TEST_CASE("nobody goes on with another one's session") {
    TestServer server{"commands", "announce"};
    auto& admin = admin_of(server);
    const auto session = begin(admin);
    auto& other = server.login("bard@example.org/elsewhere");
    other.send(command("node='motd-set' sessionid='" + session + "'", form("Hello")));
    CHECK(other.receive() == refused("bad-request", "modify", "bad-sessionid"));
}

TEST_CASE("a session that is left alone expires") {
    TestServer server{"commands", "announce"};
    auto& admin = admin_of(server);
    const auto session = begin(admin);
    server.advance(11min);
    admin.send(command("node='motd-set' sessionid='" + session + "'", form("Hello")));
    CHECK(admin.receive() == refused("bad-request", "modify", "bad-sessionid"));
}

TEST_CASE("without the role a command is forbidden") {
    TestServer server{"commands", "announce"};
    auto& romeo = server.login("romeo@example.org/orchard");
    for (const char* node : {"motd-set", "motd-delete", "announce"}) {
        romeo.send(command("node='" + std::string(node) + "'"));
        CHECK(romeo.receive() == refused("forbidden", "cancel"));
    }
}

TEST_CASE("an operator may do what operators may") {
    TestServer server{"commands", "announce"};
    server.account("puck@example.org", "operator");
    auto& operator_client = server.login("puck@example.org/wood");
    CHECK_FALSE(begin(operator_client).empty());
}

TEST_CASE("an admin of one host is nobody on another") {
    TestServer server{"commands", "announce"};
    auto& admin = admin_of(server);
    admin.send("<iq type='set' id='c' to='example.net'><command xmlns='http://jabber.org/protocol/commands' "
               "node='motd-delete'/></iq>");
    CHECK(admin.receive() == refused("forbidden", "cancel"));
}
