// SPDX-License-Identifier: MIT
// Identifiers: random ones for the wire (unguessable), and time-ordered 128-bit ones for logs and stanza-ids.
#pragma once

#include "core/base/clock.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace epode {

/// Fills `out` from the operating system's generator (OpenSSL's RAND_bytes; up to 32 bytes come from a stock per
/// thread, so a forked child must not go on with it). Throws where there is no randomness.
void random_bytes(void* out, std::size_t size);
/// URL-safe text with at least `bits` of randomness (default 96: 16 characters).
std::string random_id(std::size_t bits = 96);

/// Microseconds since 1970, then a counter and randomness: sorts by time as bytes and as text.
class OrderedId {
public:
    OrderedId() = default;
    explicit OrderedId(std::array<std::uint8_t, 16> bytes) noexcept : bytes_(bytes) {}
    /// The larger of (now, fresh randomness) and `last` + 1: ids of one owner never go back, even when the clock does.
    static OrderedId next(WallTime now, const OrderedId& last);
    /// The smallest id of that moment: for range queries.
    static OrderedId at(WallTime when) noexcept;
    static std::optional<OrderedId> parse(std::string_view text) noexcept;
    static std::optional<OrderedId> from_bytes(std::string_view sixteen) noexcept;

    std::string text() const; ///< 26 characters, lower case, sorts like the bytes (base 32 without i, l, o, u)
    std::string_view bytes() const noexcept { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
    WallTime time() const noexcept;
    auto operator<=>(const OrderedId&) const = default;

private:
    std::array<std::uint8_t, 16> bytes_{};
};

} // namespace epode
