// SPDX-License-Identifier: MIT
// What every engine asks of its arguments; for engines, not for their users.
#pragma once

#include "storage/batch.hpp"

#include <cstddef>
#include <string_view>

namespace epode::storage {

/// Tables are numbered from 1 to `tables`. All throw std::invalid_argument.
void check_table(Table table, std::size_t tables);
void check_key(std::string_view key);
void check_range(const Range& range);
void check_batch(const Batch& batch, std::size_t tables);

} // namespace epode::storage
