// SPDX-License-Identifier: MIT
// What the builder and the readers share about canonical bytes: classes of characters, the walk along a tag, escapes.
// Internal to core/xml.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace epode::xml::scan {

enum Class : std::uint8_t {
    in_text = 1,    ///< must be escaped in text
    in_attr = 2,    ///< must be escaped in an attribute
    name_char = 4,  ///< may stand in a name; everything beyond ASCII counts
    name_start = 8, ///< may begin a name
};

inline constexpr auto classes = [] {
    std::array<std::uint8_t, 256> table{};
    for (unsigned c = 0; c < 256; ++c) {
        unsigned kind = 0;
        if (c < 0x20 && c != '\t' && c != '\n') kind |= in_text;
        if (c == '&' || c == '<' || c == '>') kind |= in_text;
        if (c < 0x20 || c == '&' || c == '<' || c == '\'') kind |= in_attr;
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
        if (letter) kind |= name_start | name_char;
        if ((c >= '0' && c <= '9') || c == '-' || c == '.') kind |= name_char;
        table[c] = static_cast<std::uint8_t>(kind);
    }
    return table;
}();

inline bool has(char c, Class kind) noexcept { return (classes[static_cast<unsigned char>(c)] & kind) != 0; }

/// An attribute or declaration as it stands in a tag: qualified name, escaped value.
struct RawAttr {
    std::string_view name;
    std::string_view value;

    bool declares() const noexcept { return name.starts_with("xmlns") && (name.size() == 5 || name[5] == ':'); }
};

/// Reads the attribute at `at` (the blank before it) of a canonical tag that ends at `end`; false at the end. Moves
/// `at`.
inline bool next_attr(const char*& at, const char* end, RawAttr& found) noexcept {
    if (at == end || *at != ' ') return false;
    const char* name = at + 1;
    const char* equals = name;
    while (*equals != '=') ++equals;
    const char* value = equals + 2;
    const auto* quote = static_cast<const char*>(std::memchr(value, '\'', static_cast<std::size_t>(end - value)));
    if (quote == nullptr) return false; // not canonical; the index's makers never let it come to this
    found.name = {name, static_cast<std::size_t>(equals - name)};
    found.value = {value, static_cast<std::size_t>(quote - value)};
    at = quote + 1;
    return true;
}

/// Whether `raw` would stand in an attribute as it is.
inline bool plain_in_attr(std::string_view raw) noexcept {
    for (char c : raw)
        if (has(c, in_attr)) return false;
    return true;
}

/// Undoes the escapes of canonical bytes; appends.
void unescape(std::string& out, std::string_view escaped);
inline bool needs_unescape(std::string_view escaped) noexcept {
    return !escaped.empty() && std::memchr(escaped.data(), '&', escaped.size()) != nullptr;
}

} // namespace epode::xml::scan
