// SPDX-License-Identifier: MIT
// Gate: who is inside a module's code. Each entry counts in and out; closing waits for the last one (Seastar's idea).
// One shard only.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>

namespace epode {

class Gate {
public:
    /// Held while a handler of the module runs or waits.
    class Pass {
    public:
        explicit Pass(Gate& gate) noexcept : gate_(&gate) { ++gate.inside_; }
        Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
        Pass& operator=(Pass&&) = delete;
        ~Pass() {
            if (gate_) gate_->leave();
        }

    private:
        Gate* gate_;
    };

    Pass enter() noexcept { return Pass(*this); }
    std::size_t inside() const noexcept { return inside_; }
    /// Somebody waits for those inside to go: the module is being unloaded or replaced.
    bool closing() const noexcept { return empty_ != nullptr; }
    /// Calls `empty` once, when nobody is inside (perhaps now). Registrations must be gone first.
    void close(std::move_only_function<void()> empty) {
        if (inside_ == 0) return empty();
        empty_ = std::move(empty);
    }

private:
    void leave() {
        if (--inside_ == 0 && empty_) std::exchange(empty_, nullptr)();
    }
    std::size_t inside_ = 0;
    std::move_only_function<void()> empty_;
};

} // namespace epode
