// SPDX-License-Identifier: MIT
// RFC 6120 6.5: every way in which a login fails, on one stream, which stays usable; and that nobody can tell a wrong
// password from a name without an account, neither by what is said nor by when. (encryption-required needs a stream
// without TLS: tests/client/hostile_test.py.)
#include "core/base/base64.hpp"
#include "tests/catch.hpp"
#include "tests/core/sasl_kit.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/odd/folder.hpp"

using namespace epode;
using namespace epode::test;

namespace {

constexpr std::string_view header = "<stream:stream xmlns='jabber:client' "
                                    "xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>";

std::string element(std::string_view name, std::string_view content, std::string_view mechanism = {}) {
    return "<" + std::string(name) + " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'" +
           (mechanism.empty() ? "" : " mechanism='" + std::string(mechanism) + "'") + ">" + std::string(content) +
           "</" + std::string(name) + ">";
}
std::string auth(std::string_view mechanism, std::string_view data) {
    return element("auth", base64::encode(data), mechanism);
}
std::string plain(std::string_view name, std::string_view password, std::string_view authzid = {}) {
    std::string data(authzid);
    data.append(1, '\0').append(name).append(1, '\0').append(password);
    return auth("PLAIN", data);
}
std::string response(std::string_view data) { return element("response", base64::encode(data)); }

Client& stranger(TestServer& server) {
    auto& client = server.connect();
    client.send(header);
    client.drain();
    return client;
}

/// The condition of a failure; the element's name where it is none.
std::string said(const Received& received) {
    if (!received) return "nothing";
    const auto fragment = received.fragment();
    const auto root = fragment.element();
    return std::string(root.name() == "failure" ? root.first().name() : root.name());
}
std::string ask(Client& client, const std::string& xml) {
    client.send(xml);
    return said(client.receive());
}

/// The server's first message.
std::string challenge(Client& client, std::string_view mechanism, const std::string& first) {
    client.send(auth(mechanism, first));
    return *base64::decode(client.receive().fragment().element().text().str());
}

constexpr std::string_view nonce = "fyko+d2lbbFgONRv9qkxdawL";

} // namespace

TEST_CASE("login: each failure has its condition, and the stream goes on") {
    TestServer server{};
    server.account("romeo@example.org");
    struct Row {
        std::string sent;
        std::string_view condition;
    };
    const std::string first = "n=romeo,r=" + std::string(nonce);
    const Row rows[] = {
        {element("auth", "%%%", "PLAIN"), "incorrect-encoding"},
        {element("auth", "QQ", "PLAIN"), "incorrect-encoding"},
        {element("auth", "Q Q = =", "PLAIN"), "incorrect-encoding"},
        {plain("romeo", "secret", "juliet@example.org"), "invalid-authzid"},
        {plain("romeo", "secret", "romeo@example.net"), "invalid-authzid"},
        {plain("romeo", "secret", "romeo@example.org/r"), "invalid-authzid"},
        {plain("nobody", "secret", "romeo@example.org"), "invalid-authzid"},
        {auth("SCRAM-SHA-256", "n,a=juliet@example.org," + first), "invalid-authzid"},
        {element("auth", "", "DIGEST-MD5"), "invalid-mechanism"},
        {element("auth", "", "plain"), "invalid-mechanism"},
        {element("auth", ""), "invalid-mechanism"},
        {auth("PLAIN", "romeo"), "malformed-request"},
        {auth("PLAIN", std::string("\0romeo\0", 7)), "malformed-request"},
        {auth("PLAIN", std::string("\0romeo\0se\0cret", 14)), "malformed-request"},
        {auth("PLAIN", std::string("\0\0secret", 8)), "malformed-request"},
        {auth("SCRAM-SHA-1", "n,,n=romeo"), "malformed-request"},
        {auth("SCRAM-SHA-1", "n,,m=1," + first), "malformed-request"},
        {auth("SCRAM-SHA-1", "p=tls-exporter,," + first), "malformed-request"},
        {auth("SCRAM-SHA-1-PLUS", "n,," + first), "malformed-request"},
        {auth("SCRAM-SHA-1-PLUS", "p=tls-unique,," + first), "malformed-request"},
        {auth("SCRAM-SHA-1", "y,," + first), "not-authorized"}, // a downgrade
        {element("response", "QQ=="), "malformed-request"},
        {element("abort", ""), "malformed-request"}, // of nothing
        {element("success", ""), "malformed-request"},
        {plain("romeo", "wrong"), "not-authorized"},
        {plain("nobody", "secret"), "not-authorized"},
        {plain("ro@meo", "secret"), "not-authorized"}, // not an account's name
        {plain(std::string(1024, 'r'), "secret"), "not-authorized"},
    };
    auto* client = &stranger(server);
    unsigned attempts = 0;
    for (const auto& row : rows) {
        INFO(row.sent);
        CHECK(ask(*client, row.sent) == row.condition);
        if (++attempts % 9 == 0) { // one more and the stream ends
            CHECK(ask(*client, plain("romeo", "secret")) == "success");
            client = &stranger(server);
        }
    }
    CHECK(ask(*client, plain("romeo", "secret")) == "success");
}

TEST_CASE("login: a mechanism is broken off, and another one goes on") {
    TestServer server{};
    server.account("romeo@example.org");
    auto& client = stranger(server);
    const std::string first = "n,,n=romeo,r=" + std::string(nonce);
    challenge(client, "SCRAM-SHA-256", first);
    CHECK(ask(client, element("abort", "")) == "aborted");
    challenge(client, "SCRAM-SHA-256", first);
    CHECK(ask(client, element("response", "%%%")) == "incorrect-encoding");
    challenge(client, "SCRAM-SHA-256", first);
    CHECK(ask(client, response("p=AAAA")) == "malformed-request");
    challenge(client, "SCRAM-SHA-256", first);
    CHECK(ask(client, plain("romeo", "secret")) == "malformed-request"); // one at a time
    challenge(client, "SCRAM-SHA-256", first);
    CHECK(ask(client, element("challenge", "")) == "malformed-request");
    CHECK(ask(client, element("auth", "", "PLAIN")) == "challenge"); // without an initial response it is asked for
    CHECK(ask(client, response(std::string("\0romeo\0secret", 13))) == "success");
}

TEST_CASE("login: after so many failures the stream ends with policy-violation") {
    TestServer server{};
    auto& client = stranger(server);
    for (int i = 0; i < 10; ++i) CHECK(ask(client, plain("nobody" + std::to_string(i), "x")) == "not-authorized");
    CHECK(client.stream_error() == "policy-violation");
    CHECK(client.closed());
}

TEST_CASE("login: what an authenticator says of an account") {
    const Folder folder;
    folder.add("odd_authenticator", "odd_authenticator");
    TestServer server{};
    REQUIRE(server.load("odd_authenticator") == "");
    struct Row {
        std::string sent;
        std::string_view condition;
    };
    const Row rows[] = {
        {plain("disabled", "secret"), "account-disabled"},
        {plain("expired", "secret"), "credentials-expired"},
        {plain("disabled", "wrong"), "not-authorized"}, // only who knows the password learns more
        {plain("expired", "wrong"), "not-authorized"},
        {plain("busy", "secret"), "temporary-auth-failure"},
        {plain("broken", "secret"), "temporary-auth-failure"},
        {auth("SCRAM-SHA-256", "n,,n=broken,r=" + std::string(nonce)), "temporary-auth-failure"},
        {auth("SCRAM-SHA-1", "n,,n=right,r=" + std::string(nonce)), "mechanism-too-weak"},
        {auth("SCRAM-SHA-1-PLUS", "p=tls-exporter,,n=right,r=" + std::string(nonce)), "mechanism-too-weak"},
    };
    auto& client = stranger(server);
    for (const auto& row : rows) {
        INFO(row.sent);
        CHECK(ask(client, row.sent) == row.condition);
    }
    for (const auto* name : {"disabled", "expired"}) {
        auto& other = stranger(server);
        const std::string bare = "n=" + std::string(name) + ",r=" + std::string(nonce);
        const auto asked = challenge(other, "SCRAM-SHA-256", "n,," + bare);
        const auto last = sasl::test::client_final(ScramHash::sha256, "secret", bare, asked);
        CHECK(ask(other, response(last)) ==
              (std::string_view(name) == "disabled" ? "account-disabled" : "credentials-expired"));
        const auto again = challenge(other, "SCRAM-SHA-256", "n,," + bare);
        const auto wrong = sasl::test::client_final(ScramHash::sha256, "wrong", bare, again);
        CHECK(ask(other, response(wrong)) == "not-authorized");
    }
    CHECK(ask(client, plain("right", "secret")) == "success");
}

namespace {

/// What somebody sees who tries one name again and again: the answers with their text, what the challenges hold, and
/// how much (virtual) time each answer took.
std::string seen(TestServer& server, const std::string& name, std::string_view mechanism) {
    std::string all;
    for (int attempt = 0; attempt < 8; ++attempt) {
        auto& client = stranger(server);
        if (mechanism == "PLAIN") {
            client.send(plain(name, "wrong"));
        } else {
            const std::string bare = "n=" + name + ",r=" + std::string(nonce);
            const auto asked = challenge(client, mechanism, "n,," + bare);
            const auto salt = asked.find(",s="), count = asked.find(",i=");
            all += std::to_string(salt) + " " + std::to_string(count - salt) + " " + asked.substr(count) + "; ";
            const auto hash = mechanism.ends_with("-1")     ? ScramHash::sha1
                              : mechanism.ends_with("-256") ? ScramHash::sha256
                                                            : ScramHash::sha512;
            client.send(response(sasl::test::client_final(hash, "wrong", bare, asked)));
        }
        auto answer = client.receive();
        auto waited = 0ms;
        for (; !answer; waited += 10ms) {
            server.advance(10ms);
            answer = client.receive();
        }
        all += answer.xml() + " after " + std::to_string(waited.count()) + " ms\n";
        client.cut();
    }
    return all;
}

} // namespace

TEST_CASE("login: a name without an account looks like a wrong password") {
    for (const auto* mechanism : {"PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"}) {
        TestServer server{};
        server.account("romeo@example.org");
        const auto wrong = seen(server, "romeo", mechanism);
        INFO(wrong);
        CHECK(wrong == seen(server, "nobody", mechanism));
        CHECK(wrong.find("after 0 ms") != std::string::npos);
        CHECK(wrong.find("after 250 ms") != std::string::npos); // the fourth is slowed
    }
}

TEST_CASE("login: the salt of a name without an account stays, also over a restart") {
    TestServer server{};
    const auto salt = [&] {
        auto& client = stranger(server);
        const auto asked = challenge(client, "SCRAM-SHA-256", "n,,n=nobody,r=" + std::string(nonce));
        return asked.substr(asked.find(",s="));
    };
    const auto before = salt();
    CHECK(salt() == before);
    server.restart();
    CHECK(salt() == before);
}
