// SPDX-License-Identifier: MIT
// LMDB's handles with owners and string_views; the only door to lmdb.h, which is included by raw.cpp and nowhere else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct MDB_env;
struct MDB_txn;
struct MDB_cursor;

namespace epode::storage::lmdb {

/// A call of LMDB failed. Caught inside this folder, never seen by callers of the engine.
struct Fault {
    enum class Kind : std::uint8_t {
        map_full, ///< the map is used up: grow it and try again
        no_room,  ///< the disk has no room
        damaged,  ///< the data are not what LMDB wrote
        other,
    };
    int code;
    const char* during;

    Kind kind() const noexcept;
    std::string text() const;
};

class Cursor;

/// A transaction; abandoned unless committed. Views live until the next write or the end of the transaction.
class Transaction {
public:
    Transaction() = default;
    Transaction(MDB_env* env, bool read_only);

    explicit operator bool() const noexcept { return txn_ != nullptr; }
    std::optional<std::string_view> get(std::string_view key) const;
    /// Writes head and tail as one value.
    void put(std::string_view key, std::string_view head, std::string_view tail);
    void erase(std::string_view key);
    /// The snapshot's number; a write transaction's is that of the snapshot it makes.
    std::size_t id() const noexcept;
    /// Bytes of the pages in use; free pages are not.
    std::uint64_t live_bytes() const;
    /// Gives the snapshot back but keeps the handle for `renew`.
    void reset() noexcept;
    void renew();
    /// Syncs. Where the disk has no room or memory is short it throws and nothing is written; when it cannot know what
    /// is on the disk, it ends the process. `disk_low` is asked to tell a short write, which LMDB calls EIO, from a bad
    /// disk.
    void commit(const std::function<bool()>& disk_low);

private:
    friend class Cursor;
    friend class Environment;
    MDB_txn* handle() const noexcept { return txn_.get(); }
    struct Abort {
        void operator()(MDB_txn* txn) const noexcept;
    };
    std::unique_ptr<MDB_txn, Abort> txn_;
};

/// A place between rows. Close it before the transaction ends (read-only ones may be kept and renewed).
class Cursor {
public:
    Cursor() = default;
    explicit Cursor(Transaction& transaction);

    explicit operator bool() const noexcept { return cursor_ != nullptr; }
    /// To be called after the transaction was renewed.
    void renew(Transaction& transaction);
    /// To the first row at or behind `key`. All moves: false where there is no such row.
    bool seek(std::string_view key);
    bool next();
    bool previous();
    bool last();
    /// After it, `next` moves to the row that was next.
    void erase();
    std::string_view key() const noexcept { return key_; }
    std::string_view stored() const noexcept { return stored_; }

private:
    struct Close {
        void operator()(MDB_cursor* cursor) const noexcept;
    };
    bool move(int operation, std::string_view to = {});

    std::unique_ptr<MDB_cursor, Close> cursor_;
    std::string_view key_;
    std::string_view stored_;
};

/// An open environment.
class Environment {
public:
    /// Throws Fault.
    Environment(const std::string& directory, std::uint64_t map_size, unsigned readers);

    MDB_env* get() const noexcept { return env_.get(); }
    std::uint64_t map_size() const noexcept;
    /// No transaction may be active. Throws Fault where there is no address space.
    void resize_map(std::uint64_t bytes);
    /// A compact copy into the folder. Throws Fault.
    void copy(const std::string& directory) const;

private:
    struct Close {
        void operator()(MDB_env* env) const noexcept;
    };
    std::unique_ptr<MDB_env, Close> env_;
};

} // namespace epode::storage::lmdb
