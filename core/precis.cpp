// SPDX-License-Identifier: MIT
// PRECIS on ICU's properties. The order of the questions in `kind_of` is the algorithm of RFC 8264 section 8 and must
// stay.
#include "core/precis.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

namespace epode::precis {

namespace {

enum class Kind : std::uint8_t { valid, context, free_only, disallowed };

constexpr UChar32 zero_width_non_joiner = 0x200C;
constexpr UChar32 zero_width_joiner = 0x200D;
constexpr UChar32 katakana_middle_dot = 0x30FB;

bool between(UChar32 c, UChar32 first, UChar32 last) noexcept { return c >= first && c <= last; }
bool is_arabic_indic_digit(UChar32 c) noexcept { return between(c, 0x660, 0x669); }
bool is_extended_arabic_indic_digit(UChar32 c) noexcept { return between(c, 0x6F0, 0x6F9); }

/// RFC 5892 2.6; false where the code point is no exception.
bool exception(UChar32 c, Kind& kind) noexcept {
    switch (c) {
    case 0xDF:
    case 0x3C2:
    case 0x6FD:
    case 0x6FE:
    case 0xF0B:
    case 0x3007:
        kind = Kind::valid;
        return true;
    case 0xB7:
    case 0x375:
    case 0x5F3:
    case 0x5F4:
    case katakana_middle_dot:
        kind = Kind::context;
        return true;
    case 0x640:
    case 0x7FA:
    case 0x302E:
    case 0x302F:
    case 0x3031:
    case 0x3032:
    case 0x3033:
    case 0x3034:
    case 0x3035:
    case 0x303B:
        kind = Kind::disallowed;
        return true;
    default:
        if (!is_arabic_indic_digit(c) && !is_extended_arabic_indic_digit(c)) return false;
        kind = Kind::context;
        return true;
    }
}

bool is_old_hangul_jamo(UChar32 c) noexcept {
    const auto type = u_getIntPropertyValue(c, UCHAR_HANGUL_SYLLABLE_TYPE);
    return type == U_HST_LEADING_JAMO || type == U_HST_VOWEL_JAMO || type == U_HST_TRAILING_JAMO;
}

Kind kind_of(UChar32 c) noexcept {
    constexpr std::uint32_t letter_digits =
        U_GC_LL_MASK | U_GC_LU_MASK | U_GC_LO_MASK | U_GC_ND_MASK | U_GC_LM_MASK | U_GC_MN_MASK | U_GC_MC_MASK;
    constexpr std::uint32_t free_only =
        U_GC_LT_MASK | U_GC_NL_MASK | U_GC_NO_MASK | U_GC_ME_MASK | U_GC_ZS_MASK | U_GC_S_MASK | U_GC_P_MASK;
    if (Kind kind; exception(c, kind)) return kind;
    const std::uint32_t category = U_GET_GC_MASK(c);
    if (category & U_GC_CN_MASK) return Kind::disallowed; // unassigned, and what is no character at all
    if (between(c, 0x21, 0x7E)) return Kind::valid;
    if (c == zero_width_joiner || c == zero_width_non_joiner) return Kind::context;
    if (is_old_hangul_jamo(c)) return Kind::disallowed;
    if (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) return Kind::disallowed;
    if (category & U_GC_CC_MASK) return Kind::disallowed;
    // toNFKC(c) != c says the same as "never in NFKC".
    if (u_getIntPropertyValue(c, UCHAR_NFKC_QUICK_CHECK) == UNORM_NO) return Kind::free_only;
    if (category & letter_digits) return Kind::valid;
    return category & free_only ? Kind::free_only : Kind::disallowed;
}

std::string hex(UChar32 c) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "U+%04X", static_cast<unsigned>(c));
    return text.data();
}

UChar32 at(const std::u32string& text, std::size_t i) noexcept {
    return i < text.size() ? static_cast<UChar32>(text[i]) : U_SENTINEL;
}

UScriptCode script(UChar32 c) noexcept {
    UErrorCode status = U_ZERO_ERROR;
    return c < 0 ? USCRIPT_INVALID_CODE : uscript_getScript(c, &status);
}

constexpr std::int32_t virama = 9;

/// RFC 5892 A.1: between a character that joins to the left and one that joins to the right, transparent ones aside.
bool breaks_a_join(const std::u32string& text, std::size_t i) noexcept {
    const auto joining = [&](std::size_t k) { return u_getIntPropertyValue(at(text, k), UCHAR_JOINING_TYPE); };
    std::size_t before = i;
    while (before > 0 && joining(before - 1) == U_JT_TRANSPARENT) --before;
    std::size_t after = i + 1;
    while (after < text.size() && joining(after) == U_JT_TRANSPARENT) ++after;
    if (before == 0 || after == text.size()) return false;
    const auto left = joining(before - 1);
    const auto right = joining(after);
    return (left == U_JT_LEFT_JOINING || left == U_JT_DUAL_JOINING) &&
           (right == U_JT_RIGHT_JOINING || right == U_JT_DUAL_JOINING);
}

template <typename Test> bool any_of(const std::u32string& text, Test test) {
    return std::any_of(text.begin(), text.end(), [&](char32_t c) { return test(static_cast<UChar32>(c)); });
}

bool is_kana_or_han(UChar32 c) noexcept {
    const UScriptCode code = script(c);
    return code == USCRIPT_HIRAGANA || code == USCRIPT_KATAKANA || code == USCRIPT_HAN;
}

/// RFC 5892 appendix A, rule by rule.
bool context_allows(const std::u32string& text, std::size_t i) {
    const UChar32 c = at(text, i);
    const UChar32 before = i > 0 ? at(text, i - 1) : U_SENTINEL;
    const UChar32 after = at(text, i + 1);
    const bool after_virama = before >= 0 && u_getCombiningClass(before) == virama;
    switch (c) {
    case zero_width_non_joiner:
        return after_virama || breaks_a_join(text, i);
    case zero_width_joiner:
        return after_virama;
    case 0xB7:
        return before == 'l' && after == 'l';
    case 0x375:
        return script(after) == USCRIPT_GREEK;
    case 0x5F3:
    case 0x5F4:
        return script(before) == USCRIPT_HEBREW;
    case katakana_middle_dot:
        return any_of(text, is_kana_or_han);
    default:
        return is_arabic_indic_digit(c) ? !any_of(text, is_extended_arabic_indic_digit)
                                        : !any_of(text, is_arabic_indic_digit);
    }
}

constexpr std::uint32_t direction(UCharDirection d) noexcept { return 1U << d; }
std::uint32_t direction_of(char32_t c) noexcept { return direction(u_charDirection(static_cast<UChar32>(c))); }

constexpr std::uint32_t right_to_left = direction(U_RIGHT_TO_LEFT) | direction(U_RIGHT_TO_LEFT_ARABIC);
constexpr std::uint32_t neutral = direction(U_EUROPEAN_NUMBER) | direction(U_EUROPEAN_NUMBER_SEPARATOR) |
                                  direction(U_COMMON_NUMBER_SEPARATOR) | direction(U_EUROPEAN_NUMBER_TERMINATOR) |
                                  direction(U_OTHER_NEUTRAL) | direction(U_BOUNDARY_NEUTRAL) |
                                  direction(U_DIR_NON_SPACING_MARK);

} // namespace

Result<> check_class(const std::u32string& text, Class wanted) {
    for (const char32_t point : text) {
        const auto c = static_cast<UChar32>(point);
        const Kind kind = kind_of(c);
        if (kind == Kind::disallowed || (kind == Kind::free_only && wanted == Class::identifier))
            return fail("holds " + hex(c) + ", which is not allowed there");
    }
    return {};
}

Result<> check_context(const std::u32string& text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (kind_of(at(text, i)) == Kind::context && !context_allows(text, i))
            return fail("holds " + hex(at(text, i)) + " in a place where it is not allowed");
    }
    return {};
}

bool bidi_rule(const std::u32string& text) {
    std::uint32_t seen = 0;
    for (const char32_t c : text) seen |= direction_of(c);
    if (!(seen & (right_to_left | direction(U_ARABIC_NUMBER)))) return true;
    std::uint32_t last = 0;
    for (const char32_t c : text)
        if (direction_of(c) != direction(U_DIR_NON_SPACING_MARK)) last = direction_of(c);
    const std::uint32_t first = direction_of(text.front());
    if (first & right_to_left) {
        const bool mixed_numbers = (seen & direction(U_EUROPEAN_NUMBER)) && (seen & direction(U_ARABIC_NUMBER));
        return !(seen & ~(right_to_left | direction(U_ARABIC_NUMBER) | neutral)) && !mixed_numbers &&
               (last & (right_to_left | direction(U_EUROPEAN_NUMBER) | direction(U_ARABIC_NUMBER)));
    }
    // A left-to-right string holds nothing that runs to the left, and this one does (rule 5).
    return false;
}

std::u32string width_mapped(const std::u32string& text) {
    UErrorCode status = U_ZERO_ERROR;
    const auto* nfkc = icu::Normalizer2::getNFKCInstance(status);
    std::u32string out;
    out.reserve(text.size());
    for (const char32_t point : text) {
        const auto c = static_cast<UChar32>(point);
        const auto type = u_getIntPropertyValue(c, UCHAR_DECOMPOSITION_TYPE);
        icu::UnicodeString usual;
        if ((type == U_DT_WIDE || type == U_DT_NARROW) && U_SUCCESS(status) && nfkc->getRawDecomposition(c, usual)) {
            for (std::int32_t i = 0; i < usual.length(); i = usual.moveIndex32(i, 1))
                out.push_back(static_cast<char32_t>(usual.char32At(i)));
        } else {
            out.push_back(point);
        }
    }
    return out;
}

std::u32string lower_cased(const std::u32string& text) {
    std::u32string out;
    out.reserve(text.size());
    for (const char32_t c : text) {
        out.push_back(static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))));
        // The only full mapping to lower case that is longer: capital I with dot above.
        if (c == 0x130) out.push_back(0x307);
    }
    return out;
}

std::u32string spaces_mapped(const std::u32string& text) {
    std::u32string out = text;
    for (char32_t& c : out)
        if (u_charType(static_cast<UChar32>(c)) == U_SPACE_SEPARATOR) c = U' ';
    return out;
}

} // namespace epode::precis
