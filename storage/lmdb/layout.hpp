// SPDX-License-Identifier: MIT
// How rows lie in LMDB: the table's number before the key, the version before the value; table 0 is the engine's own.
#pragma once

#include "storage/engine.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace epode::storage::lmdb {

inline constexpr Table own_table{0};
inline constexpr std::size_t table_bytes = 2;
inline constexpr std::size_t version_bytes = 8;
inline constexpr std::size_t max_tables = 0xfffe; ///< one less than fits, so that every table has a successor

/// Big-endian, so that numbers sort.
template <typename Number> std::array<char, sizeof(Number)> encode(Number number) noexcept {
    if constexpr (std::endian::native == std::endian::little) number = std::byteswap(number);
    return std::bit_cast<std::array<char, sizeof(Number)>>(number);
}
/// `bytes` has at least the number's size.
template <typename Number> Number decode(std::string_view bytes) noexcept {
    Number number;
    std::memcpy(&number, bytes.data(), sizeof(Number));
    if constexpr (std::endian::native == std::endian::little) number = std::byteswap(number);
    return number;
}
template <typename Number> std::string_view view(const std::array<char, sizeof(Number)>& bytes) noexcept {
    return {bytes.data(), bytes.size()};
}

/// A key as LMDB sees it, built without allocation.
class FullKey {
public:
    FullKey(Table table, std::string_view key) noexcept : size_(table_bytes + key.size()) {
        const auto prefix = encode(static_cast<std::uint16_t>(table));
        std::memcpy(bytes_.data(), prefix.data(), prefix.size());
        if (!key.empty()) std::memcpy(bytes_.data() + table_bytes, key.data(), key.size());
    }
    /// What comes behind all rows of the range.
    static FullKey end_of(Table table, std::string_view end) noexcept {
        return end.empty() ? FullKey(static_cast<Table>(static_cast<std::uint16_t>(table) + 1), {})
                           : FullKey(table, end);
    }
    operator std::string_view() const noexcept { return {bytes_.data(), size_}; }

private:
    std::array<char, table_bytes + max_key> bytes_;
    std::size_t size_;
};

inline std::string_view without_table(std::string_view full_key) noexcept { return full_key.substr(table_bytes); }

/// Rows are only written by us, but a short one must not make us read behind it.
inline Version version_of(std::string_view stored) noexcept {
    return stored.size() < version_bytes ? 0 : decode<Version>(stored);
}
inline std::string_view bytes_of(std::string_view stored) noexcept {
    return stored.size() < version_bytes ? std::string_view() : stored.substr(version_bytes);
}

} // namespace epode::storage::lmdb
