// SPDX-License-Identifier: MIT
// XEP-0398: the picture of the vCard and the one in PEP are the same.
#include "tests/catch.hpp"
#include "tests/modules/pep_kit.hpp"

using namespace epode::test;
using namespace epode::test::pep;

namespace {

constexpr const char* abc = "a9993e364706816aba3e25717850c26c9cd0d89d";   // SHA-1 of "abc"
constexpr const char* abcde = "03de6c570bfe24bfc328ccd7ca46b76eadaf4334"; // of "abcde"
const std::string metadata_node = "urn:xmpp:avatar:metadata";

std::string data(std::string_view id, std::string_view base64, std::string_view access = "open") {
    return iq("set", "<publish node='urn:xmpp:avatar:data'><item id='" + std::string(id) +
                         "'><data xmlns='urn:xmpp:avatar:data'>" + std::string(base64) + "</data></item></publish>" +
                         options(field("access_model", access)));
}
std::string metadata(std::string_view infos, std::string_view id = "current", std::string_view access = "open") {
    return iq("set", "<publish node='urn:xmpp:avatar:metadata'><item id='" + std::string(id) +
                         "'><metadata xmlns='urn:xmpp:avatar:metadata'>" + std::string(infos) +
                         "</metadata></item></publish>" + options(field("access_model", access)));
}
std::string info(std::string_view id, std::string_view more = "type='image/png'") {
    return "<info bytes='3' id='" + std::string(id) + "' " + std::string(more) + "/>";
}
std::string vcard(std::string_view inside) {
    return "<iq id='p' type='set'><vCard xmlns='vcard-temp'>" + std::string(inside) + "</vCard></iq>";
}
std::string photo(std::string_view base64, std::string_view type = "image/png") {
    return "<PHOTO><TYPE>" + std::string(type) + "</TYPE><BINVAL>" + std::string(base64) + "</BINVAL></PHOTO>";
}
/// What is inside somebody's vCard.
std::string card(Client& client, std::string_view of = "juliet@example.org") {
    client.send("<iq id='v' type='get' to='" + std::string(of) + "'><vCard xmlns='vcard-temp'/></iq>");
    for (const auto& received : client.receive_all()) {
        if (received.attr("id") != "v") continue;
        if (received.attr("type") != "result") return said(received);
        const auto kept = received.fragment();
        std::string all;
        for (const auto child : kept.element().first().children()) all += child.str();
        return all;
    }
    return "silence";
}
std::string canonical(std::string_view inside) {
    std::string all;
    const auto text = Received("<vCard xmlns='vcard-temp'>" + std::string(inside) + "</vCard>").fragment();
    for (const auto child : text.element().children()) all += child.str();
    return all;
}
/// The hashes in presence that has come.
std::string hashes(Client& client) {
    std::string all;
    for (const auto& received : client.receive_all()) {
        const auto kept = received.fragment();
        if (kept.element().name() != "presence") continue;
        const auto update = kept.element().child("x", "vcard-temp:x:update");
        const auto picture = update.child("photo", "vcard-temp:x:update");
        all += picture ? picture.text().str() + ";" : update ? "not yet;" : "nothing;";
    }
    return all;
}

} // namespace

TEST_CASE("a picture published in PEP is in the vCard, beside what was there, and its hash in presence") {
    TestServer server{"vcard", "pep", "presence"};
    server.befriend("juliet@example.org", "romeo@example.org");
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.available();
    juliet.available();
    CHECK(ask(juliet, vcard("<FN>Juliet</FN>")) == "result");
    romeo.drain();
    CHECK(ask(juliet, data(abc, "YWJj")) == "result");
    CHECK(hashes(romeo).empty());
    CHECK(ask(juliet, metadata(info("elsewhere", "url='http://x.example/'") + info(abc), abc)) == "result");
    CHECK(hashes(romeo) == std::string(abc) + ";");
    CHECK(card(romeo) == canonical("<FN>Juliet</FN>" + photo("YWJj")));
    CHECK(ask(juliet, metadata("")) == "result");
    CHECK(hashes(romeo) == ";");
    CHECK(card(romeo) == canonical("<FN>Juliet</FN>"));
}

TEST_CASE("a picture without a vCard makes one; it is there after a kill") {
    TestServer server{"vcard", "pep", "presence"};
    auto& juliet = server.login("juliet@example.org/balcony");
    CHECK(ask(juliet, data(abc, "YWJj")) == "result");
    CHECK(ask(juliet, metadata(info(abc), abc)) == "result");
    server.kill();
    auto& again = server.login("juliet@example.org/balcony");
    CHECK(card(again) == canonical(photo("YWJj")));
}

TEST_CASE("what is not open, not there or not what its id says does not get into the vCard") {
    TestServer server{"vcard", "pep", "presence"};
    auto& juliet = server.login("juliet@example.org/balcony");
    const std::string which =
        GENERATE("data for contacts", "metadata for contacts", "no data", "other data", "elsewhere");
    if (which != "no data")
        CHECK(ask(juliet, data(abc, which == "other data" ? "YWJjZGU=" : "YWJj",
                               which == "data for contacts" ? "presence" : "open")) == "result");
    const auto told = which == "elsewhere" ? info(abc, "url='http://x.example/'") : info(abc);
    CHECK(ask(juliet, metadata(told, abc, which == "metadata for contacts" ? "presence" : "open")) == "result");
    CHECK(card(juliet).empty());
}

TEST_CASE("a vCard's picture is published for clients that look in PEP, and taken back with it") {
    TestServer server{"vcard", "pep", "presence"};
    auto& juliet = server.login("juliet@example.org/balcony");
    appear(juliet, Software{"urn:xmpp:avatar:metadata"});
    auto& old = server.login("juliet@example.org/chamber");
    CHECK(ask(old, vcard(photo("YWJj", "image/jpeg"))) == "result");
    CHECK(heard(juliet) == "juliet@example.org urn:xmpp:avatar:metadata " + std::string(abc) + "=");
    auto& stranger = server.login("stranger@example.net/street");
    CHECK(read(stranger, iq("get", items("urn:xmpp:avatar:data"), "juliet@example.org")) == std::string(abc) + "=YWJj");
    juliet.send(iq("get", items(metadata_node)));
    CHECK(juliet.receive().xml().contains("<info bytes='3' id='" + std::string(abc) + "' type='image/jpeg'/>"));
    CHECK(ask(old, vcard(photo("YWJj", "image/jpeg") + "<FN>J</FN>")) == "result");
    CHECK(heard(juliet).empty());
    CHECK(ask(old, vcard("<FN>J</FN>")) == "result");
    juliet.drain();
    juliet.send(iq("get", items(metadata_node)));
    CHECK(juliet.receive().xml().contains("<metadata xmlns='urn:xmpp:avatar:metadata'/>"));
}

TEST_CASE("a client that sets both is told once of each") {
    TestServer server{"vcard", "pep", "presence"};
    auto& juliet = server.login("juliet@example.org/balcony");
    appear(juliet, Software{"urn:xmpp:avatar:metadata"});
    CHECK(ask(juliet, data(abc, "YWJj")) == "result");
    juliet.send(metadata(info(abc), abc));
    CHECK(heard(juliet) == "juliet@example.org urn:xmpp:avatar:metadata " + std::string(abc) + "=");
    juliet.send(vcard(photo("YWJj")));
    CHECK(heard(juliet).empty());
    CHECK(ask(juliet, vcard(photo("YWJjZGU="))) == "result");
    CHECK(card(juliet) == canonical(photo("YWJjZGU=")));
    CHECK(read(juliet, iq("get", items("urn:xmpp:avatar:data"))) == std::string(abcde) + "=YWJjZGU=");
}

TEST_CASE("the hash is in presence where the client says nothing of a picture, for rooms too") {
    TestServer server{"vcard", "pep", "presence"};
    server.befriend("juliet@example.org", "romeo@example.org");
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.available();
    CHECK(ask(juliet, vcard(photo("YWJj"))) == "result");
    romeo.drain();
    const auto sent = [&](std::string_view to, std::string_view inside) {
        juliet.send("<presence" + std::string(to) + ">" + std::string(inside) + "</presence>");
        return hashes(romeo);
    };
    const std::string to = GENERATE("", " to='romeo@example.org/orchard'");
    CHECK(sent(to, "") == std::string(abc) + ";");
    CHECK(sent(to, "<x xmlns='vcard-temp:x:update'/>") == std::string(abc) + ";");
    CHECK(sent(to, "<x xmlns='vcard-temp:x:update'><photo/></x>") == ";");
    CHECK(sent(to, "<x xmlns='vcard-temp:x:update'><photo>01b8</photo></x>") == "01b8;");
}
