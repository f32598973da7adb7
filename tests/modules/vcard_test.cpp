// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

using namespace epode::test;

namespace {

constexpr const char* juliet = "<vCard xmlns='vcard-temp'><FN>Juliet</FN><PHOTO><BINVAL>YWJj</BINVAL></PHOTO></vCard>";
constexpr const char* hash = "a9993e364706816aba3e25717850c26c9cd0d89d"; // SHA-1 of "abc"

std::string iq(std::string_view type, std::string_view inside, std::string_view to = {}) {
    std::string query = "<iq type='" + std::string(type) + "' id='v1'";
    if (!to.empty()) query += " to='" + std::string(to) + "'";
    return query + ">" + std::string(inside) + "</iq>";
}
std::string get(std::string_view to = {}) { return iq("get", "<vCard xmlns='vcard-temp'/>", to); }

std::string error_of(std::string_view condition, std::string_view type) {
    return "<iq type='error'><error type='" + std::string(type) + "' code='*'><" + std::string(condition) +
           " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>";
}

std::string presence(std::string_view photo) {
    return "<presence><x xmlns='vcard-temp:x:update'>" + std::string(photo) + "</x></presence>";
}

} // namespace

TEST_CASE("a vCard that was set is read by its owner and by others") {
    TestServer server{"vcard"};
    auto& owner = server.login("juliet@example.org/balcony");
    owner.send(iq("set", juliet));
    CHECK(owner.receive() == "<iq type='result'/>");
    owner.send(get());
    CHECK(owner.receive() == iq("result", juliet));
    owner.send(get("juliet@example.org"));
    CHECK(owner.receive() == iq("result", juliet));
    auto& other = server.login("stranger@example.net/street");
    other.send(get("juliet@example.org"));
    CHECK(other.receive() == iq("result", juliet));
}

TEST_CASE("no vCard is an empty one to the owner (3.1) and looks to others like no account (3.3)") {
    TestServer server{"vcard"};
    auto& owner = server.login("juliet@example.org/balcony");
    owner.send(get());
    CHECK(owner.receive() == iq("result", "<vCard xmlns='vcard-temp'/>"));
    auto& other = server.login("romeo@example.org/orchard");
    other.send(get("juliet@example.org"));
    CHECK(other.receive() == error_of("service-unavailable", "cancel"));
    other.send(get("nobody@example.org"));
    CHECK(other.receive() == error_of("service-unavailable", "cancel"));
}

TEST_CASE("nobody sets another one's vCard") {
    TestServer server{"vcard", "roster", "presence"};
    server.account("juliet@example.org");
    server.account("romeo@example.org");
    auto& stranger = server.login("tybalt@example.org/street");
    stranger.send(iq("set", juliet, "juliet@example.org"));
    CHECK(stranger.receive() == error_of("service-unavailable", "cancel"));
    server.befriend("juliet@example.org", "romeo@example.org");
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send(iq("set", juliet, "juliet@example.org"));
    CHECK(romeo.receive() == error_of("forbidden", "auth"));
    romeo.send(get("juliet@example.org"));
    CHECK(romeo.receive() == error_of("service-unavailable", "cancel"));
}

TEST_CASE("a vCard has a largest size") {
    TestServer server({"vcard"}, "<vcard max-bytes='1KiB'/>");
    auto& owner = server.login("juliet@example.org/balcony");
    owner.send(iq("set", "<vCard xmlns='vcard-temp'><DESC>" + std::string(1100, 'a') + "</DESC></vCard>"));
    CHECK(owner.receive().attr("type") == "error");
    owner.send(get());
    CHECK(owner.receive() == iq("result", "<vCard xmlns='vcard-temp'/>"));
}

TEST_CASE("the picture's hash is put into presence") {
    TestServer server{"vcard", "roster", "presence"};
    server.account("juliet@example.org");
    server.account("romeo@example.org");
    server.befriend("juliet@example.org", "romeo@example.org");
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.available();
    auto& owner = server.login("juliet@example.org/balcony");
    owner.send(iq("set", juliet));
    owner.drain();
    owner.send("<presence/>");
    CHECK(romeo.receive() == presence("<photo>" + std::string(hash) + "</photo>"));

    SECTION("but not where the client says it itself") {
        owner.send("<presence><x xmlns='vcard-temp:x:update'><photo>01b8</photo></x></presence>");
        CHECK(romeo.receive() == presence("<photo>01b8</photo>"));
        owner.send("<presence><x xmlns='vcard-temp:x:update'/></presence>");
        CHECK(romeo.receive() == presence(""));
    }
    SECTION("nor on leaving") {
        owner.send("<presence type='unavailable'/>");
        CHECK(romeo.receive() == "<presence type='unavailable'/>");
    }
    SECTION("and anew when the picture changes") {
        owner.send(iq("set", "<vCard xmlns='vcard-temp'><PHOTO><BINVAL>YWJjZGU=</BINVAL></PHOTO></vCard>"));
        CHECK(romeo.receive() == presence("<photo>03de6c570bfe24bfc328ccd7ca46b76eadaf4334</photo>"));
    }
    SECTION("and emptied when it goes") {
        owner.send(iq("set", "<vCard xmlns='vcard-temp'><FN>Juliet</FN></vCard>"));
        CHECK(romeo.receive() == presence("<photo/>"));
    }
    SECTION("but not when only something else changes") {
        owner.send(iq("set", "<vCard xmlns='vcard-temp'><FN>J</FN><PHOTO><BINVAL>YWJj</BINVAL></PHOTO></vCard>"));
        CHECK(romeo.silent());
    }
}

TEST_CASE("without a vCard presence stays as it is") {
    TestServer server{"vcard", "roster", "presence"};
    server.account("juliet@example.org");
    server.account("romeo@example.org");
    server.befriend("juliet@example.org", "romeo@example.org");
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.available();
    auto& owner = server.login("juliet@example.org/balcony");
    owner.send("<presence/>");
    CHECK(romeo.receive() == "<presence/>");
}

TEST_CASE("a vCard goes with its account") {
    TestServer server{"vcard"};
    auto& owner = server.login("juliet@example.org/balcony");
    owner.send(iq("set", juliet));
    owner.drain();
    server.remove_account("juliet@example.org");
    auto& heir = server.login("juliet@example.org/balcony");
    heir.send(get());
    CHECK(heir.receive() == iq("result", "<vCard xmlns='vcard-temp'/>"));
}
