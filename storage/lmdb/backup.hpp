// SPDX-License-Identifier: MIT
// Compact copies of the running store, each made by a thread of its own: first under another name, renamed when it is
// on the disk, so that what bears the name is whole.
#pragma once

#include "core/base/executor.hpp"
#include "storage/lmdb/raw.hpp"

#include <atomic>
#include <coroutine>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace epode::storage::lmdb {

class Backups { // the thread is joined at the end
public:
    explicit Backups(const Environment& environment) : environment_(environment) {}
    Backups(const Backups&) = delete;
    Backups& operator=(const Backups&) = delete;

    /// Blocks; throws Failure.
    void make(const std::string& directory);
    /// Runs the job on the backups' thread; throws Failure while another runs.
    void start(std::move_only_function<void()> job);
    /// The job's last word: another may start.
    void finished() noexcept { running_ = false; }
    /// Held while a copy is made: one at a time, and the map must not move.
    std::mutex& copying() noexcept { return copying_; }

private:
    const Environment& environment_;
    std::mutex copying_;
    std::atomic<bool> running_ = false;
    std::mutex thread_mutex_;
    std::jthread thread_;
};

/// Awaited once, as Commit.
class Backup {
public:
    Backup(Backups& backups, std::string directory)
        : backups_(backups), directory_(std::move(directory)), executor_(Executor::current()) {}
    Backup(const Backup&) = delete;
    Backup& operator=(const Backup&) = delete;

    bool await_ready();
    void await_suspend(std::coroutine_handle<> caller);
    void await_resume() const;

private:
    void work(std::coroutine_handle<> caller) noexcept;

    Backups& backups_;
    std::string directory_;
    Executor* executor_;
    std::exception_ptr failure_;
};

} // namespace epode::storage::lmdb
