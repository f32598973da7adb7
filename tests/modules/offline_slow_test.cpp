// SPDX-License-Identifier: MIT
// A device that is slow, or goes, in the middle of being given its offline messages.
#include "tests/catch.hpp"
#include "tests/modules/offline_kit.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace epode;
using namespace epode::test;
using namespace epode::test::offline;

namespace {

/// The numbers that arrived, in their order.
std::vector<int> numbers(Client& client) {
    std::vector<int> all;
    for (const auto& received : client.receive_all())
        if (received.fragment().element().name() == "message") all.push_back(std::stoi(body(received)));
    return all;
}
std::vector<int> from_to(int from, int to) {
    std::vector<int> all;
    for (int i = from; i < to; ++i) all.push_back(i);
    return all;
}
/// A server that lets little wait for a client, so that a slow one stops the giving in the middle.
struct Narrow {
    Verona verona;
    Client* phone;
    Narrow() : phone(nullptr) {
        fill(verona);
        phone = &verona.juliet("phone");
        acknowledge_by_hand(*phone);
        phone->stall(true);
        phone->send("<presence/>");
    }
};
void confirm(Client& client, std::size_t count) {
    client.send("<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(count) + "'/>");
}

} // namespace

TEST_CASE("offline: a device that dies in the middle of being given them leaves the rest to the next") {
    Narrow middle;
    middle.phone->stall(false);
    const auto first = numbers(*middle.phone);
    CHECK(first == from_to(0, many)); // with nothing in the way it gets all
    confirm(*middle.phone, 70);
    middle.verona.server.settle();
    middle.phone->cut();
    middle.verona.server.settle();
    auto& tablet = middle.verona.juliet("tablet");
    tablet.send("<presence/>");
    middle.verona.server.advance(1s);
    CHECK(numbers(tablet) == from_to(70, many));
    tablet.close();
    CHECK(middle.verona.collected().empty());
}

TEST_CASE("offline: a device that goes offline in the middle leaves the rest to one that is there") {
    Narrow middle;
    auto& tablet = middle.verona.juliet("tablet");
    tablet.send("<presence/>");
    CHECK(numbers(tablet).empty()); // one at a time
    middle.phone->send("<presence type='unavailable'/>");
    middle.phone->stall(false);
    auto first = numbers(*middle.phone);
    CHECK_FALSE(first.empty());
    CHECK(first.size() < many);
    middle.verona.server.advance(1s);
    const auto second = numbers(tablet);
    CHECK(second == from_to(static_cast<int>(first.size()), many));
    confirm(*middle.phone, first.size());
    middle.verona.server.advance(1s);
    middle.phone->close();
    CHECK(numbers(tablet).empty());
    tablet.close();
    CHECK(middle.verona.collected().empty());
}

TEST_CASE("offline: what a device leaves behind while another is being given the mailbox comes, too") {
    Verona verona;
    for (const auto* text : {"1", "2"}) verona.say(text);
    auto& phone = verona.juliet("phone");
    acknowledge_by_hand(phone);
    phone.send("<presence/>");
    CHECK(numbers(phone) == std::vector{1, 2});
    phone.send("<presence type='unavailable'/>"); // it stays, and confirms nothing
    fill(verona);
    auto& tablet = verona.juliet("tablet");
    tablet.stall(true);
    tablet.send("<presence/>"); // is past 1 and 2, and waits for room
    phone.cut();
    verona.server.settle();
    tablet.stall(false);
    auto got = numbers(tablet);
    std::ranges::sort(got);
    auto all = from_to(0, many);
    all.insert(all.end(), {1, 2});
    std::ranges::sort(all);
    CHECK(got == all);
    verona.server.advance(1s);
    tablet.close();
    CHECK(verona.collected().empty());
}

TEST_CASE("offline: a device that looks by itself keeps them from others only while it is there") {
    Verona verona;
    verona.say("1");
    auto& looker = verona.juliet("looker");
    looker.send("<iq type='get' id='c'><query xmlns='http://jabber.org/protocol/disco#info' "
                "node='http://jabber.org/protocol/offline'/></iq>");
    looker.drain();
    auto& phone = verona.juliet("phone");
    phone.send("<presence/>");
    CHECK(bodies(phone).empty());
    looker.cut();
    verona.server.settle();
    CHECK(bodies(phone) == "1");
}

TEST_CASE("offline: a reload in the middle neither loses nor doubles") {
    Narrow middle;
    CHECK(middle.verona.server.reload("offline").empty());
    middle.phone->stall(false);
    CHECK(numbers(*middle.phone) == from_to(0, many));
    confirm(*middle.phone, 150);
    middle.verona.server.advance(1s);
    middle.phone->cut();
    middle.verona.server.settle();
    auto& tablet = middle.verona.juliet("tablet");
    tablet.send("<presence/>");
    middle.verona.server.advance(1s);
    CHECK(numbers(tablet) == from_to(150, many));
    tablet.close();
    CHECK(middle.verona.collected().empty());
}

TEST_CASE("offline: a module that is unloaded does not wait for a slow client, and goes on when it is back") {
    Narrow middle;
    CHECK(middle.verona.server.unload("offline").empty());
    middle.phone->stall(false);
    const auto first = numbers(*middle.phone);
    CHECK(first.size() < many);
    CHECK(middle.verona.server.load("offline").empty());
    middle.verona.server.settle();
    CHECK_FALSE(numbers(*middle.phone).empty());
}

TEST_CASE("offline: a client that confirms slowly gets a full mailbox, not an error") {
    Verona verona("<offline limit='20000'/>");
    for (int i = 0; i < 10'500; ++i) verona.say(std::to_string(i)); // more than may wait for one client
    auto& phone = verona.juliet("phone");
    acknowledge_by_hand(phone);
    phone.send("<presence/>");
    std::vector<int> got;
    while (true) {
        const auto more = numbers(phone);
        if (more.empty()) break;
        got.insert(got.end(), more.begin(), more.end());
        confirm(phone, got.size());
    }
    CHECK_FALSE(phone.closed());
    CHECK(got == from_to(0, 10'500));
}
