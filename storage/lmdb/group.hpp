// SPDX-License-Identifier: MIT
// One write transaction that takes batch after batch: what a batch expects is checked, against all before it, before
// its first write, so a batch that conflicts or finds no room leaves no trace and needs no second transaction.
#pragma once

#include "storage/lmdb/hidden.hpp"
#include "storage/lmdb/raw.hpp"

#include <cstdint>
#include <exception>
#include <functional>

namespace epode::storage::lmdb {

struct Room {
    std::uint64_t quota = 0;
    bool disk_low = false;
};

class Group {
public:
    /// What was there at the last commit.
    struct State {
        Version last_version = 0;
        HiddenRanges hidden;
    };

    Group(Environment& environment, State state, Room room, std::size_t direct_rows)
        : transaction_(environment.get(), false), state_(std::move(state)), room_(room), direct_rows_(direct_rows) {}

    /// What the batch's commit should throw, or null. Throws Fault: then the group is lost.
    std::exception_ptr apply(const Batch& batch);
    void sweep(std::size_t rows);
    /// Anything to commit?
    bool wrote() const noexcept { return wrote_; }
    std::size_t snapshot() const noexcept { return transaction_.id(); }
    std::uint64_t live_bytes() const { return transaction_.live_bytes(); }
    const State& state() const noexcept { return state_; }
    /// See Transaction::commit.
    void commit(const std::function<bool()>& disk_low);

private:
    Version version_at(Table table, std::string_view key) const;
    bool expectations_hold(const Batch& batch) const;
    bool has_room(const Batch& batch) const;
    void write(const Batch::Write& write);
    void erase_range(const Batch::Write& write);

    Transaction transaction_;
    State state_;
    Room room_;
    std::size_t direct_rows_;
    bool wrote_ = false;
};

} // namespace epode::storage::lmdb
