// SPDX-License-Identifier: MIT
#include "core/words.hpp"
#include "tests/catch.hpp"

#include <string>

using namespace epode;

namespace {

std::string words(std::string_view text, std::size_t most = 100) {
    std::string all;
    each_word(text, most, [&](std::string_view word) { all.append(all.empty() ? "" : "|").append(word); });
    return all;
}

} // namespace

TEST_CASE("words: letters and digits, in one case") {
    CHECK(words("") == "");
    CHECK(words(" .,;!? \n") == "");
    CHECK(words("Call me but love, and I'll be new baptized;") == "call|me|but|love|and|i|ll|be|new|baptized");
    CHECK(words("at 10:30, see https://example.org/a_b-c") == "at|10|30|see|https|example|org|a|b|c");
    CHECK(words("one two three", 2) == "one|two");
    CHECK(words(std::string(100, 'x')) == std::string(64, 'x'));
}

TEST_CASE("words: other scripts, by Unicode's boundaries and folding") {
    CHECK(words("Stra\u00DFe STRASSE") == "strasse|strasse");
    CHECK(words("\u0152uvre caf\u00E9 cafe\u0301") == "\u0153uvre|caf\u00E9|caf\u00E9");
    CHECK(words("\u041F\u0440\u0438\u0432\u0435\u0442, \u043C\u0438\u0440!") ==
          "\u043F\u0440\u0438\u0432\u0435\u0442|\u043C\u0438\u0440");
    CHECK(words("\uFF21\uFF22\uFF23") == "abc");
    CHECK(words("ok \U0001F44D ok") == "ok|ok");
    CHECK(words("can't \u2013 won't_do") == "can|t|won|t|do");
    CHECK(words("\u0E2A\u0E27\u0E31\u0E2A\u0E14\u0E35\u0E04\u0E23\u0E31\u0E1A") ==
          "\u0E2A\u0E27\u0E31\u0E2A\u0E14\u0E35|\u0E04\u0E23\u0E31\u0E1A");
    CHECK(words("broken \xFF\xFE text") == "broken|text");
}
