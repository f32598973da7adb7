// SPDX-License-Identifier: MIT
#include "storage/lmdb/backup.hpp"

#include "storage/engine.hpp"
#include "storage/lmdb/folder.hpp"

#include <filesystem>
#include <system_error>

namespace epode::storage::lmdb {

namespace {

namespace fs = std::filesystem;

void expect(const Result<>& result) {
    if (!result) throw Failure("backup: " + result.error().text);
}

void expect(const std::error_code& error, const std::string& what) {
    if (error) throw Failure("backup: " + what + ": " + error.message());
}

void check_target(const std::string& directory) {
    std::error_code error;
    if (!fs::exists(directory, error)) return;
    if (!fs::is_directory(directory, error) || !fs::is_empty(directory, error))
        throw Failure("backup: " + directory + " exists and is not an empty folder");
}

/// The data's owner's alone, like the data. Removed on every way out but the good one, where it has been renamed.
class Partial {
public:
    explicit Partial(const std::string& directory) : path_(directory + ".partial") {
        std::error_code error;
        fs::remove_all(path_, error);
        expect(make_folder(path_));
        fs::permissions(path_, fs::perms::owner_all, error);
        expect(error, "cannot protect " + path_);
    }
    Partial(const Partial&) = delete;
    Partial& operator=(const Partial&) = delete;
    ~Partial() {
        std::error_code error;
        fs::remove_all(path_, error);
    }
    const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

} // namespace

void Backups::make(const std::string& directory) {
    const std::lock_guard lock(copying_);
    check_target(directory);
    const Partial partial(directory);
    try {
        environment_.copy(partial.path());
    } catch (const Fault& fault) {
        throw Failure("backup: " + fault.text());
    }
    const auto copy = partial.path() + "/data.mdb";
    std::error_code error;
    fs::permissions(copy, fs::perms::owner_read | fs::perms::owner_write, error);
    expect(error, "cannot protect " + copy);
    expect(sync_path(copy));
    expect(sync_path(partial.path()));
    fs::rename(partial.path(), directory, error);
    expect(error, "cannot rename " + partial.path());
    expect(sync_path(parent_of(directory)));
}

void Backups::start(std::move_only_function<void()> job) {
    if (running_.exchange(true)) throw Failure("backup: another one is running");
    const std::lock_guard lock(thread_mutex_);
    thread_ = std::jthread(std::move(job)); // joins the one before, which has finished
}

bool Backup::await_ready() {
    if (!executor_) backups_.make(directory_);
    return !executor_;
}

void Backup::await_suspend(std::coroutine_handle<> caller) {
    backups_.start([this, caller] { work(caller); });
}

void Backup::work(std::coroutine_handle<> caller) noexcept {
    try {
        backups_.make(directory_);
    } catch (...) {
        failure_ = std::current_exception();
    }
    backups_.finished();
    executor_->post([caller] { caller.resume(); });
}

void Backup::await_resume() const {
    if (failure_) std::rethrow_exception(failure_);
}

} // namespace epode::storage::lmdb
