// SPDX-License-Identifier: MIT
// Pool: the few threads that may block (key derivation, name look-up, files, directories), behind a bounded queue.
//
//     auto key = co_await pool.run(std::move(derive)); // `derive` owns its data
//
// The caller goes on where it was: on the executor that was current when it asked.
#pragma once

#include "core/base/executor.hpp"
#include "core/base/task.hpp"

#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace epode::net {

/// The queue has no room: the caller answers with a temporary failure.
class PoolFull : public std::runtime_error {
public:
    PoolFull() : std::runtime_error("too much blocking work is waiting") {}
};

class Pool {
public:
    /// `capacity` jobs may wait beside those being done. With no threads every job runs at once on the caller's stack:
    /// for the deterministic test kit.
    Pool(std::size_t threads, std::size_t capacity);
    /// Does what is queued, then ends. Executors outlive the pool, or what waits for it is never resumed.
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    /// Runs `work()` on a thread of the pool and yields what it returns or throws. Where no executor is current it runs
    /// at once. Throws PoolFull. From any thread that runs an executor.
    template <typename Work> Task<std::invoke_result_t<Work&>> run(Work work);

    /// Jobs that wait for a thread, for metrics.
    std::size_t waiting() const;

private:
    template <typename Work> class Errand;

    bool submit(Job job);
    void serve();

    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable filled_;
    std::deque<Job> queue_;
    bool ending_ = false;
    std::vector<std::thread> threads_;
};

/// Awaits one job. Lives in the frame of `run`, which is suspended while a thread writes to it.
template <typename Work> class Pool::Errand {
public:
    using Value = std::invoke_result_t<Work&>;
    static_assert(!std::is_reference_v<Value>, "the job's result crosses threads: return a value");

    Errand(Pool& pool, Executor& home, Work& work) : pool_(pool), home_(home), work_(work) {}

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> caller) {
        // Once it is queued this object belongs to the pool's thread; not even `accepted_` may be touched.
        accepted_ = true;
        if (pool_.submit([this, caller] { carry_out(caller); })) return true;
        accepted_ = false;
        return false;
    }
    Value await_resume() {
        if (!accepted_) throw PoolFull();
        if (failure_) std::rethrow_exception(failure_);
        if constexpr (!std::is_void_v<Value>) return std::move(*value_);
    }

private:
    struct Nothing {};
    using Stored = std::conditional_t<std::is_void_v<Value>, Nothing, Value>;

    void carry_out(std::coroutine_handle<> caller) {
        try {
            if constexpr (std::is_void_v<Value>) {
                work_();
            } else {
                value_.emplace(work_());
            }
        } catch (...) {
            failure_ = std::current_exception();
        }
        home_.post([caller] { caller.resume(); });
    }

    Pool& pool_;
    Executor& home_;
    Work& work_;
    bool accepted_ = false;
    std::exception_ptr failure_;
    std::optional<Stored> value_;
};

template <typename Work> Task<std::invoke_result_t<Work&>> Pool::run(Work work) {
    Executor* home = Executor::current();
    if (!home || threads_.empty()) co_return work();
    Errand<Work> errand(*this, *home, work);
    co_return co_await errand;
}

} // namespace epode::net
