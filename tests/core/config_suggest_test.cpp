// SPDX-License-Identifier: MIT
// Suggestions: near enough to be a slip, and nothing else.
#include "core/config/suggest.hpp"
#include "tests/catch.hpp"

using namespace epode::config;

TEST_CASE("the distance counts letters inserted, removed, replaced and swapped") {
    CHECK(edit_distance("archive", "archive") == 0);
    CHECK(edit_distance("archve", "archive") == 1);
    CHECK(edit_distance("archieve", "archive") == 1);
    CHECK(edit_distance("arxhive", "archive") == 1);
    CHECK(edit_distance("arhcive", "archive") == 1);
    CHECK(edit_distance("", "muc") == 3);
    CHECK(edit_distance("kitten", "sitting") == 3);
    CHECK(edit_distance(std::string(1000, 'a'), std::string(2000, 'a')) == 0);
}

TEST_CASE("the nearest name is suggested only when it is near") {
    const std::vector<std::string_view> known{"archive", "muc", "offline", "ping"};
    CHECK(nearest("archve", known) == "archive");
    CHECK(nearest("Archive", known) == "archive");
    CHECK(nearest("mcu", known) == "muc");
    CHECK(nearest("pong", known) == "ping");
    CHECK(nearest("off", known).empty());
    CHECK(nearest("xyz", known).empty());
    CHECK(nearest("", known).empty());
    CHECK(nearest("x", {}).empty());
}
