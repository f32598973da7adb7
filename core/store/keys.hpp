// SPDX-License-Identifier: MIT
// Keys of rows: the owner's eight bytes, then the key within the owner. An engine's keys are short and a bare JID may
// have 2,047 octets (RFC 7622), so of a long key the tail is replaced by a digest and the whole stands before the
// value.
//
// A key that fits is stored as it is and shorter than `storage::max_key`; a cut one is exactly that long. So rows keep
// the order of their keys, but for those that are equal up to `prefix_bytes`: these stand in an order of their own.
#pragma once

#include "core/base/result.hpp"
#include "core/store/batch.hpp"
#include "storage/batch.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace epode::store {

/// What of a key is stored as it is, however long it is.
inline constexpr std::size_t prefix_bytes = 440;

/// The key under which the engine keeps `key` of that owner.
std::string row_key(Owner owner, std::string_view key);
/// What the engine keeps there: the value, with the whole key before it where the stored one is cut.
std::string row_value(std::string_view key, std::string value);
/// The rows whose keys start with `prefix`, and where that is longer than `prefix_bytes` some more: whoever reads
/// compares.
storage::Range row_range(Owner owner, std::string_view prefix);

/// A stored row's key within its owner, and its value. Fails for damaged ones.
Result<std::pair<std::string, std::string>> row(std::string_view stored_key, std::string stored_value);
/// The value, or nothing where the row is another key's with the same digest.
Result<std::optional<std::string>> row_value_of(std::string_view key, std::string stored_value);

} // namespace epode::store
