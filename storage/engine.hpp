// SPDX-License-Identifier: MIT
// Engine: ordered bytes with snapshots and atomic batches; LMDB today, a distributed engine tomorrow, behind three
// calls.
//
// Calls are made on a shard (Executor::current() is not null) and the Tasks complete there; where there is no current
// executor (tools, tests) they complete before they suspend. Keys are at most `max_key` bytes. There is no interactive
// write transaction on purpose: read, decide, commit with `expect`, try again on Conflict.
#pragma once

#include "core/base/task.hpp"
#include "storage/batch.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace epode::storage {

/// The store is down, full or damaged: what an author cannot act on. The gate answers `internal-server-error`.
struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// An `expect` did not hold; nothing of the batch was written.
struct Conflict : Failure {
    using Failure::Failure;
};
/// No room on the disk or in the quota; nothing of the batch was written. Answered `resource-constraint`.
struct Full : Failure {
    using Failure::Failure;
};

struct Value {
    std::string bytes;
    Version version = 0;

    Value() = default;
    Value(std::string b, Version v) : bytes(std::move(b)), version(v) {}
};
struct Entry {
    std::string key;
    std::string bytes;
    Version version = 0;

    Entry() = default;
    Entry(std::string k, std::string b, Version v) : key(std::move(k)), bytes(std::move(b)), version(v) {}
};
struct Page {
    std::vector<Entry> entries;
    bool more = false; ///< the limit ended it, not the range

    Page() = default;
};
struct ScanOptions {
    std::size_t limit = 1000;         ///< entries
    std::size_t max_bytes = 1u << 20; ///< of values, at least one entry is returned
    bool backwards = false;

    ScanOptions() = default;
    explicit ScanOptions(std::size_t n, bool reverse = false) : limit(n), backwards(reverse) {}
};

struct Statistics {
    std::uint64_t commits = 0, batches = 0, failures = 0, bytes = 0, quota = 0;

    Statistics() = default;
};

inline constexpr std::size_t max_key = 480;

class Engine {
public:
    virtual ~Engine() = default;

    /// The table of that name, made if new. Any thread; may block: call while loading, not on a stanza's way.
    virtual Table table(std::string_view name) = 0;
    /// The names of all tables there are. Any thread.
    virtual std::vector<std::string> names() const = 0;
    /// Throws Failure.
    virtual Task<std::optional<Value>> get(Table table, std::string key) = 0;
    /// Entries in key order (or backwards from the range's end). Throws Failure.
    virtual Task<Page> scan(Table table, Range range, ScanOptions options) = 0;
    /// Returns when the whole batch is on disk; throws Conflict, Full or Failure when nothing of it is. Batches of one
    /// executor commit in the order of the calls. A key over max_key or an unknown table throws std::invalid_argument
    /// at once.
    virtual Task<> commit(Batch batch) = 0;
    /// Writes a consistent snapshot into the empty or new folder `directory`. Runs elsewhere; the engine goes on
    /// working.
    virtual Task<> backup(std::string directory) = 0;
    virtual Statistics statistics() const = 0;
    /// Waits until everything given to commit is on disk. Any thread; blocks.
    virtual void drain() = 0;
};

} // namespace epode::storage
