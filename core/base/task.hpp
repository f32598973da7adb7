// SPDX-License-Identifier: MIT
// Task<T>: the coroutine type of Epode. Lazy, move-only, always resumed on the shard that started it.
//
// An awaited Task runs on the caller's stack until its first real suspension; if it is done by then, the caller does
// not suspend at all, so a read from the cache never leaves the stack. Symmetric transfer is avoided on purpose: it is
// no tail call in sanitizer builds and overflows the stack there.
//
// Five rules (GCC 12): handlers are member functions, not lambdas; parameters are taken by value; no view is held
// across co_await; no braces with owning members and no owning lambda inside a co_await expression; structs that the
// API takes have constructors.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace epode {

template <typename T = void> class Task;

namespace detail {

struct TaskPromiseBase {
    std::coroutine_handle<> continuation;
    std::exception_ptr failure;

    struct Final {
        bool await_ready() const noexcept { return false; }
        template <typename Promise> void await_suspend(std::coroutine_handle<Promise> self) const noexcept {
            // The continuation may destroy our frame: nothing of it is touched afterwards.
            if (auto next = self.promise().continuation) next.resume();
        }
        void await_resume() const noexcept {}
    };

    std::suspend_always initial_suspend() const noexcept { return {}; }
    Final final_suspend() const noexcept { return {}; }
    void unhandled_exception() noexcept { failure = std::current_exception(); }
};

template <typename T> struct TaskPromise : TaskPromiseBase {
    std::optional<T> value;
    Task<T> get_return_object() noexcept;
    template <typename U> void return_value(U&& given) { value.emplace(std::forward<U>(given)); }
    T take() {
        if (failure) std::rethrow_exception(std::move(failure));
        return std::move(*value);
    }
};

template <> struct TaskPromise<void> : TaskPromiseBase {
    Task<void> get_return_object() noexcept;
    void return_void() const noexcept {}
    void take() {
        if (failure) std::rethrow_exception(std::move(failure));
    }
};

} // namespace detail

/// A computation that may wait. Starts when awaited (or given to `spawn`); destroying it unstarted or done is fine.
template <typename T> class [[nodiscard]] Task {
public:
    using promise_type = detail::TaskPromise<T>;
    using Handle = std::coroutine_handle<promise_type>;

    explicit Task(Handle handle) noexcept : handle_(handle) {}
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&& other) noexcept {
        if (this != &other) {
            if (handle_) handle_.destroy();
            handle_ = std::exchange(other.handle_, {});
        }
        return *this;
    }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task() {
        if (handle_) handle_.destroy();
    }

    bool await_ready() {
        handle_.resume();
        return handle_.done();
    }
    void await_suspend(std::coroutine_handle<> caller) noexcept { handle_.promise().continuation = caller; }
    T await_resume() { return handle_.promise().take(); }

private:
    Handle handle_;
};

template <typename T> Task<T> detail::TaskPromise<T>::get_return_object() noexcept {
    return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}
inline Task<void> detail::TaskPromise<void>::get_return_object() noexcept {
    return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

namespace detail {
/// A coroutine nobody waits for; it frees itself.
struct Detached {
    struct promise_type {
        Detached get_return_object() const noexcept { return {}; }
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
    };
};

// Never inlined: GCC 12 at -O3 then puts the frame's functions into the caller's section, which the linker may discard.
template <typename T, typename Done, typename Failed>
[[gnu::noinline]] Detached run_detached(Task<T> task, Done done, Failed failed) {
    std::exception_ptr failure;
    if constexpr (std::is_void_v<T>) {
        try {
            co_await task;
        } catch (...) {
            failure = std::current_exception();
        }
        if (!failure) done();
    } else {
        std::optional<T> value;
        try {
            value.emplace(co_await task);
        } catch (...) {
            failure = std::current_exception();
        }
        if (!failure) done(std::move(*value));
    }
    if (failure) failed(failure);
}
} // namespace detail

/// Starts `task` now, on this stack. `done(value)` or `failed(exception_ptr)` is called exactly once, perhaps before
/// `spawn` returns. Neither may throw.
template <typename T, typename Done, typename Failed> void spawn(Task<T> task, Done done, Failed failed) {
    detail::run_detached(std::move(task), std::move(done), std::move(failed));
}

/// A value that arrives later, once, on the same shard: turns callbacks into awaits. The owner keeps it alive until it
/// was set and awaited.
template <typename T> class Promise {
public:
    Promise() = default;
    Promise(const Promise&) = delete;
    Promise& operator=(const Promise&) = delete;

    void set(T value) {
        value_.emplace(std::move(value));
        if (auto waiter = std::exchange(waiter_, {})) waiter.resume();
    }
    void fail(std::exception_ptr failure) {
        failure_ = std::move(failure);
        if (auto waiter = std::exchange(waiter_, {})) waiter.resume();
    }
    bool await_ready() const noexcept { return value_.has_value() || failure_; }
    void await_suspend(std::coroutine_handle<> caller) noexcept { waiter_ = caller; }
    T await_resume() {
        if (failure_) std::rethrow_exception(failure_);
        return std::move(*value_);
    }

private:
    std::optional<T> value_;
    std::exception_ptr failure_;
    std::coroutine_handle<> waiter_;
};

} // namespace epode
