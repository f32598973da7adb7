// SPDX-License-Identifier: MIT
// Reads on the calling thread. Each thread has a slot with a read transaction that is renewed for a call and reset at
// its end: no snapshot outlives a call, so none makes the file grow. A slot's lock is contended only while the map
// grows.
#pragma once

#include "storage/engine.hpp"
#include "storage/lmdb/raw.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <limits>
#include <mutex>
#include <optional>
#include <vector>

namespace epode::storage::lmdb {

class HiddenRanges;

class Readers {
public:
    /// More threads than these share them. Below 64: thread sanitizer knows no thread that holds more locks.
    static constexpr std::size_t slots = 48;

    explicit Readers(Environment& environment) : environment_(environment) {}

    /// Any thread. Both throw Failure. The arguments have been checked.
    std::optional<Value> get(Table table, std::string_view key);
    Page scan(Table table, const Range& range, const ScanOptions& options);

    /// The writer tells, before it commits the first snapshot that has hidden ranges, and after it committed one
    /// without.
    void hidden_from_now_on() noexcept { clear_since_ = std::numeric_limits<std::size_t>::max(); }
    void clear_since(std::size_t snapshot) noexcept { clear_since_ = snapshot; }

    /// No read is on its way while this lives.
    class Pause {
    public:
        explicit Pause(Readers& readers);

    private:
        std::array<std::unique_lock<std::mutex>, slots> locks_;
    };

private:
    struct alignas(64) Slot {
        std::mutex mutex;
        Transaction transaction;
        Cursor cursor;
    };
    class Snapshot;

    Slot& own_slot() noexcept;
    HiddenRanges hidden_in(Transaction& snapshot) const;

    Environment& environment_;
    std::atomic<std::size_t> clear_since_ = 0;
    std::array<Slot, slots> slots_;
};

} // namespace epode::storage::lmdb
