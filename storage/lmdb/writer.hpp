// SPDX-License-Identifier: MIT
// The one thread that writes. It takes whatever has gathered while the last commit was syncing, so groups grow with the
// load, and hands the answers back once per group and executor.
#pragma once

#include "core/base/executor.hpp"
#include "storage/engine.hpp"
#include "storage/lmdb/engine.hpp"
#include "storage/lmdb/folder.hpp"
#include "storage/lmdb/group.hpp"
#include "storage/lmdb/reader.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <deque>
#include <exception>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace epode::storage::lmdb {

class Writer;

/// A batch on its way; awaited once, on the executor that made it, or, without one, blocking. Lives in the caller's
/// frame.
class Commit {
public:
    Commit(Writer& writer, Batch batch) : writer_(writer), batch_(std::move(batch)), executor_(Executor::current()) {}
    Commit(const Commit&) = delete;
    Commit& operator=(const Commit&) = delete;

    bool await_ready();
    void await_suspend(std::coroutine_handle<> caller);
    void await_resume() const;

private:
    friend class Writer;

    Writer& writer_;
    Batch batch_;
    Executor* executor_;
    std::coroutine_handle<> caller_;
    std::exception_ptr failure_;
    bool done_ = false; ///< under the writer's mutex; only looked at without an executor
};

class Writer {
public:
    /// What the writer works with; all of it outlives the writer. `copying` is held by backups: the map stays
    /// meanwhile.
    struct Tools {
        Environment& environment;
        Readers& readers;
        const Folder& folder;
        std::mutex& copying;
    };

    Writer(Tools tools, const LmdbOptions& options, Group::State state);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    /// Everything given so far is written and answered first.
    ~Writer();

    void give(Commit& commit);
    /// Blocks until the commit is answered.
    void finish(const Commit& commit);
    void drain();
    Statistics statistics() const;

private:
    using Commits = std::span<Commit* const>;

    void run();
    bool take(std::vector<Commit*>& group);
    void wait_for_work(std::unique_lock<std::mutex>& lock);
    void settle(Commits group, bool sweep);
    void failed(Commits group, bool sweep, std::exception_ptr failure);
    void write_growing(Commits group, bool sweep);
    void write(Commits group, bool sweep);
    void grow_map(Commits group);
    bool disk_low() const;
    void publish(const Group& group, std::size_t snapshot, std::uint64_t bytes);
    void answer(Commits group);
    void note(const Commit& commit);

    Tools tools_;
    LmdbOptions options_;
    Group::State state_;
    std::chrono::steady_clock::time_point sweep_from_{}; ///< after a sweep failed: not before
    bool readers_told_ = false;                          ///< that there are, or may soon be, hidden ranges

    bool told_full_ = false; ///< the log has said that there is no room
    std::chrono::steady_clock::time_point complain_after_{};

    std::mutex mutex_;
    std::condition_variable work_;
    std::condition_variable answered_;
    std::deque<Commit*> queue_;
    std::uint64_t given_ = 0;
    std::uint64_t done_ = 0;
    bool stopping_ = false;

    std::atomic<std::uint64_t> commits_ = 0;
    std::atomic<std::uint64_t> batches_ = 0;
    std::atomic<std::uint64_t> failures_ = 0;
    std::atomic<std::uint64_t> bytes_ = 0;

    std::thread thread_;
};

} // namespace epode::storage::lmdb
