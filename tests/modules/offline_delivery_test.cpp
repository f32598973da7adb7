// SPDX-License-Identifier: MIT
// The bookkeeping of who is given which offline message.
#include "modules/offline/delivery.hpp"
#include "tests/catch.hpp"

#include <algorithm>

using namespace epode;

TEST_CASE("delivery: one session at a time, each message once") {
    offline::Delivery delivery;
    const auto id = OrderedId::at(WallTime(1s));
    CHECK(delivery.begin(1));
    CHECK_FALSE(delivery.begin(2));
    CHECK(delivery.send(1, 77, id));
    CHECK_FALSE(delivery.send(2, 77, id));
    delivery.finish(2);
    CHECK_FALSE(delivery.begin(2));
    delivery.finish(1);
    CHECK(delivery.begin(2));
    CHECK_FALSE(delivery.send(2, 77, id));
}

TEST_CASE("delivery: who was sent away is remembered until the mailbox is free") {
    offline::Delivery delivery;
    CHECK(delivery.begin(1));
    CHECK_FALSE(delivery.begin(2));
    CHECK_FALSE(delivery.finish(2)); // it is not the one
    CHECK(delivery.finish(1));
    CHECK(delivery.begin(1));
    CHECK_FALSE(delivery.finish(1));
}

TEST_CASE("delivery: a reload keeps what is under way and what has arrived") {
    offline::Delivery before;
    const auto one = OrderedId::at(WallTime(1s));
    const auto two = OrderedId::at(WallTime(2s));
    CHECK(before.begin(1));
    CHECK(before.send(1, 71, one));
    CHECK(before.send(1, 72, two));
    CHECK(before.arrived(1, 72));
    auto after = offline::Delivery::from_bytes(before.bytes());
    REQUIRE(after);
    CHECK(after->begin(2)); // nobody is being given it
    CHECK_FALSE(after->send(2, 71, one));
    CHECK_FALSE(after->send(2, 72, two));
    CHECK(after->confirmed() == std::vector<OrderedId>{two});
    CHECK(after->arrived(1, 71));
    CHECK_FALSE(offline::Delivery::from_bytes("\x7f"));
}

TEST_CASE("delivery: only the session that was sent a message can confirm it") {
    offline::Delivery delivery;
    const auto id = OrderedId::at(WallTime(1s));
    CHECK(delivery.send(1, 77, id));
    CHECK_FALSE(delivery.arrived(2, 77));
    CHECK_FALSE(delivery.arrived(1, 78));
    CHECK(delivery.arrived(1, 77));
    CHECK_FALSE(delivery.arrived(1, 77));
    CHECK(delivery.confirmed() == std::vector<OrderedId>{id});
    delivery.ended(1);
    CHECK_FALSE(delivery.send(2, 77, id)); // still stored, but it has arrived
    delivery.erased(1);
    CHECK(delivery.confirmed().empty());
    CHECK(delivery.send(2, 77, id));
}

TEST_CASE("delivery: what a session leaves behind may go to another") {
    offline::Delivery delivery;
    const auto one = OrderedId::at(WallTime(1s));
    const auto two = OrderedId::at(WallTime(2s));
    CHECK(delivery.begin(1));
    CHECK(delivery.send(1, 71, one));
    CHECK(delivery.send(2, 72, two));
    delivery.ended(1);
    CHECK(delivery.begin(3));
    CHECK(delivery.send(3, 71, one));
    CHECK_FALSE(delivery.send(3, 72, two));
}
