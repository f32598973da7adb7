// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "xep/xep0082_datetime.hpp"

using namespace epode;
using xep::format_datetime;
using xep::parse_datetime;

TEST_CASE("every form of a DateTime comes out in UTC") {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"2002-09-10T23:08:25Z", "2002-09-10T23:08:25Z"},
        {"1969-07-21T02:56:15Z", "1969-07-21T02:56:15Z"},
        {"1969-07-20T21:56:15-05:00", "1969-07-21T02:56:15Z"},
        {"2016-02-29T23:59:59.5+00:30", "2016-02-29T23:29:59.5Z"},
        {"2026-01-01T00:00:00.123456789Z", "2026-01-01T00:00:00.123456Z"},
        {"2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00Z"},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
        {"20020910T23:41:07", "2002-09-10T23:41:07Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
    };
    for (const auto& [text, expected] : table) {
        INFO(text);
        const auto time = parse_datetime(text);
        REQUIRE(time);
        CHECK(format_datetime(*time) == expected);
    }
}

TEST_CASE("what is no DateTime is refused") {
    for (const std::string_view text :
         {"", "2002", "2002-09-10", "2002-09-10T23:08Z", "2002-13-10T23:08:25Z", "2002-02-29T23:08:25Z",
          "2002-09-10T24:08:25Z", "2002-09-10T23:60:25Z", "2002-09-10T23:08:61Z", "2002-09-10T23:08:25.Z",
          "2002-09-10T23:08:25+25:00", "2002-09-10T23:08:25+0100", "2002-09-10T23:08:25ZZ", " 2002-09-10T23:08:25Z",
          "0000-01-01T00:00:00Z", "2002-0910T23:08:25Z", "2002-09-10 23:08:25Z", "-002-09-10T23:08:25Z"}) {
        INFO(text);
        CHECK_FALSE(parse_datetime(text));
    }
}
