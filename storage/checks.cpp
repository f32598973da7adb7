// SPDX-License-Identifier: MIT
#include "storage/checks.hpp"

#include "storage/engine.hpp"

#include <stdexcept>

namespace epode::storage {

void check_table(Table table, std::size_t tables) {
    const auto number = static_cast<std::size_t>(table);
    if (number == 0 || number > tables)
        throw std::invalid_argument("storage: no such table; get one from Engine::table");
}

void check_key(std::string_view key) {
    if (key.size() > max_key) throw std::invalid_argument("storage: the key is longer than max_key");
}

void check_range(const Range& range) {
    check_key(range.begin);
    check_key(range.end);
}

void check_batch(const Batch& batch, std::size_t tables) {
    for (const Batch::Write& write : batch.writes()) {
        check_table(write.table, tables);
        check_key(write.key);
        if (write.kind == Batch::Write::Kind::erase_range) check_key(write.value);
    }
}

} // namespace epode::storage
