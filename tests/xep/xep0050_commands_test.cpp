// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0050_commands.hpp"

using namespace epode;
using namespace epode::test;
using namespace epode::xep::commands;

namespace {

Result<Command, StanzaError> command(std::string_view text) {
    const auto fragment = parsed(text);
    return Command::decode(fragment);
}

std::string refused(std::string_view text) {
    auto given = command(text);
    if (given) return {};
    return std::string(name(given.error().condition)) + '/' + std::string(given.error().application.element().name());
}

} // namespace

TEST_CASE("what a requester sends is read") {
    const auto first = command("<command xmlns='http://jabber.org/protocol/commands' node='list'/>");
    REQUIRE(first);
    CHECK(first->node == "list");
    CHECK(first->session.empty());
    CHECK(first->action == Action::execute);
    CHECK_FALSE(first->form);
    const auto second = command(
        "<command xmlns='http://jabber.org/protocol/commands' node='config' sessionid='s' action='complete'>"
        "<x xmlns='jabber:x:data' type='submit'><field var='service'><value>httpd</value></field></x></command>");
    REQUIRE(second);
    CHECK(second->session == "s");
    CHECK(second->action == Action::complete);
    CHECK(second->form->text("service") == "httpd");
    CHECK(command("<command xmlns='http://jabber.org/protocol/commands' node='n' action='cancel'/>")->action ==
          Action::cancel);
}

TEST_CASE("broken commands are refused with their conditions (4.4)") {
    CHECK(refused("<command xmlns='http://jabber.org/protocol/commands' node='n' action='dance'/>") ==
          "bad-request/malformed-action");
    CHECK(refused("<command xmlns='http://jabber.org/protocol/commands'/>") == "bad-request/");
    CHECK(refused("<command xmlns='http://jabber.org/protocol/commands' node='n'><x xmlns='jabber:x:data' "
                  "type='odd'/></command>") == "bad-request/bad-payload");
    CHECK(refused("<order xmlns='http://jabber.org/protocol/commands' node='n'/>") == "bad-request/");
}

TEST_CASE("stages are written as the examples show them") {
    Stage asking("config", "config:20020923T213616Z-700", Stage::Status::executing);
    asking.actions = {Action::complete, Action::prev};
    asking.form = xep::Form(xep::Form::Type::form);
    CHECK(encoded(asking) ==
          "<command xmlns='http://jabber.org/protocol/commands' node='config' sessionid='config:20020923T213616Z-700' "
          "status='executing'><actions execute='complete'><complete/><prev/></actions><x xmlns='jabber:x:data' "
          "type='form'/></command>");
    Stage done("config", "s", Stage::Status::completed);
    done.notes.emplace_back(Note::Type::info, "Service 'httpd' has been configured.");
    CHECK(encoded(done) ==
          "<command xmlns='http://jabber.org/protocol/commands' node='config' sessionid='s' status='completed'>"
          "<note type='info'>Service 'httpd' has been configured.</note></command>");
    CHECK(encoded(Stage("config", "s", Stage::Status::canceled)) ==
          "<command xmlns='http://jabber.org/protocol/commands' node='config' sessionid='s' status='canceled'/>");
}

TEST_CASE("a command comes back as it went") {
    const auto given =
        command("<command xmlns='http://jabber.org/protocol/commands' node='a' sessionid='b' action='prev'/>");
    REQUIRE(given);
    CHECK(encoded(*given) ==
          "<command xmlns='http://jabber.org/protocol/commands' node='a' sessionid='b' action='prev'/>");
}
