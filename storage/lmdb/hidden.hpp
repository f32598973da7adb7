// SPDX-License-Identifier: MIT
// A large erased range is hidden in one step and swept in small ones, so that no commit takes long. Which ranges are
// hidden is stored with the rows: every snapshot knows its own.
#pragma once

#include "storage/batch.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace epode::storage::lmdb {

class Transaction;

class HiddenRanges {
public:
    /// All that the transaction's snapshot has.
    static HiddenRanges load(Transaction& transaction);

    bool empty() const noexcept { return ranges_.empty(); }
    /// Was the row erased with a range (and not written since)?
    bool hide(Table table, std::string_view key, Version version) const noexcept;
    /// Rows of the range older than `version` are hidden from now on.
    void add(Transaction& transaction, Table table, std::string begin, std::string end, Version version);
    /// Removes up to `rows` hidden rows for good.
    void sweep(Transaction& transaction, std::size_t rows);

private:
    struct Hidden {
        Table table;
        std::string begin;
        std::string end;
        Version version; ///< unique; also the record's key

        bool covers(std::string_view key) const noexcept { return key >= begin && (end.empty() || key < end); }
        std::string record_key() const;
        void store(Transaction& transaction) const;
    };

    static bool sweep(Transaction& transaction, Hidden& hidden, std::size_t rows);

    std::vector<Hidden> ranges_;
};

} // namespace epode::storage::lmdb
