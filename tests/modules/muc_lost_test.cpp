// SPDX-License-Identifier: MIT
// Lost membership (XEP-0045 sections 7.2.17, 16.6, 17.5; XEP-0410): a client that the room has and that is gone, and
// one that believes to be in a room and is not.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/muc_kit.hpp"

using namespace epode::test;
using namespace epode::test::muc;

namespace {

std::string ping(std::string_view nick) {
    return "<iq type='get' id='s2c1' to='coven@conference.example.org/" + std::string(nick) +
           "'><ping xmlns='urn:xmpp:ping'/></iq>";
}

std::string to_nick(std::string_view nick, std::string_view presence) {
    return "<presence" + std::string(presence) + " to='coven@conference.example.org/" + std::string(nick) + "'/>";
}

} // namespace

TEST_CASE("two devices under one nick: one leaves, the other one's end is noticed at once") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& pda = come(server, "hag66@example.org/pda", "thirdwitch");
    auto& phone = come(server, "hag66@example.org/phone", "thirdwitch");
    phone.send(to_nick("thirdwitch", " type='unavailable'"));
    crone.drain();
    pda.cut();
    CHECK(crone.receive().attr("type") == "unavailable");
}

TEST_CASE("a client that went without a word is found out, and the others hear of it with 333") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& pda = come(server, "hag66@example.org/pda", "thirdwitch");
    auto& phone = come(server, "hag66@example.org/phone", "thirdwitch");
    phone.send(to_nick("hag", "")); // the pda's server never hears of the new nick
    phone.send(to_nick("hag", " type='unavailable'"));
    crone.drain();
    pda.cut();
    CHECK(crone.silent());
    server.advance(std::chrono::minutes(1));
    const auto gone = crone.receive();
    CHECK(gone.attr("type") == "unavailable");
    CHECK(gone.attr("from") == "coven@conference.example.org/hag");
    CHECK(codes_of(gone) == "333");
    server.advance(std::chrono::minutes(5));
    CHECK(crone.silent()); // and who is there stays
    crone.send(says("hark"));
    CHECK(crone.receive().xml().contains("hark"));
}

TEST_CASE("what only an occupant says is not acceptable of anybody else, whether or not there is such a room") {
    TestServer server{"muc"};
    auto& hag = server.login("hag66@example.org/pda");
    for (const char* when : {"no room", "a room", "a room that waits for its owner"}) {
        CAPTURE(when);
        hag.send(says("Is anybody there?"));
        CHECK(error_of(hag.receive()) == "modify not-acceptable");
        hag.send("<message type='chat' to='coven@conference.example.org/firstwitch'><body>psst</body></message>");
        CHECK(error_of(hag.receive()) == "modify not-acceptable");
        hag.send(ping("thirdwitch")); // item-not-found would say: still in
        CHECK(error_of(hag.receive()) == "modify not-acceptable");
        hag.send(to_nick("thirdwitch", ""));
        const auto out = hag.receive();
        CHECK(out.attr("type") == "unavailable");
        CHECK(codes_of(out) == "110 307 333");
        CHECK(item_of(out, "role") == "none");
        CHECK(hag.silent());
        auto& crone = server.login("crone1@example.org/desktop");
        join(crone, "firstwitch");
        crone.drain();
        if (std::string_view(when) == "no room") accept(crone);
        if (std::string_view(when) != "a room") continue;
        crone.send(to_nick("firstwitch", " type='unavailable'"));
        join(crone, "firstwitch"); // another one, that is locked
        crone.drain();
    }
}

TEST_CASE("when the module is unloaded, everybody is told that the service ends") {
    Witches witches;
    auto& [server, crone, hag] = witches;
    CHECK(server.unload("muc") == "");
    for (auto* client : {&crone, &hag}) {
        const auto out = client->receive();
        CHECK(out.attr("type") == "unavailable");
        CHECK(codes_of(out) == "110 332");
        CHECK(item_of(out, "role") == "none");
        CHECK(client->silent());
    }
    CHECK(server.load("muc") == "");
    hag.send(ping("thirdwitch"));
    CHECK(error_of(hag.receive()) == "modify not-acceptable");
    join(hag, "thirdwitch");
    CHECK(codes_of(hag.receive()) == "110 201");
}

TEST_CASE("a persistent room has everybody out after a restart, and says so") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    configure(crone, field("roomconfig_persistentroom", "1"));
    server.kill();
    auto& again = server.login("crone1@example.org/desktop");
    again.send(ping("firstwitch"));
    CHECK(error_of(again.receive()) == "modify not-acceptable");
    again.send(says("hark"));
    CHECK(error_of(again.receive()) == "modify not-acceptable");
    join(again, "firstwitch");
    CHECK(codes_of(again.receive()) == "110");
}
