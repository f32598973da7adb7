// SPDX-License-Identifier: MIT
// RFC 6120 4.9: the errors that end a stream. Each comes inside a stream: after one header of ours with all of its
// attributes, also where the client's was broken.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

#include <set>
#include <string>

using namespace epode;
using namespace epode::test;

namespace {

std::string header(const std::string& attributes, const std::string& ns = "jabber:client",
                   const std::string& streams = "http://etherx.jabber.org/streams") {
    return "<stream:stream xmlns='" + ns + "' xmlns:stream='" + streams + "' " + attributes + ">";
}
const std::string good = header("to='example.org' version='1.0'");

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

/// The value of an attribute of the first header; "-" where it is absent.
std::string attribute(std::string_view raw, const std::string& name) {
    const auto begin = raw.find("<stream:stream ");
    const auto tag = raw.substr(begin, raw.find('>', begin) - begin);
    const auto at = tag.find(" " + name + "='");
    if (at == std::string_view::npos) return "-";
    const auto value = tag.substr(at + name.size() + 3);
    return std::string(value.substr(0, value.find('\'')));
}

/// What is wrong with how the server ended a stream with this error; "" for nothing.
std::string wrong(Client& client, const std::string& condition, const std::string& from, const std::string& to) {
    const auto raw = client.raw();
    if (!client.closed()) return "not closed";
    if (client.stream_error() != condition) return "the condition is " + client.stream_error() + ": " + raw;
    if (count(raw, "<stream:error>") != 1) return "not one error: " + raw;
    if (raw.find("<stream:error><" + condition + " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>") == raw.npos)
        return "another form: " + raw;
    if (!raw.ends_with("</stream:error></stream:stream>")) return "it is not the end: " + raw;
    if (!raw.starts_with("<?xml version='1.0'?><stream:stream ")) return "no header: " + raw;
    if (count(raw, "<stream:stream ") != 1) return "not one header: " + raw;
    if (attribute(raw, "from") != from) return "from " + attribute(raw, "from");
    if (attribute(raw, "to") != to) return "to " + attribute(raw, "to");
    if (attribute(raw, "version") != "1.0" || attribute(raw, "xml:lang") != "en" || attribute(raw, "id").size() < 16)
        return "header: " + raw;
    if (attribute(raw, "xmlns") != "jabber:client" ||
        attribute(raw, "xmlns:stream") != "http://etherx.jabber.org/streams")
        return "namespaces: " + raw;
    return "";
}

} // namespace

TEST_CASE("every error before login comes in a stream of ours (RFC 6120 4.9.1.2, 4.7, 4.8)") {
    struct Row {
        std::string sent, condition, from = "example.org", to = "-";
    };
    const Row rows[] = {
        // before, or in, a header that cannot be read
        {"hello", "not-well-formed"},
        {"<stream:stream to='example.org'>", "not-well-formed"},
        {"<stream:stream xmlns:stream='http://etherx.jabber.org/streams' to='example.org", ""},
        {"<?xml version='1.0' encoding='ISO-8859-1'?>", "unsupported-encoding"},
        {"<!-- c -->", "restricted-xml"},
        {"<!DOCTYPE a>", "restricted-xml"},
        {"<" + std::string(300, 'a') + ">", "policy-violation"},
        // a header that can be read and says something wrong
        {header("to='example.org' version='1.0'", "jabber:server"), "invalid-namespace"},
        {header("to='example.org' version='1.0'", "jabber:client", "urn:example"), "invalid-namespace"},
        {"<stream:feed xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.org' "
         "version='1.0'>",
         "bad-format"},
        {header("to='example.net'"), "unsupported-version", "example.net"},
        {header("to='example.org' version='0.9'"), "unsupported-version"},
        {header("to='example.org' version='00'"), "unsupported-version"},
        {header("version='1.0'"), "improper-addressing"},
        {header("to='' version='1.0'"), "improper-addressing"},
        {header("to='a@' version='1.0'"), "improper-addressing"},
        {header("to='example.com' version='1.0'"), "host-unknown"},
        {header("to='example.com' from='romeo@example.org/home' version='1.0' id='theirs' xml:lang='de'"),
         "host-unknown", "example.org", "romeo@example.org"},
        {header("to='example.com' from='@' version='1.0'"), "host-unknown"},
        // after a good one
        {good + "<message/>", "not-authorized"},
        {good + "<presence/>", "not-authorized"},
        {good + "<iq type='get' id='1'><a xmlns='b:c'/></iq>", "not-authorized"},
        {good + "<what xmlns='urn:example'/>", "not-authorized"},
        {good + "<message xmlns='jabber:server'/>", "invalid-namespace"},
        {good + "<a></b>", "not-well-formed"},
        {good + "<a:b/>", "not-well-formed"},
        {good + "<a>&b;</a>", "restricted-xml"},
        {good + "<?a b?>", "restricted-xml"},
        {good + "text", "invalid-xml"},
    };
    TestServer server{};
    std::set<std::string> ids;
    for (const auto& row : rows) {
        CAPTURE(row.sent);
        auto& client = server.connect();
        client.send(row.sent);
        if (row.condition.empty()) { // nothing is wrong yet, and nothing is said until it takes too long
            CHECK(client.raw().empty());
            server.advance(70s);
            CHECK(wrong(client, "connection-timeout", row.from, row.to) == "");
        } else {
            CHECK(wrong(client, row.condition, row.from, row.to) == "");
        }
        CHECK(ids.insert(attribute(client.raw(), "id")).second);
    }
}

TEST_CASE("zeros in front of a version are ignored (RFC 6120 4.7.5)") {
    TestServer server{};
    for (const auto* version : {"1.0", "01.0", "1.7", "2.0", "10.0"}) {
        auto& client = server.connect();
        client.send(header("to='example.org' version='" + std::string(version) + "'"));
        CHECK(client.raw().find("<stream:features>") != std::string::npos);
        CHECK(attribute(client.raw(), "version") == "1.0");
        CHECK(client.stream_error().empty());
    }
}

TEST_CASE("whoever says who he is, is greeted by his bare address, others by none (RFC 6120 4.7.2)") {
    TestServer server{};
    auto& juliet = server.connect();
    juliet.send(header("to='example.net' from='Juliet@example.net/balcony' version='1.0'"));
    CHECK(attribute(juliet.raw(), "from") == "example.net");
    CHECK(attribute(juliet.raw(), "to") == "juliet@example.net");
    auto& nobody = server.connect();
    nobody.send(good);
    CHECK(attribute(nobody.raw(), "to") == "-");
}

TEST_CASE("a client that says nothing hears in a stream why it is sent away") {
    TestServer server{};
    auto& client = server.connect();
    server.advance(70s);
    CHECK(wrong(client, "connection-timeout", "example.org", "-") == "");
}

TEST_CASE("errors of a session (RFC 6120 4.9.3)") {
    const std::pair<std::string, std::string> rows[] = {
        {"<message from='juliet@example.org'/>", "invalid-from"},
        {"<message from='@'/>", "invalid-from"},
        {"<what/>", "unsupported-stanza-type"},
        {"<what xmlns='urn:example'/>", "unsupported-stanza-type"},
        {"<message xmlns='jabber:server'/>", "invalid-namespace"},
        {"<message xmlns='jabber:component:accept'/>", "invalid-namespace"},
        {"<enable xmlns='urn:xmpp:sm:3'/><a xmlns='urn:xmpp:sm:3' h='x'/>", "bad-format"},
        {"<enable xmlns='urn:xmpp:sm:3'/><a xmlns='urn:xmpp:sm:3' h='7'/>", "undefined-condition"},
        {"<message><body>" + std::string(600 * std::size_t{1024}, 'x') + "</body></message>", "policy-violation"},
        {"<message><body></message>", "not-well-formed"},
        {"<message><!-- c --></message>", "restricted-xml"},
        {"text", "invalid-xml"},
    };
    TestServer server{};
    for (const auto& [sent, condition] : rows) {
        CAPTURE(sent.substr(0, 80));
        auto& romeo = server.login("romeo@example.org");
        romeo.send(sent);
        CHECK(romeo.stream_error() == condition);
        CHECK(romeo.raw().ends_with("</stream:error></stream:stream>"));
        CHECK(romeo.closed());
    }
    auto& first = server.login("romeo@example.org/home");
    server.login("romeo@example.org/home");
    CHECK(first.stream_error() == "conflict");
    auto& silent = server.login("romeo@example.org/silent");
    server.advance(25h);
    CHECK(silent.stream_error() == "connection-timeout");
}

TEST_CASE("an error between login and the next header comes in a stream of the host that was asked for") {
    TestServer server{};
    server.account("juliet@example.net");
    auto& client = server.connect();
    client.send(header("to='example.net' version='1.0'"));
    const auto before = client.raw().size();
    client.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGp1bGlldABzZWNyZXQ=</auth>");
    REQUIRE(client.raw().substr(before).find("<success") != std::string::npos);
    client.send("<a></b>");
    const auto raw = client.raw().substr(before);
    CHECK(count(raw, "<stream:stream ") == 1);
    CHECK(attribute(raw, "from") == "example.net");
    CHECK(raw.ends_with("</stream:error></stream:stream>"));
}
