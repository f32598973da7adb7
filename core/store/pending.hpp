// SPDX-License-Identifier: MIT
// Pending: the open batches of each owner on one shard, so that reads see what was accepted: a read waits for the entries
// that are older than itself. Without it a device that logs in during a commit would get a message neither live nor stored.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "core/base/executor.hpp"
#include "core/base/task.hpp"
#include "core/store/batch.hpp"

namespace epode::store {

class Pending {
public:
    explicit Pending(Executor& home) : home_(home) {}

    /// An open entry for that owner; ends when its last reference goes (any thread).
    Ref<PendingEntry> open(Owner owner);
    /// Waits until all entries of `owner` that are open now have ended.
    Task<> settled(Owner owner);
    bool any(Owner owner) const noexcept { return open_.contains(owner.id); }
    /// A failed batch touched this owner: what is resident must be loaded again.
    std::function<void(Owner)> on_failed;

private:
    friend class PendingEntry;
    struct Waiter {
        std::uint64_t before; ///< entries numbered below this must be gone
        Promise<bool>* promise;
    };
    struct Owned {
        std::vector<std::uint64_t> numbers; ///< open entries, ascending
        std::vector<Waiter> waiters;
    };
    void ended(OwnerId owner, std::uint64_t number, bool failed);

    Executor& home_;
    std::unordered_map<OwnerId, Owned> open_;
    std::uint64_t next_ = 1;
};

} // namespace epode::store
