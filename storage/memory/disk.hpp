// SPDX-License-Identifier: MIT
// The maps behind the memory engine, with their lock; private to this folder.
#pragma once

#include "storage/engine.hpp"
#include "storage/memory/memory.hpp"

#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace epode::storage {

/// Every call locks: safe from any thread.
class MemoryDisk {
public:
    Table table(std::string_view name);
    std::size_t tables() const;
    std::vector<std::string> names() const;
    std::optional<Value> get(Table table, const std::string& key) const;
    Page scan(Table table, const Range& range, const ScanOptions& options) const;
    /// All or nothing; what a commit should throw, or null. A quota of 0 is none.
    std::exception_ptr apply(const Batch& batch, std::uint64_t quota);
    std::uint64_t bytes() const;

    /// A file with everything, and back. False where the file cannot be written, or read and understood.
    bool save(const std::string& file) const;
    bool load(const std::string& file);

private:
    using Rows = std::map<std::string, Value, std::less<>>;

    Rows& rows(Table table) { return tables_[static_cast<std::size_t>(table) - 1]; }
    const Rows& rows(Table table) const { return tables_[static_cast<std::size_t>(table) - 1]; }
    Table add_table(std::string_view name);
    bool expectations_hold(const Batch& batch) const;
    void write(const Batch::Write& write);
    void put(Rows& rows, const std::string& key, Value value);
    Rows::iterator erase(Rows& rows, Rows::iterator row);

    mutable std::mutex mutex_;
    std::map<std::string, Table, std::less<>> names_;
    std::vector<Rows> tables_;
    Version last_ = 0;
    std::uint64_t bytes_ = 0;
};

} // namespace epode::storage
