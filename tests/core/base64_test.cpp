// SPDX-License-Identifier: MIT
#include "core/base/base64.hpp"
#include "tests/catch.hpp"

namespace base64 = epode::base64;

TEST_CASE("the vectors of RFC 4648 section 10") {
    const std::pair<std::string_view, std::string_view> row =
        GENERATE(std::pair("", ""), std::pair("f", "Zg=="), std::pair("fo", "Zm8="), std::pair("foo", "Zm9v"),
                 std::pair("foob", "Zm9vYg=="), std::pair("fooba", "Zm9vYmE="), std::pair("foobar", "Zm9vYmFy"));
    CHECK(base64::encode(row.first) == row.second);
    CHECK(base64::decode(row.second) == row.first);
}

TEST_CASE("every byte comes back") {
    std::string all;
    for (int i = 0; i < 256; ++i) {
        all.push_back(static_cast<char>(i));
        CHECK(base64::decode(base64::encode(all)) == all);
    }
    CHECK(base64::encode("\xfb\xff") == "+/8=");
}

TEST_CASE("what encode would not have written is refused") {
    const std::string_view bad = GENERATE("Zg", "Zg=", "Z", "Z===", "====", "=", "==", "Zg==Zg==", "Zm8=\n", " Zm8",
                                          "Zm 8", "Zh==", "Zm9=", "Z-8=", "Z_8=", "Zm8\x80", "Zg=g");
    CAPTURE(bad);
    CHECK_FALSE(base64::decode(bad));
}
