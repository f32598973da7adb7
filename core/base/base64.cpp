// SPDX-License-Identifier: MIT
#include "core/base/base64.hpp"

#include <array>
#include <cstdint>

namespace epode::base64 {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t none = 0xFF;

constexpr auto values = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(none);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
}();

} // namespace

Bytes encode(BytesView bytes) {
    Bytes out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8 | (k < have ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k) out += k <= have ? alphabet[group >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}

std::optional<Bytes> decode(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    const std::size_t digits = text.size() - padding;
    Bytes out;
    out.reserve(digits / 4 * 3 + 2);
    std::uint32_t window = 0;
    unsigned held = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        const std::uint8_t value = values[static_cast<unsigned char>(text[i])];
        if (value == none) return std::nullopt;
        window = (window << 6 | value) & 0xFFFF;
        held += 6;
        if (held >= 8) out += static_cast<char>(window >> (held -= 8) & 0xFF);
    }
    if (window & ((1U << held) - 1)) return std::nullopt;
    return out;
}

std::optional<Bytes> decode_spaced(std::string_view text) {
    std::string packed;
    packed.reserve(text.size());
    for (const char c : text)
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') packed += c;
    return decode(packed);
}

} // namespace epode::base64
