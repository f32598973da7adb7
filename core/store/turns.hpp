// SPDX-License-Identifier: MIT
// Turns: one at a time for each owner, in the order in which they came: for those who read, decide and write, and wait
// in between. A turn may end before its batch is durable: whoever comes next reads what was accepted.
#pragma once

#include "core/base/executor.hpp"
#include "core/base/task.hpp"
#include "core/store/batch.hpp"

#include <deque>
#include <unordered_map>
#include <utility>

namespace epode {

/// One shard only.
class Turns {
public:
    /// Held while it is somebody's turn.
    class Turn {
    public:
        Turn(Turns& turns, OwnerId owner) noexcept : turns_(&turns), owner_(owner) {}
        Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)), owner_(other.owner_) {}
        Turn& operator=(Turn&&) = delete;
        ~Turn() {
            if (turns_) turns_->next(owner_);
        }

    private:
        Turns* turns_;
        OwnerId owner_;
    };

    Task<Turn> take(Owner owner) {
        const auto [queue, first] = waiting_.try_emplace(owner.id);
        if (!first) {
            Promise<bool> called;
            queue->second.push_back(&called);
            co_await called;
            co_await NextTurn(); // not on the stack of whoever has called
        }
        co_return Turn(*this, owner.id);
    }

private:
    void next(OwnerId owner) noexcept {
        const auto queue = waiting_.find(owner);
        if (queue->second.empty()) {
            waiting_.erase(queue);
            return;
        }
        auto* called = queue->second.front();
        queue->second.pop_front();
        called->set(true);
    }

    std::unordered_map<OwnerId, std::deque<Promise<bool>*>> waiting_; ///< there while somebody has his turn
};

} // namespace epode
