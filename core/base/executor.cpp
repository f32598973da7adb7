// SPDX-License-Identifier: MIT
#include "core/base/executor.hpp"

namespace epode {

namespace {
thread_local Executor* running = nullptr;
}

Executor* Executor::current() noexcept { return running; }

Executor::Scope::Scope(Executor* executor) noexcept : before_(running) { running = executor; }
Executor::Scope::~Scope() { running = before_; }

} // namespace epode
