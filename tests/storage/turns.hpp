// SPDX-License-Identifier: MIT
// The smallest executor there is: jobs from any thread, run by the thread that waits. And a folder that goes away.
#pragma once

#include "core/base/executor.hpp"
#include "core/base/task.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>

namespace epode::test {

class Turns final : public Executor {
public:
    void post(Job job) override {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
        posted_.notify_one();
    }

    /// Starts the task as if a turn of this executor was running.
    template <typename T, typename Done, typename Failed> void start(Task<T> task, Done done, Failed failed) {
        const Executor::Scope scope(this);
        spawn(std::move(task), std::move(done), std::move(failed));
    }

    template <typename Condition> void run_until(Condition condition) {
        while (!condition()) run_one();
    }

    /// What the task returns or throws.
    template <typename T> T wait(Task<T> task) {
        std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> value;
        std::exception_ptr failure;
        start(
            std::move(task), [&](auto&&... given) { value.emplace(std::move(given)...); },
            [&](std::exception_ptr given) { failure = std::move(given); });
        run_until([&] { return value.has_value() || failure; });
        if (failure) std::rethrow_exception(failure);
        if constexpr (!std::is_void_v<T>) return std::move(*value);
    }

    bool idle() const {
        const std::lock_guard lock(mutex_);
        return jobs_.empty();
    }

    void run_one() {
        std::unique_lock lock(mutex_);
        // Only a bug makes this wait in vain; better a failed test than one that hangs.
        if (!posted_.wait_for(lock, std::chrono::minutes(2), [&] { return !jobs_.empty(); }))
            throw std::logic_error("Turns: nothing comes");
        Job job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        const Executor::Scope scope(this);
        job();
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable posted_;
    std::deque<Job> jobs_;
};

class TempFolder {
public:
    TempFolder() : path_((std::filesystem::temp_directory_path() / "epode-test-XXXXXX").string()) {
        if (!::mkdtemp(path_.data())) throw std::runtime_error("cannot make a folder for the test");
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    ~TempFolder() {
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }
    const std::string& path() const noexcept { return path_; }
    std::string sub(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

} // namespace epode::test
