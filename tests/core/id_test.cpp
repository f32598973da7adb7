// SPDX-License-Identifier: MIT
#include "core/base/id.hpp"
#include "tests/catch.hpp"

#include <set>

using epode::OrderedId;
using namespace std::chrono_literals;

namespace {
constexpr epode::WallTime noon{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + 12h};
}

TEST_CASE("random ids are URL-safe, long enough and never the same") {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string id = epode::random_id();
        CHECK(id.size() == 16);
        CHECK(id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
              std::string::npos);
        CHECK(seen.insert(id).second);
    }
    CHECK(epode::random_id(128).size() == 22);
    CHECK(epode::random_id(0).empty());
}

TEST_CASE("an ordered id holds its time") {
    const OrderedId id = OrderedId::next(noon + 123us, {});
    CHECK(id.time() == noon + 123us);
    CHECK(OrderedId::at(noon).time() == noon);
    CHECK(OrderedId::at(noon) < OrderedId::next(noon, {}));
    CHECK(OrderedId::next(noon, {}) < OrderedId::at(noon + 1us));
    CHECK(OrderedId::at(epode::WallTime(-5us)).time() == epode::WallTime{});
}

TEST_CASE("ids of one owner never go back, even when the clock does") {
    OrderedId last;
    for (int i = 0; i < 1000; ++i) {
        const OrderedId id = OrderedId::next(noon - std::chrono::seconds(i), last);
        CHECK(last < id);
        last = id;
    }
}

TEST_CASE("the next id carries over") {
    std::string bytes(16, '\xff');
    bytes[0] = '\x7f';
    bytes[1] = 0;
    const OrderedId id = OrderedId::next(noon, *OrderedId::from_bytes(bytes));
    CHECK(id.bytes() == "\x7f\x01" + std::string(14, '\0'));
}

TEST_CASE("text is 26 characters, sorts like the bytes and parses back") {
    CHECK(OrderedId{}.text() == std::string(26, '0'));
    CHECK(OrderedId::from_bytes(std::string(16, '\xff'))->text() == "7" + std::string(25, 'z'));
    OrderedId last;
    std::string text = last.text();
    for (int i = 0; i < 200; ++i) {
        const OrderedId id = OrderedId::next(noon + std::chrono::microseconds(i / 3), last);
        CHECK(id.text().size() == 26);
        CHECK(text < id.text());
        CHECK(OrderedId::parse(id.text()) == id);
        CHECK(OrderedId::from_bytes(id.bytes()) == id);
        text = id.text();
        last = id;
    }
}

TEST_CASE("what is no ordered id is refused") {
    const std::string good = OrderedId::next(noon, {}).text();
    CHECK_FALSE(OrderedId::parse(""));
    CHECK_FALSE(OrderedId::parse(good.substr(1)));
    CHECK_FALSE(OrderedId::parse(good + "0"));
    for (const char bad : {'i', 'l', 'o', 'u', 'A', '-', '\0'}) {
        std::string text = good;
        text[5] = bad;
        CHECK_FALSE(OrderedId::parse(text));
    }
    CHECK_FALSE(OrderedId::parse("8" + std::string(25, '0')));
    CHECK_FALSE(OrderedId::from_bytes("short"));
}
