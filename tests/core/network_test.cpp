// SPDX-License-Identifier: MIT
#include "core/base/network.hpp"
#include "tests/catch.hpp"

using namespace epode;

TEST_CASE("network: what contains which address") {
    struct Row {
        std::string_view network, address;
        bool contains;
    };
    const Row table[] = {
        {"192.0.2.0/24", "192.0.2.255", true},
        {"192.0.2.0/24", "192.0.3.0", false},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"192.0.2.0/24", "::ffff:192.0.2.9", true},
        {"0.0.0.0/0", "203.0.113.1", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "203.0.113.1", true},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"fe80::/10", "fe80::1%eth0", true},
        {"::1", "::1", true},
        {"192.0.2.0/24", "memory", false},
        {"192.0.2.0/24", "", false},
    };
    for (const auto& row : table) {
        INFO(row.network << " " << row.address);
        const auto network = Network::parse(row.network);
        REQUIRE(network);
        CHECK(network->contains(row.address) == row.contains);
    }
    for (const std::string_view text :
         {"", "192.0.2.1/24", "192.0.2.0/33", "::/129", "192.0.2.0/", "192.0.2.0/-1", "host", "1.2.3.4.5"})
        CHECK_FALSE(Network::parse(text));
}

TEST_CASE("network: what counts as one client") {
    CHECK(Network::client_key("192.0.2.1") == Network::client_key("::ffff:192.0.2.1"));
    CHECK(Network::client_key("192.0.2.1") != Network::client_key("192.0.2.2"));
    CHECK(Network::client_key("2001:db8::1") == Network::client_key("2001:db8::ffff:1"));
    CHECK(Network::client_key("2001:db8::1") != Network::client_key("2001:db8:0:1::1"));
    CHECK(Network::client_key("") == "");
}
