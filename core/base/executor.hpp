// SPDX-License-Identifier: MIT
// Executor: the one thing lower layers need to know of a shard: a place to which work can be handed from any thread.
#pragma once

#include <coroutine>
#include <functional>

namespace epode {

using Job = std::move_only_function<void()>;

class Executor {
public:
    virtual ~Executor() = default;

    /// Runs `job` on this executor's thread, later, after everything posted before it. Any thread may call.
    virtual void post(Job job) = 0;

    /// The executor whose turn is running on this thread; null outside of one (main thread, tests without a shard).
    static Executor* current() noexcept;

    /// Makes `executor` current on this thread while it lives.
    class Scope {
    public:
        explicit Scope(Executor* executor) noexcept;
        ~Scope();
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

    private:
        Executor* before_;
    };
};

/// `co_await` ends the turn and goes on in a later one of the same executor, behind what has been posted to it; without
/// an executor it does nothing.
class NextTurn {
public:
    NextTurn() noexcept : executor_(Executor::current()) {}
    bool await_ready() const noexcept { return !executor_; }
    void await_suspend(std::coroutine_handle<> caller) const {
        executor_->post([caller] { caller.resume(); });
    }
    void await_resume() const noexcept {}

private:
    Executor* executor_;
};

} // namespace epode
