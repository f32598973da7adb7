// SPDX-License-Identifier: MIT
#include "modules/commands/present.hpp"
#include "modules/commands/session_table.hpp"
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"

using namespace epode;
using namespace epode::test;
using xep::Form;
using xep::FormField;

namespace {

CommandEntry entry() {
    return CommandEntry{nullptr,
                        "account-create",
                        "Create an account",
                        Role::admin,
                        {{"jid", "Address", Param::Type::jid, true, "who"},
                         {"password", "Password", Param::Type::secret, true, ""},
                         {"note", "", Param::Type::multiline, false, ""},
                         {"admin", "Administrator?", Param::Type::boolean, false, ""}},
                        {}};
}

Form submitted(std::initializer_list<FormField> fields) {
    Form form(Form::Type::submit);
    for (const FormField& field : fields) form.add(field);
    return form;
}

Jid jid(std::string_view text) { return Jid::parse(text).value(); }

constexpr Instant noon{Instant::duration(1h)};

} // namespace

TEST_CASE("a command's parameters are a form") {
    CHECK(encoded(form_of(entry())) ==
          "<x xmlns='jabber:x:data' type='form'><title>Create an account</title>"
          "<field var='jid' type='jid-single' label='Address'><desc>who</desc><required/></field>"
          "<field var='password' type='text-private' label='Password'><required/></field>"
          "<field var='note' type='text-multi' label='note'/>"
          "<field var='admin' type='boolean' label='Administrator?'/></x>");
}

TEST_CASE("a submitted form is arguments") {
    const auto call = call_of(
        entry(), submitted({FormField("jid", "Romeo@Example.org"), FormField("password", " secret "),
                            FormField("note", {"one", "two"}), FormField("admin", "1"), FormField("more", "x")}));
    REQUIRE(call);
    CHECK(call->argument("jid") == "romeo@example.org");
    CHECK(call->argument("password") == " secret ");
    CHECK(call->argument("note") == "one\ntwo");
    CHECK(call->argument("admin") == "true");
    CHECK(call->argument("more").empty());
    CHECK(call->arguments.size() == 4);
}

TEST_CASE("a form with mistakes is no call") {
    CHECK(call_of(entry(), submitted({})).error().text == "Address is required");
    CHECK(call_of(entry(), submitted({FormField("jid", "@"), FormField("password", "p")})).error().text ==
          "Address: @ is not an address");
    CHECK_FALSE(
        call_of(entry(), submitted({FormField("jid", "a@b"), FormField("password", "p"), FormField("admin", "?")})));
}

TEST_CASE("an outcome is a note and a table") {
    CommandResult result("2 accounts");
    result.columns = {"account", "role"};
    result.rows = {{"romeo@example.org", "user"}, {"bard@example.org"}};
    CHECK(encoded(outcome_of("accounts", "Accounts", "s1", result)) ==
          "<command xmlns='http://jabber.org/protocol/commands' node='accounts' sessionid='s1' status='completed'>"
          "<note type='info'>2 accounts</note><x xmlns='jabber:x:data' type='result'><title>Accounts</title>"
          "<reported><field var='account' type='text-single' label='account'/><field var='role' type='text-single' "
          "label='role'/></reported>"
          "<item><field var='account'><value>romeo@example.org</value></field><field "
          "var='role'><value>user</value></field></item>"
          "<item><field var='account'><value>bard@example.org</value></field><field "
          "var='role'><value/></field></item></x></command>");
    CHECK(encoded(outcome_of("a", "A", "s", CommandResult())) ==
          "<command xmlns='http://jabber.org/protocol/commands' node='a' sessionid='s' status='completed'/>");
    CHECK(encoded(outcome_of("a", "A", "s", CommandResult::failure("no"))) ==
          "<command xmlns='http://jabber.org/protocol/commands' node='a' sessionid='s' status='completed'><note "
          "type='error'>no</note></command>");
}

TEST_CASE("a session belongs to one requester and one command") {
    SessionTable table;
    const auto id = table.begin(jid("a@b/c"), "node", noon);
    CHECK(table.has(id, jid("a@b/c"), "node", noon));
    CHECK_FALSE(table.has(id, jid("a@b/d"), "node", noon));
    CHECK_FALSE(table.has(id, jid("a@b/c"), "other", noon));
    CHECK_FALSE(table.has("guess", jid("a@b/c"), "node", noon));
    table.end(id);
    CHECK_FALSE(table.has(id, jid("a@b/c"), "node", noon));
}

TEST_CASE("a session expires") {
    SessionTable table;
    const auto id = table.begin(jid("a@b/c"), "node", noon);
    CHECK(table.has(id, jid("a@b/c"), "node", noon + SessionTable::lifetime - 1us));
    CHECK_FALSE(table.has(id, jid("a@b/c"), "node", noon + SessionTable::lifetime));
    CHECK(table.size() == 0);
}

TEST_CASE("of too many sessions the oldest gives way") {
    SessionTable table;
    const auto oldest = table.begin(jid("a@b/c"), "node", noon);
    for (std::size_t i = 1; i < SessionTable::most; ++i) table.begin(jid("a@b/c"), "node", noon);
    CHECK(table.has(oldest, jid("a@b/c"), "node", noon));
    const auto newest = table.begin(jid("a@b/c"), "node", noon);
    CHECK(table.size() == SessionTable::most);
    CHECK_FALSE(table.has(oldest, jid("a@b/c"), "node", noon));
    CHECK(table.has(newest, jid("a@b/c"), "node", noon));
}
