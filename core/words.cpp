// SPDX-License-Identifier: MIT
// Most texts are ASCII, where a word is a run of letters and digits. The others go to ICU; its words are cut at ASCII
// punctuation as well, so that "can't" is the same words in both, whatever the version of the tables.
#include "core/words.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <unicode/brkiter.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

namespace epode {

namespace {

constexpr std::size_t longest = 64;

using Each = std::function<void(std::string_view)>;

bool is_ascii(char c) noexcept { return static_cast<unsigned char>(c) < 0x80; }
char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
bool is_part(char c) noexcept { return !is_ascii(c) || (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z'); }

/// Runs without ASCII punctuation. False where that were `most`.
bool runs(std::string_view text, std::size_t& left, const Each& each) {
    std::array<char, longest> word{};
    for (std::size_t at = 0; at < text.size() && left > 0;) {
        while (at < text.size() && !is_part(text[at])) ++at;
        const std::size_t begin = at;
        while (at < text.size() && is_part(text[at])) ++at;
        if (at == begin) break;
        const auto size = std::min(at - begin, longest);
        std::ranges::transform(text.substr(begin, size), word.begin(), lower);
        each({word.data(), size});
        --left;
    }
    return left > 0;
}

/// Null where ICU has no tables.
icu::BreakIterator* breaks() {
    thread_local const std::unique_ptr<icu::BreakIterator> made = [] {
        UErrorCode status = U_ZERO_ERROR;
        std::unique_ptr<icu::BreakIterator> words(
            icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status));
        return U_SUCCESS(status) ? std::move(words) : nullptr;
    }();
    return made.get();
}

icu::UnicodeString folded(std::string_view text) {
    const auto given =
        icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
    UErrorCode status = U_ZERO_ERROR;
    const auto* folding = icu::Normalizer2::getNFKCCasefoldInstance(status);
    if (U_FAILURE(status)) return given;
    auto result = folding->normalize(given, status);
    return U_SUCCESS(status) ? result : given;
}

} // namespace

void each_word(std::string_view text, std::size_t most, const Each& each) {
    std::size_t left = most;
    auto* words = std::ranges::all_of(text, is_ascii) ? nullptr : breaks();
    if (!words) {
        runs(text, left, each);
        return;
    }
    const auto all = folded(text);
    words->setText(all);
    std::string word;
    for (auto begin = words->first(), end = words->next(); end != icu::BreakIterator::DONE;
         begin = end, end = words->next()) {
        if (words->getRuleStatus() < UBRK_WORD_NUMBER) continue; // blanks and punctuation
        word.clear();
        all.tempSubStringBetween(begin, end).toUTF8String(word);
        if (!runs(word, left, each)) break;
    }
}

} // namespace epode
