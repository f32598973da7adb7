// SPDX-License-Identifier: MIT
// What every engine asks of its arguments, and how one ends a turn; for engines, not for their users.
#pragma once

#include "core/base/executor.hpp"
#include "storage/batch.hpp"

#include <coroutine>
#include <cstddef>
#include <string_view>

namespace epode::storage {

/// Tables are numbered from 1 to `tables`. All throw std::invalid_argument.
void check_table(Table table, std::size_t tables);
void check_key(std::string_view key);
void check_range(const Range& range);
void check_batch(const Batch& batch, std::size_t tables);

/// `co_await` ends the turn and goes on in a later one of the same executor; without an executor it does nothing.
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

} // namespace epode::storage
