// SPDX-License-Identifier: MIT
// The string profiles of XMPP: PRECIS (RFC 8264, 8265, 8266) on ICU's properties, UTS 46 for domains, SASLprep. Text
// that is plain ASCII, nearly all of it, is decided here without ICU.
#include "core/jid.hpp"
#include "core/precis.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <unicode/normalizer2.h>
#include <unicode/uidna.h>
#include <unicode/usprep.h>
#include <unicode/ustring.h>

namespace epode::prepare {

namespace {

using Points = std::u32string;

constexpr std::size_t longest_input = 4 * 1023; ///< no mapping shrinks text further than to a quarter of it

bool is_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}
char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_letter_or_digit(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

Points to_points(const icu::UnicodeString& text) {
    Points points(static_cast<std::size_t>(text.countChar32()), U'\0');
    UErrorCode status = U_ZERO_ERROR;
    text.toUTF32(reinterpret_cast<UChar32*>(points.data()), static_cast<std::int32_t>(points.size()), status);
    if (U_FAILURE(status)) throw std::runtime_error("ICU cannot convert text");
    return points;
}

Result<Points> decode(std::string_view text) {
    if (text.size() > longest_input) return fail("is far longer than 1023 octets");
    std::u16string wide(text.size(), u'\0');
    std::int32_t size = 0;
    UErrorCode status = U_ZERO_ERROR;
    u_strFromUTF8(wide.data(), static_cast<std::int32_t>(wide.size()), &size, text.data(),
                  static_cast<std::int32_t>(text.size()), &status);
    if (U_FAILURE(status)) return fail("is not valid UTF-8");
    return to_points(icu::UnicodeString(false, wide.data(), size));
}

std::string encode(const Points& points) {
    std::string text;
    icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(points.data()),
                                  static_cast<std::int32_t>(points.size()))
        .toUTF8String(text);
    return text;
}

enum class Form : std::uint8_t { nfc, nfkc };

const icu::Normalizer2* loaded(const icu::Normalizer2* (*get)(UErrorCode&)) {
    UErrorCode status = U_ZERO_ERROR;
    const auto* normalizer = get(status);
    if (U_FAILURE(status)) throw std::runtime_error("ICU has no normalization data");
    return normalizer;
}

Points normalized(const Points& points, Form form) {
    static const auto* const nfc = loaded(icu::Normalizer2::getNFCInstance);
    static const auto* const nfkc = loaded(icu::Normalizer2::getNFKCInstance);
    const auto* normalizer = form == Form::nfc ? nfc : nfkc;
    UErrorCode status = U_ZERO_ERROR;
    const auto text = icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(points.data()),
                                                    static_cast<std::int32_t>(points.size()));
    const icu::UnicodeString result = normalizer->normalize(text, status);
    if (U_FAILURE(status)) throw std::runtime_error("ICU cannot normalize");
    return to_points(result);
}

/// Applies `once` until nothing changes (RFC 8264 7: at most three times more), so that preparing is idempotent.
template <typename Once> Result<std::string> until_stable(std::string_view text, Once once) {
    auto points = decode(text);
    if (!points) return std::unexpected(points.error());
    for (int round = 0; round < 4; ++round) {
        auto next = once(*points);
        if (!next) return std::unexpected(next.error());
        if (*next == *points) return encode(*points);
        points = std::move(next);
    }
    return fail("does not become stable");
}

Result<Points> username_once(const Points& given) {
    const Points wide = precis::width_mapped(given);
    if (auto good = precis::check_class(wide, precis::Class::identifier); !good) return std::unexpected(good.error());
    Points mapped = normalized(precis::lower_cased(wide), Form::nfc);
    if (mapped.empty()) return fail("is empty");
    if (auto good = precis::check_context(mapped); !good) return std::unexpected(good.error());
    if (!precis::bidi_rule(mapped)) return fail("mixes writing directions in a way that RFC 5893 forbids");
    return mapped;
}

Result<Points> opaque_once(const Points& given) {
    if (auto good = precis::check_class(given, precis::Class::freeform); !good) return std::unexpected(good.error());
    Points mapped = normalized(precis::spaces_mapped(given), Form::nfc);
    if (auto good = precis::check_context(mapped); !good) return std::unexpected(good.error());
    if (mapped.empty()) return fail("is empty");
    return mapped;
}

Result<Points> nickname_once(const Points& given) {
    if (auto good = precis::check_class(given, precis::Class::freeform); !good) return std::unexpected(good.error());
    const Points spaced = precis::spaces_mapped(given);
    Points trimmed;
    for (const char32_t c : spaced)
        if (c != U' ' || (!trimmed.empty() && trimmed.back() != U' ')) trimmed.push_back(c);
    if (!trimmed.empty() && trimmed.back() == U' ') trimmed.pop_back();
    Points mapped = normalized(precis::lower_cased(trimmed), Form::nfkc);
    if (auto good = precis::check_context(mapped); !good) return std::unexpected(good.error());
    if (mapped.empty()) return fail("is empty");
    return mapped;
}

/// An ASCII label as RFC 5890 wants it (NR-LDH), in lower case already. A-labels go to ICU.
const char* label_fault(std::string_view label) noexcept {
    if (label.empty()) return "has an empty label";
    if (label.size() > 63) return "has a label of more than 63 octets";
    if (label.front() == '-' || label.back() == '-') return "has a label that begins or ends with a hyphen";
    if (label.substr(2 < label.size() ? 2 : label.size()).starts_with("--"))
        return "has a label with a reserved prefix";
    for (const char c : label)
        if (!is_letter_or_digit(c) && c != '-') return "holds a character that no host name may hold";
    return nullptr;
}

bool has_a_label(std::string_view lowered) noexcept {
    return lowered.starts_with("xn--") || lowered.find(".xn--") != std::string_view::npos;
}

Result<std::string> ascii_domain(std::string lowered) {
    for (std::size_t begin = 0; begin <= lowered.size();) {
        const std::size_t end = std::min(lowered.find('.', begin), lowered.size());
        if (const char* fault = label_fault(std::string_view(lowered).substr(begin, end - begin))) return fail(fault);
        begin = end + 1;
    }
    return lowered;
}

/// RFC 6874: "[" IPv6 address, perhaps "%25" and a zone, "]"; in the shortest form, so that equal addresses are equal
/// text.
Result<std::string> ip_literal(std::string_view text) {
    if (text.size() < 4 || text.back() != ']') return fail("is not an IPv6 address in brackets");
    const std::string_view inside = text.substr(1, text.size() - 2);
    const std::size_t percent = inside.find('%');
    std::string zone;
    if (percent != std::string_view::npos) {
        zone = inside.substr(percent);
        const auto unreserved = [](char c) {
            return is_letter_or_digit(lower(c)) || c == '-' || c == '.' || c == '_' || c == '~';
        };
        if (!zone.starts_with("%25") || zone.size() < 4 || !std::all_of(zone.begin() + 3, zone.end(), unreserved))
            return fail("has an IPv6 zone that is not written as %25 and a name");
    }
    in6_addr address{};
    if (inet_pton(AF_INET6, std::string(inside.substr(0, percent)).c_str(), &address) != 1)
        return fail("is not an IPv6 address in brackets");
    std::array<char, INET6_ADDRSTRLEN> shortest{};
    inet_ntop(AF_INET6, &address, shortest.data(), static_cast<socklen_t>(shortest.size()));
    return "[" + std::string(shortest.data()) + zone + "]";
}

/// UTS 46, not transitional, with the rules of STD3 for ASCII.
const UIDNA& idna() {
    struct Close {
        void operator()(UIDNA* handle) const { uidna_close(handle); }
    };
    static const std::unique_ptr<UIDNA, Close> handle = [] {
        UErrorCode status = U_ZERO_ERROR;
        std::unique_ptr<UIDNA, Close> made(
            uidna_openUTS46(UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_CHECK_CONTEXTO |
                                UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE,
                            &status));
        if (U_FAILURE(status)) throw std::runtime_error("ICU has no IDNA data");
        return made;
    }();
    return *handle;
}

using Convert = std::int32_t (*)(const UIDNA*, const char*, std::int32_t, char*, std::int32_t, UIDNAInfo*, UErrorCode*);

/// `forgiven` are errors that do not count. Too long for the buffer is too long for an address.
std::optional<std::string> convert(Convert function, std::string_view text, std::uint32_t forgiven) {
    std::string out(longest_input, '\0');
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    UErrorCode status = U_ZERO_ERROR;
    const std::int32_t size = function(&idna(), text.data(), static_cast<std::int32_t>(text.size()), out.data(),
                                       static_cast<std::int32_t>(out.size()), &info, &status);
    if (U_FAILURE(status) || (info.errors & ~forgiven) != 0 || size < 0 || size > static_cast<std::int32_t>(out.size()))
        return std::nullopt;
    out.resize(static_cast<std::size_t>(size));
    return out;
}

Result<std::string> unicode_domain(std::string_view text) {
    if (text.size() > longest_input) return fail("is far longer than 1023 octets");
    constexpr std::uint32_t none = 0;
    // One dot at the end is dropped, also one that came from a mapping (U+3002).
    auto name = convert(uidna_nameToUnicodeUTF8, text, UIDNA_ERROR_EMPTY_LABEL);
    if (name && name->ends_with('.')) name->pop_back();
    if (name) name = convert(uidna_nameToUnicodeUTF8, *name, none);
    // ICU takes the root's empty label at the end; here it would be the second dot. Only the conversion back tells
    // whether a label is too long for DNS.
    if (!name || name->empty() || name->ends_with('.') ||
        !convert(uidna_nameToASCII_UTF8, *name, UIDNA_ERROR_DOMAIN_NAME_TOO_LONG))
        return fail("is not an internationalized domain name (UTS 46)");
    return *name;
}

} // namespace

Result<std::string> username(std::string_view text) {
    if (text.empty()) return fail("is empty");
    if (!is_ascii(text)) return until_stable(text, username_once);
    std::string lowered(text);
    for (char& c : lowered) {
        if (c <= 0x20 || c == 0x7F) return fail("holds a space or a control character");
        c = lower(c);
    }
    return lowered;
}

Result<std::string> opaque(std::string_view text) {
    if (text.empty()) return fail("is empty");
    if (!is_ascii(text)) return until_stable(text, opaque_once);
    if (std::any_of(text.begin(), text.end(), [](char c) { return c < 0x20 || c == 0x7F; }))
        return fail("holds a control character");
    return std::string(text);
}

Result<std::string> nickname(std::string_view text) { return until_stable(text, nickname_once); }

Result<std::string> domain(std::string_view text) {
    if (text.starts_with('[')) return ip_literal(text);
    if (!is_ascii(text)) return unicode_domain(text);
    std::string lowered(text);
    std::transform(lowered.begin(), lowered.end(), lowered.begin(), lower);
    if (has_a_label(lowered)) return unicode_domain(lowered);
    if (lowered.ends_with('.')) lowered.pop_back();
    return lowered.empty() ? fail("is empty") : ascii_domain(std::move(lowered));
}

Result<std::string> saslprep(std::string_view text) {
    if (is_ascii(text)) {
        if (std::any_of(text.begin(), text.end(), [](char c) { return c < 0x20 || c == 0x7F; }))
            return fail("holds a control character");
        return std::string(text);
    }
    const auto points = decode(text);
    if (!points) return std::unexpected(points.error());
    struct Close {
        void operator()(UStringPrepProfile* profile) const { usprep_close(profile); }
    };
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<UStringPrepProfile, Close> profile(usprep_openByType(USPREP_RFC4013_SASLPREP, &status));
    if (U_FAILURE(status)) throw std::runtime_error("ICU has no SASLprep data");
    const auto source =
        icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
    std::u16string out(text.size() * 18 + 1, u'\0'); // NFKC makes at most 18 of one
    const std::int32_t size = usprep_prepare(profile.get(), source.getBuffer(), source.length(), out.data(),
                                             static_cast<std::int32_t>(out.size()), USPREP_DEFAULT, nullptr, &status);
    if (U_FAILURE(status)) return fail("holds a character that SASLprep (RFC 4013) forbids");
    std::string prepared;
    icu::UnicodeString(out.data(), size).toUTF8String(prepared);
    std::fill(out.begin(), out.end(), u'\0');
    return prepared;
}

} // namespace epode::prepare
