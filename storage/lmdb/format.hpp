// SPDX-License-Identifier: MIT
// What the engine keeps about itself in table 0: the data's format, the last version given, tables, and hidden ranges.
#pragma once

#include "core/base/result.hpp"
#include "storage/lmdb/hidden.hpp"
#include "storage/lmdb/raw.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace epode::storage::lmdb {

inline constexpr std::uint32_t current_format = 1;

struct Inventory {
    Version last_version = 0;
    std::map<std::string, Table, std::less<>> tables;
    HiddenRanges hidden;
};

/// Writes the format into new data, upgrades older data step by step, refuses newer data and data of others. Throws
/// Fault.
Result<Inventory> take_inventory(Environment& environment);

void store_last_version(Transaction& transaction, Version version);
/// The batch that makes a table.
Batch table_record(std::string_view name, Table table);

} // namespace epode::storage::lmdb
