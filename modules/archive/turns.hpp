// SPDX-License-Identifier: MIT
// Turns: one at a time for each owner, in the order in which they came: for those who read, decide and write.
#pragma once

#include "core/base/executor.hpp"
#include "core/base/task.hpp"
#include "core/store/batch.hpp"

#include <deque>
#include <unordered_map>
#include <utility>

namespace epode::archive {

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
        const auto [at, first] = waiting_.try_emplace(owner.id);
        if (!first) {
            Promise<bool> promise;
            at->second.push_back(&promise);
            co_await promise;
            co_await NextTurn(); // not on the stack of the one before
        }
        co_return Turn(*this, owner.id);
    }

private:
    void next(OwnerId owner) {
        const auto found = waiting_.find(owner);
        if (found->second.empty()) {
            waiting_.erase(found);
            return;
        }
        auto* promise = found->second.front();
        found->second.pop_front();
        promise->set(true);
    }
    std::unordered_map<OwnerId, std::deque<Promise<bool>*>> waiting_; ///< behind the one whose turn it is
};

} // namespace epode::archive
