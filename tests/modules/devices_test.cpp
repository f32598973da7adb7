// SPDX-License-Identifier: MIT
#include "tests/core/sasl2_kit.hpp"

using namespace epode;
using namespace epode::test;

namespace {

/// Executes, and where a form comes back fills it in.
std::string run(Client& client, std::string_view node, std::string_view form = {}) {
    const auto ask = [&](const std::string& attributes, std::string_view inside) {
        client.send("<iq type='set' id='c' to='example.org'><command xmlns='http://jabber.org/protocol/commands' "
                    "node='" +
                    std::string(node) + "' " + attributes + ">" + std::string(inside) + "</command></iq>");
        return client.receive();
    };
    const auto first = ask("action='execute'", {});
    if (form.empty()) return first.xml();
    const auto session = attr_of(first, "command", "sessionid");
    return ask("action='complete' sessionid='" + session + "'", form).xml();
}
bool has(std::string_view text, std::string_view piece) { return text.find(piece) != std::string_view::npos; }

} // namespace

TEST_CASE("devices: a user sees his own, and ends what he has lost") {
    TestServer server{"devices"};
    auto& romeo = server.login("romeo@example.org/home");
    auto& juliet = server.login("juliet@example.org/home");
    const auto token = token_of(server);
    const auto id = server.ctl({"devices", "list", "romeo@example.org"}).rows.at(0).at(0);
    const auto seen = run(romeo, "devices");
    CHECK(has(seen, id));
    CHECK(has(seen, "AwesomeXMPP"));
    CHECK_FALSE(has(run(juliet, "devices"), id));
    const std::string form =
        "<x xmlns='jabber:x:data' type='submit'><field var='device'><value>" + id + "</value></field></x>";
    CHECK(has(run(juliet, "devices-revoke", form), "There is no such device."));
    CHECK(said(by_token(server, token)) == "success");
    CHECK(has(run(romeo, "devices-revoke", form), "It needs your password the next time."));
    CHECK(said(by_token(server, token)) == "not-authorized");
    CHECK(has(run(romeo, "devices"), "No device of yours has a token."));
}
