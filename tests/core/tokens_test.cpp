// SPDX-License-Identifier: MIT
// XEP-0484: tokens are given, used, renewed, counted, ended; and what of them is in the store.
#include "tests/core/sasl2_kit.hpp"

using namespace epode;
using namespace epode::test;

namespace {

/// Romeo's devices, as the administrator sees them.
std::vector<std::vector<std::string>> devices(TestServer& server) {
    return server.ctl({"devices", "list", "romeo@example.org"}).rows;
}

} // namespace

TEST_CASE("tokens: given for a password, good again and again, for a restart and a kill too") {
    TestServer server{};
    server.account("romeo@example.org");
    const auto token = token_of(server);
    CHECK(token.size() == 43);
    const auto success = by_token(server, token, phone, {}, bind());
    CHECK(identifier(success).starts_with("romeo@example.org/AwesomeXMPP/"));
    CHECK(base64::decode(part(success, "additional-data")) == hmac(ScramHash::sha256, token, "Responder"));
    CHECK(attr_of(success, "token", "token").empty()); // it is young
    CHECK(said(by_token(server, token)) == "success");
    server.restart();
    CHECK(said(by_token(server, token)) == "success");
    server.kill();
    CHECK(said(by_token(server, token)) == "success");
}

TEST_CASE("tokens: nothing of one is in the store, nor who the device is") {
    TestServer server{};
    server.account("romeo@example.org");
    const auto token = token_of(server);
    for (const auto& bytes : {token, std::string(phone)})
        for (const auto& [table, rows] : server.stored(bytes)) {
            CAPTURE(table);
            CHECK(rows == 0);
        }
    CHECK(server.stored(server.owner_of("romeo@example.org")).at("store/core/device") == 1);
}

TEST_CASE("tokens: of another device, another account, another mechanism, none") {
    TestServer server{};
    server.account("romeo@example.org");
    server.account("juliet@example.org");
    const auto token = token_of(server);
    CHECK(said(by_token(server, token, laptop)) == "not-authorized");
    CHECK(said(by_token(server, token, "")) == "not-authorized");
    CHECK(said(by_token(server, token.substr(1))) == "not-authorized");
    auto& juliet = stranger(server, "juliet@example.org");
    juliet.send(authenticate("HT-SHA-256-NONE", hashed(token, {}, ScramHash::sha256, "juliet"),
                             agent() + "<fast xmlns='urn:xmpp:fast:0'/>"));
    CHECK(said(juliet.receive()) == "not-authorized");
    server.advance(15min);
    constexpr std::string_view bound_to = "32 bytes of tls-exporter, memory";
    auto& bound = stranger(server);
    bound.send(authenticate("HT-SHA-256-EXPR", hashed(token, bound_to), agent() + "<fast xmlns='urn:xmpp:fast:0'/>"));
    CHECK(said(bound.receive()) == "not-authorized");
    CHECK(said(by_token(server, token)) == "success");
}

TEST_CASE("tokens: bound to the channel") {
    TestServer server{};
    server.account("romeo@example.org");
    constexpr std::pair<std::string_view, std::string_view> rows[] = {
        {"EXPR", "32 bytes of tls-exporter, memory"}, {"ENDP", "32 bytes of tls-server-end-point"}, {"NONE", ""}};
    for (const auto& [type, binding] : rows)
        for (const auto hash : {ScramHash::sha256, ScramHash::sha512}) {
            const auto mechanism = "HT-" + std::string(name(hash)) + "-" + std::string(type);
            CAPTURE(mechanism);
            const auto token = token_of(server, phone, mechanism);
            auto& wrong = stranger(server);
            wrong.send(authenticate(mechanism, hashed(token, "another channel", hash),
                                    agent() + "<fast xmlns='urn:xmpp:fast:0'/>"));
            CHECK(said(wrong.receive()) == "not-authorized");
            auto& right = stranger(server);
            right.send(
                authenticate(mechanism, hashed(token, binding, hash), agent() + "<fast xmlns='urn:xmpp:fast:0'/>"));
            CHECK(said(right.receive()) == "success");
        }
    for (const auto* mechanism : {"HT-SHA-256-UNIQ", "HT-MD5-NONE", "SCRAM-SHA-1"}) // none here
        CHECK(token_of(server, phone, mechanism).empty());
    auto& nameless = stranger(server);
    nameless.send(authenticate("PLAIN", plain("romeo", "secret"), request_token()));
    CHECK(attr_of(nameless.receive(), "token", "token").empty());
}

TEST_CASE("tokens: a password is no token, nor are messages that are none") {
    TestServer server{};
    server.account("romeo@example.org");
    static_cast<void>(token_of(server));
    const std::string fast = agent() + "<fast xmlns='urn:xmpp:fast:0'/>";
    const std::pair<std::string, std::string_view> rows[] = {
        {authenticate("PLAIN", plain("romeo", "secret"), fast), "invalid-mechanism"},
        {authenticate("HT-SHA-256-NONE", "romeo", fast), "malformed-request"},
        {authenticate("HT-SHA-256-NONE", hashed("x", {}, ScramHash::sha512), fast), "malformed-request"},
        {authenticate("HT-SHA-256-NONE", hashed("x"), agent() + "<fast xmlns='urn:xmpp:fast:0' count='-1'/>"),
         "malformed-request"},
        {authenticate("HT-SHA-256-NONE", hashed("x", {}, ScramHash::sha256, "a b"), fast), "not-authorized"},
        {authenticate("HT-SHA-256-NONE", hashed("", {}, ScramHash::sha256), fast), "not-authorized"},
    };
    auto& client = stranger(server);
    for (const auto& [sent, condition] : rows) {
        INFO(sent);
        client.send(sent);
        CHECK(said(client.receive()) == condition);
    }
    auto& asked = stranger(server); // without an initial response it is asked for
    asked.send("<authenticate xmlns='urn:xmpp:sasl:2' mechanism='HT-SHA-256-NONE'>" + fast + "</authenticate>");
    CHECK(said(asked.receive()) == "challenge");
}

TEST_CASE("tokens: renewed when they are old; the one before is good until the next is used") {
    TestServer server{};
    server.account("romeo@example.org");
    const auto first = token_of(server);
    server.advance(25h);
    const auto second = attr_of(by_token(server, first), "token", "token");
    REQUIRE_FALSE(second.empty());
    CHECK(second != first);
    const auto third = attr_of(by_token(server, first), "token", "token"); // it never got the second
    CHECK(third != second);
    CHECK(said(by_token(server, second)) == "not-authorized");
    CHECK(said(by_token(server, third)) == "success");
    CHECK(said(by_token(server, first)) == "not-authorized");
    CHECK(said(by_token(server, third)) == "success");
}

TEST_CASE("tokens: they expire, which is said only to who has one") {
    TestServer server({}, "");
    server.account("romeo@example.org");
    const auto token = token_of(server);
    server.advance(29 * 24h);
    CHECK(said(by_token(server, token)) == "success");
    server.advance(2 * 24h);
    CHECK(said(by_token(server, token)) == "credentials-expired");
    CHECK(said(by_token(server, "another")) == "not-authorized");
    const auto next = token_of(server);
    CHECK(said(by_token(server, next)) == "success");
}

TEST_CASE("tokens: a count is good once, also over a kill") {
    TestServer server{};
    server.account("romeo@example.org");
    const auto token = token_of(server);
    CHECK(said(by_token(server, token, phone, " count='1'")) == "success");
    CHECK(said(by_token(server, token, phone, " count='1'")) == "not-authorized");
    CHECK(said(by_token(server, token, phone, " count='0'")) == "not-authorized");
    CHECK(said(by_token(server, token, phone, " count='7'")) == "success");
    CHECK(said(by_token(server, token, phone, " count='2'")) == "not-authorized");
    server.kill();
    CHECK(said(by_token(server, token, phone, " count='7'")) == "not-authorized");
    CHECK(said(by_token(server, token, phone, " count='8'")) == "success");
}

TEST_CASE("tokens: a client ends its own") {
    TestServer server{};
    server.account("romeo@example.org");
    const auto token = token_of(server);
    const auto other = token_of(server, laptop);
    server.advance(25h); // it would be time for another one
    const auto last = by_token(server, token, phone, " invalidate='true'");
    CHECK(said(last) == "success");
    CHECK(attr_of(last, "token", "token").empty());
    CHECK(said(by_token(server, token)) == "not-authorized");
    CHECK(said(by_token(server, other, laptop)) == "success");
    const auto again = token_of(server);
    const auto changed = by_token(server, again, phone, " invalidate='1'", request_token());
    CHECK(said(by_token(server, again)) == "not-authorized");
    CHECK(said(by_token(server, attr_of(changed, "token", "token"))) == "success");
}

TEST_CASE("tokens: a new password ends them, and so does the account's end") {
    TestServer server{};
    server.account("romeo@example.org");
    const auto token = token_of(server);
    CHECK(said(by_token(server, token, phone, " count='1'")) == "success");
    server.ctl({"accounts", "passwd", "romeo@example.org"}, {{"password", "another"}});
    CHECK(said(by_token(server, token)) == "not-authorized");
    CHECK(devices(server).empty());
    server.ctl({"accounts", "passwd", "romeo@example.org"}, {{"password", "secret"}});
    CHECK(said(by_token(server, token)) == "not-authorized");
    const auto next = token_of(server);
    server.remove_account("romeo@example.org");
    CHECK(said(by_token(server, next)) == "not-authorized");
    server.account("romeo@example.org");
    CHECK(said(by_token(server, next)) == "not-authorized");
}

TEST_CASE("tokens: so many devices, and the most silent one goes") {
    TestOptions options;
    options.c2s = "max-devices='2'";
    TestServer server(options);
    server.account("romeo@example.org");
    const auto first = token_of(server, "first");
    server.advance(1min);
    const auto second = token_of(server, "second");
    server.advance(2h);
    CHECK(said(by_token(server, first, "first")) == "success");
    server.advance(1min);
    const auto third = token_of(server, "third");
    CHECK(devices(server).size() == 2);
    CHECK(said(by_token(server, second, "second")) == "not-authorized");
    CHECK(said(by_token(server, first, "first")) == "success");
    CHECK(said(by_token(server, third, "third")) == "success");
}

TEST_CASE("tokens: none where they are switched off") {
    TestOptions options;
    options.c2s = "token-lifetime='0s'";
    TestServer server(options);
    server.account("romeo@example.org");
    auto& client = server.connect();
    client.send(stream_header());
    CHECK(client.receive().xml().find("urn:xmpp:fast:0") == std::string::npos);
    CHECK(token_of(server).empty());
}

TEST_CASE("tokens: an administrator sees devices and shows them the door") {
    TestServer server{};
    server.account("romeo@example.org");
    const auto token = token_of(server);
    server.advance(2h); // so that the laptop is the last one
    const auto other = token_of(server, laptop);
    auto rows = devices(server);
    REQUIRE(rows.size() == 2);
    CHECK(rows.front().at(1) == "AwesomeXMPP");
    CHECK(rows.front().at(2) == "Kiva's Phone");
    auto& online = stranger(server);
    online.send(
        authenticate("HT-SHA-256-NONE", hashed(other), agent(laptop) + "<fast xmlns='urn:xmpp:fast:0'/>" + bind()));
    CHECK(said(online.receive()) == "success");
    // The laptop was there last.
    CHECK(server.ctl({"devices", "revoke", "romeo@example.org", devices(server).front().front()}).ok);
    CHECK(online.stream_error() == "not-authorized");
    CHECK(said(by_token(server, other, laptop)) == "not-authorized");
    CHECK(said(by_token(server, token)) == "success");
    CHECK_FALSE(server.ctl({"devices", "revoke", "romeo@example.org", "000000000000"}).ok);
    CHECK(server.ctl({"devices", "revoke", "romeo@example.org", "all"}).ok);
    CHECK(said(by_token(server, token)) == "not-authorized");
    CHECK_FALSE(server.ctl({"devices", "list", "nobody@example.org"}).ok);
}
