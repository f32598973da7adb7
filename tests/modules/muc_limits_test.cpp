// SPDX-License-Identifier: MIT
// How many rooms there may be, of the host and of one account; and rooms of so many people that not all are shown.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/muc_kit.hpp"

#include <algorithm>

using namespace epode::test;
using namespace epode::test::muc;

namespace {

/// "" where the room is made, else the error.
std::string make(Client& client, const std::string& room, bool persistent = false) {
    const auto to = room + "@conference.example.org";
    client.send("<presence to='" + to + "/x'><x xmlns='http://jabber.org/protocol/muc'/></presence>");
    const auto answer = client.receive();
    client.drain();
    if (persistent) {
        client.send("<iq type='set' id='c' to='" + to +
                    "'><query xmlns='http://jabber.org/protocol/muc#owner'>"
                    "<x xmlns='jabber:x:data' type='submit'>" +
                    field("roomconfig_persistentroom", "1") + "</x></query></iq>");
        client.drain();
    }
    return error_of(answer);
}
void leave(Client& client, const std::string& room) {
    client.send("<presence type='unavailable' to='" + room + "@conference.example.org/x'/>");
    client.drain();
}

std::vector<std::string> shown(Client& client) {
    std::vector<std::string> nicks;
    for (const auto& received : client.receive_all()) {
        const auto kept = received.fragment();
        const auto from = received.attr("from");
        if (kept.element().name() == "presence" && received.attr("type").empty())
            nicks.push_back(from.substr(from.find('/') + 1));
    }
    return nicks;
}

} // namespace

TEST_CASE("an account makes so many rooms; those that are gone do not count, those on disk do") {
    TestOptions options;
    options.config = "<host name='example.org' admins='hecate@example.org'><muc max-rooms-per-user='3'/></host>";
    options.all_modules = true;
    TestServer server(options);
    auto& hag = server.login("hag66@example.org/pda");
    CHECK(make(hag, "one", true).empty());
    leave(hag, "one");
    CHECK(make(hag, "two").empty());
    CHECK(make(hag, "three").empty());
    CHECK(make(hag, "four") == "wait resource-constraint");
    leave(hag, "two");
    CHECK(make(hag, "four").empty());
    CHECK(make(server.login("wiccarocks@example.org/laptop"), "five").empty());
    auto& hecate = server.login("hecate@example.org/x");
    for (const char* room : {"a", "b", "c", "d"}) CHECK(make(hecate, room).empty());
    server.restart();
    auto& again = server.login("hag66@example.org/pda");
    CHECK(make(again, "two").empty());
    CHECK(make(again, "three").empty());
    CHECK(make(again, "four") == "wait resource-constraint");
    CHECK(make(again, "one").empty()); // that is there
}

TEST_CASE("who administrates by its account's role does so wherever its home and the room's are, over a restart too") {
    TestServer server({"muc"}, "<muc create='admins'/>");
    const std::vector<std::string> staff = {"hecate", "hag66", "wiccarocks", "crone1"}; // not all of one shard
    for (const auto& name : staff) server.account(name + "@example.org", "admin");
    const auto everywhere = [&](const std::string& name) {
        auto& client = server.login(name + "@example.org/x");
        std::vector<std::string> answers;
        for (const char* room : {"a", "b", "c", "d"}) answers.push_back(make(client, name + room));
        return answers;
    };
    const std::vector<std::string> made(4), refused(4, "cancel not-allowed");
    for (const auto& name : staff) CHECK(everywhere(name) == made);
    CHECK(everywhere("romeo") == refused);
    server.remove_account("crone1@example.org");
    server.restart();
    for (const char* name : {"hecate", "hag66", "wiccarocks"}) CHECK(everywhere(name) == made);
    CHECK(everywhere("crone1") == refused); // another one of that name
    server.remove_account("hecate@example.org");
    CHECK(everywhere("hecate") == refused);
}

TEST_CASE("a host has so many rooms, whoever makes them") {
    TestServer server({"muc"}, "<muc max-rooms='4'/>");
    auto& hag = server.login("hag66@example.org/pda");
    auto& wise = server.login("wiccarocks@example.org/laptop");
    for (const char* room : {"one", "two"}) CHECK(make(hag, room).empty());
    for (const char* room : {"three", "four"}) CHECK(make(wise, room).empty());
    CHECK(make(wise, "five") == "wait resource-constraint");
    CHECK(make(hag, "five") == "wait resource-constraint");
    leave(hag, "one");
    CHECK(make(wise, "five").empty());
}

TEST_CASE("two who make the same room at once: one does, the other one enters it") {
    TestServer server({"muc"}, "<muc lock='false'/>");
    auto& hag = server.login("hag66@example.org/pda");
    auto& wise = server.login("wiccarocks@example.org/laptop");
    const auto enter = [](std::string_view nick) {
        return "<presence to='coven@conference.example.org/" + std::string(nick) +
               "'><x xmlns='http://jabber.org/protocol/muc'/></presence>";
    };
    hag.post(enter("thirdwitch"));
    wise.post(enter("secondwitch"));
    hag.post(says("first"));
    server.settle();
    const auto owners =
        std::ranges::count_if(hag.receive_all(),
                              [](const Received& received) { return codes_of(received).contains("201"); }) +
        std::ranges::count_if(wise.receive_all(),
                              [](const Received& received) { return codes_of(received).contains("201"); });
    CHECK(owners == 1);
    hag.send(says("hark"));
    CHECK(hag.receive().xml().contains("hark"));
    CHECK(wise.receive().xml().contains("hark"));
}

TEST_CASE("a room is made, configured and spoken in in one breath") {
    TestServer server{"muc"};
    auto& hag = server.login("hag66@example.org/pda");
    hag.send(
        "<presence to='coven@conference.example.org/thirdwitch'><x xmlns='http://jabber.org/protocol/muc'/>"
        "</presence><iq type='set' id='c' to='coven@conference.example.org'>"
        "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>" +
        says("hark"));
    const auto all = hag.receive_all();
    REQUIRE(all.size() == 4); // himself, the subject, the answer, the message
    CHECK(codes_of(all[0]) == "110 201");
    CHECK(std::ranges::count_if(all, [](const Received& each) { return each.xml().contains("hark"); }) == 1);
    CHECK(std::ranges::none_of(all, [](const Received& each) { return each.attr("type") == "error"; }));
}

TEST_CASE("in a large room those who are silent are not shown, until they speak") {
    TestServer server({"muc"}, "<muc silent-above='10'/>");
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    for (int i = 2; i <= 10; ++i) come(server, "w" + std::to_string(i) + "@example.org/x", "w" + std::to_string(i));
    CHECK(shown(crone).size() == 9);
    auto& hag = come(server, "hag66@example.org/pda", "thirdwitch");
    CHECK(crone.silent()); // the eleventh
    hag.send("<presence to='coven@conference.example.org/thirdwitch'><show>away</show></presence>");
    CHECK(codes_of(hag.receive()) == "110");
    CHECK(crone.silent());
    hag.send(says("hark"));
    CHECK(shown(crone) == std::vector<std::string>{"thirdwitch"}); // and then the message
    hag.drain();
    auto& late = server.login("late@example.org/x");
    join(late, "late");
    // So many as are shown at most: moderators, those who spoke last, some of the others; then oneself.
    const auto seen = shown(late);
    CHECK(seen.size() == 11);
    CHECK(std::ranges::find(seen, "firstwitch") != seen.end());
    CHECK(std::ranges::find(seen, "thirdwitch") != seen.end());
    CHECK(seen.back() == "late");
    late.send("<iq type='get' id='i' to='coven@conference.example.org'>"
              "<query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
    CHECK(late.receive().xml().contains("coven@conference.example.org/late"));
    late.cut();
    server.settle();
    CHECK(crone.silent()); // who was not shown does not go
    hag.cut();
    server.settle();
    CHECK(crone.receive().attr("type") == "unavailable");
    crone.send(admin("set", "<item nick='w2' role='moderator'/>"));
    CHECK(crone.receive_all().size() == 2);
}
