// SPDX-License-Identifier: MIT
// A queue that wraps around, grows and gives its block back keeps order and owns what is in it.
#include "core/base/ring.hpp"
#include "tests/catch.hpp"

#include <deque>
#include <memory>
#include <random>

using namespace epode;

TEST_CASE("a ring is a queue, however it is filled and emptied", "[ring]") {
    Ring<std::unique_ptr<int>> ring;
    std::deque<int> expected;
    std::mt19937 random(7); // NOLINT: the same run each time
    for (int step = 0; step < 20'000; ++step) {
        if (random() % 100 < (step % 4000 < 2000 ? 60U : 35U)) {
            ring.push_back(std::make_unique<int>(step));
            expected.push_back(step);
        } else if (!expected.empty()) {
            if (step % 2) {
                REQUIRE(*ring.pop_front() == expected.front());
            } else {
                REQUIRE(*ring.front() == expected.front());
                ring.drop_front();
            }
            expected.pop_front();
        }
        REQUIRE(ring.size() == expected.size());
        if (!expected.empty()) REQUIRE(*ring.back() == expected.back());
        if (step % 3 == 0) ring.trim();
        if (step % 7 == 0) ring.park();
    }
    for (std::size_t i = 0; i < expected.size(); ++i) REQUIRE(*ring[i] == expected[i]);
}

TEST_CASE("what is in a ring lives as long as it is in it", "[ring]") {
    const auto alive = std::make_shared<int>(0);
    {
        Ring<std::shared_ptr<int>> ring;
        for (int i = 0; i < 10; ++i) ring.push_back(alive);
        CHECK(alive.use_count() == 11);
        ring.drop_front();
        (void)ring.pop_front();
        CHECK(alive.use_count() == 9);
        ring.trim(); // it is not empty
        CHECK(ring.size() == 8);
        Ring<std::shared_ptr<int>> other;
        other.push_back(alive);
        other = std::move(ring);
        CHECK(other.size() == 8);
        CHECK(ring.empty());
        CHECK(alive.use_count() == 9);
        ring.push_back(alive); // as good as new
        ring.clear();
        CHECK(alive.use_count() == 9);
    }
    CHECK(alive.use_count() == 1);
}
