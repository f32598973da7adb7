// SPDX-License-Identifier: MIT
#include "storage/lmdb/raw.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <lmdb.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace epode::storage::lmdb {

namespace {

/// All rows are in the unnamed database, which has this number in every environment.
constexpr MDB_dbi rows = 1;

void check(int code, const char* during) {
    if (code != 0) throw Fault{code, during};
}

MDB_val to_val(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }
std::string_view to_view(const MDB_val& val) { return {static_cast<const char*>(val.mv_data), val.mv_size}; }

[[noreturn]] void die(int code) {
    std::fprintf(stderr, "<2>storage: writing failed, what is on the disk is unknown, ending: %s\n",
                 mdb_strerror(code));
    std::abort();
}

/// After anything else, a failed sync above all, nobody knows what the disk holds.
bool nothing_was_written(const Fault& fault) {
    return fault.kind() != Fault::Kind::other || fault.code == ENOMEM || fault.code == MDB_TXN_FULL ||
           fault.code == MDB_BAD_TXN;
}

/// Whether the data file has grown to the limit of this process's files. A write of several pages that crosses it is
/// short, and LMDB calls that EIO.
bool at_file_limit(MDB_env* env) {
    mdb_filehandle_t file = -1;
    struct stat found{};
    rlimit limit{};
    if (mdb_env_get_fd(env, &file) != 0 || ::fstat(file, &found) != 0 || ::getrlimit(RLIMIT_FSIZE, &limit) != 0)
        return false;
    return limit.rlim_cur != RLIM_INFINITY && static_cast<rlim_t>(found.st_size) >= limit.rlim_cur;
}

/// LMDB gives up the old map before it makes the new one, so it is tried before.
bool fits_address_space(std::uint64_t bytes) {
    void* trial = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (trial == MAP_FAILED) return false;
    munmap(trial, bytes);
    return true;
}

/// What was wanted, or what there is room for: limits and sanitizers leave less. The map grows when it is used up.
std::uint64_t room_for_map(std::uint64_t wanted) {
    constexpr std::uint64_t least = std::uint64_t{1} << 30;
    while (wanted > least && !fits_address_space(wanted)) wanted /= 2;
    return wanted;
}

} // namespace

Fault::Kind Fault::kind() const noexcept {
    switch (code) {
    case MDB_MAP_FULL:
    case MDB_MAP_RESIZED:
        return Kind::map_full;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return Kind::no_room;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
        return Kind::damaged;
    default:
        return Kind::other;
    }
}

std::string Fault::text() const {
    const std::string text = std::string("storage: ") + during + ": ";
    switch (code) { // what there is a way out of
    case MDB_MAP_FULL:
        return text + "no address space left: raise its limit (ulimit -v)";
    case ENOSPC:
        return text + "the disk is full: make room on it";
    case EDQUOT:
        return text + "this user's quota of the disk is used up";
    case EFBIG:
        return text + "the file may not get larger: raise the limit of files (ulimit -f)";
    default:
        return text + mdb_strerror(code);
    }
}

// ---- Transaction

Transaction::Transaction(MDB_env* env, bool read_only) {
    MDB_txn* txn = nullptr;
    const int code = mdb_txn_begin(env, nullptr, read_only ? MDB_RDONLY : 0, &txn);
    if (code == MDB_PANIC) die(code); // the last commit failed in the middle of its last page
    check(code, "beginning a transaction");
    txn_.reset(txn);
}

void Transaction::Abort::operator()(MDB_txn* txn) const noexcept { mdb_txn_abort(txn); }

std::optional<std::string_view> Transaction::get(std::string_view key) const {
    MDB_val at = to_val(key);
    MDB_val found{};
    const int code = mdb_get(txn_.get(), rows, &at, &found);
    if (code == MDB_NOTFOUND) return std::nullopt;
    check(code, "reading");
    return to_view(found);
}

void Transaction::put(std::string_view key, std::string_view head, std::string_view tail) {
    MDB_val at = to_val(key);
    MDB_val room{head.size() + tail.size(), nullptr};
    check(mdb_put(txn_.get(), rows, &at, &room, MDB_RESERVE), "writing");
    auto* out = static_cast<char*>(room.mv_data);
    std::memcpy(out, head.data(), head.size());
    if (!tail.empty()) std::memcpy(out + head.size(), tail.data(), tail.size());
}

void Transaction::erase(std::string_view key) {
    MDB_val at = to_val(key);
    const int code = mdb_del(txn_.get(), rows, &at, nullptr);
    if (code != MDB_NOTFOUND) check(code, "erasing");
}

std::size_t Transaction::id() const noexcept { return mdb_txn_id(txn_.get()); }

std::uint64_t Transaction::live_bytes() const {
    MDB_stat stat{};
    check(mdb_stat(txn_.get(), rows, &stat), "counting pages");
    return (stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages) * std::uint64_t{stat.ms_psize};
}

void Transaction::reset() noexcept { mdb_txn_reset(txn_.get()); }
void Transaction::renew() { check(mdb_txn_renew(txn_.get()), "beginning to read"); }

void Transaction::commit(const std::function<bool()>& disk_low) {
    MDB_env* const env = mdb_txn_env(txn_.get());
    int code = mdb_txn_commit(txn_.release());
    if (code == 0) return;
    if (code == EIO && at_file_limit(env))
        code = EFBIG;
    else if (code == EIO && disk_low())
        code = ENOSPC;
    const Fault fault{code, "committing"};
    if (!nothing_was_written(fault)) die(code);
    throw fault;
}

// ---- Cursor

Cursor::Cursor(Transaction& transaction) {
    MDB_cursor* cursor = nullptr;
    check(mdb_cursor_open(transaction.txn_.get(), rows, &cursor), "opening a cursor");
    cursor_.reset(cursor);
}

void Cursor::Close::operator()(MDB_cursor* cursor) const noexcept { mdb_cursor_close(cursor); }

void Cursor::renew(Transaction& transaction) {
    check(mdb_cursor_renew(transaction.txn_.get(), cursor_.get()), "renewing a cursor");
}

bool Cursor::move(int operation, std::string_view to) {
    MDB_val key = to_val(to);
    MDB_val stored{};
    const int code = mdb_cursor_get(cursor_.get(), &key, &stored, static_cast<MDB_cursor_op>(operation));
    if (code == MDB_NOTFOUND) return false;
    check(code, "scanning");
    key_ = to_view(key);
    stored_ = to_view(stored);
    return true;
}

bool Cursor::seek(std::string_view key) { return move(MDB_SET_RANGE, key); }
bool Cursor::next() { return move(MDB_NEXT); }
bool Cursor::previous() { return move(MDB_PREV); }
bool Cursor::last() { return move(MDB_LAST); }
void Cursor::erase() { check(mdb_cursor_del(cursor_.get(), 0), "erasing a row"); }

// ---- Environment

Environment::Environment(const std::string& directory, std::uint64_t map_size, unsigned readers) {
    MDB_env* env = nullptr;
    check(mdb_env_create(&env), "making an environment");
    env_.reset(env);
    check(mdb_env_set_mapsize(env, room_for_map(map_size)), "setting the map's size");
    check(mdb_env_set_maxreaders(env, readers), "setting the number of readers");
    // Not MDB_WRITEMAP: it writes up to 40 times the bytes. MDB_NOTLS: the slots of Readers own their transactions.
    check(mdb_env_open(env, directory.c_str(), MDB_NOTLS, 0600), "opening the data");
    int dead = 0;
    check(mdb_reader_check(env, &dead), "checking for dead readers");
    const Transaction transaction(env, true);
    MDB_dbi opened = 0;
    check(mdb_dbi_open(transaction.handle(), nullptr, 0, &opened), "opening the rows");
}

void Environment::Close::operator()(MDB_env* env) const noexcept { mdb_env_close(env); }

std::uint64_t Environment::map_size() const noexcept {
    MDB_envinfo info{};
    mdb_env_info(env_.get(), &info);
    return info.me_mapsize;
}

void Environment::resize_map(std::uint64_t bytes) {
    if (!fits_address_space(bytes)) throw Fault{MDB_MAP_FULL, "growing the map"};
    const int code = mdb_env_set_mapsize(env_.get(), bytes);
    // Without a map there is nothing to go on with.
    if (code != 0) die(code);
}

void Environment::copy(const std::string& directory) const {
    check(mdb_env_copy2(env_.get(), directory.c_str(), MDB_CP_COMPACT), "copying");
}

} // namespace epode::storage::lmdb
