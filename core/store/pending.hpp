// SPDX-License-Identifier: MIT
// Pending: the open batches of each owner on one shard, so that reads see what was accepted: a read waits for the
// entries that are older than itself. Without it a device that logs in during a commit would get a message neither live
// nor stored. What a batch announces waits here too, so that one owner's changes are told in their order.
#pragma once

#include "core/base/executor.hpp"
#include "core/base/task.hpp"
#include "core/store/batch.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

namespace epode::store {

class Pending {
public:
    explicit Pending(Executor& home) : home_(home) {}

    /// An open entry for that owner; ends when its last reference goes (any thread).
    Ref<PendingEntry> open(Owner owner);
    /// Waits until all entries of `owner` that are open now have ended.
    Task<> settled(Owner owner);
    bool any(Owner owner) const noexcept { return open_.contains(owner.id); }
    /// From here on nothing is written for that account, which is being removed: once those that are open now have
    /// ended its rows can be erased for good, whatever tasks that still hold it do.
    void close(const std::shared_ptr<Account>& account);
    bool closed(Owner owner) const noexcept;
    /// A failed batch touched this owner: what is resident must be loaded again.
    std::function<void(Owner)> on_failed;
    /// An announcement's time has come.
    std::function<void(Announcement)> on_announced;

private:
    friend class PendingEntry;
    struct Waiter {
        std::uint64_t before; ///< entries numbered below this must be gone
        Promise<bool>* promise;
    };
    struct Owned {
        std::vector<std::uint64_t> numbers; ///< open entries, ascending
        std::vector<Waiter> waiters;
        std::deque<std::pair<std::uint64_t, Announcement>>
            announcements; ///< by their entry's number, as they were made
    };
    void announce(OwnerId owner, std::uint64_t number, Announcement announcement);
    void ended(OwnerId owner, std::uint64_t number, Fate fate);
    static std::vector<Announcement> due(Owned& owned);
    static std::vector<Promise<bool>*> ready(Owned& owned, std::uint64_t oldest);

    Executor& home_;
    std::unordered_map<OwnerId, Owned> open_;
    std::vector<std::pair<OwnerId, std::weak_ptr<Account>>> closed_; ///< until nobody holds the account any longer
    std::uint64_t next_ = 1;
};

} // namespace epode::store
