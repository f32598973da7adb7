// SPDX-License-Identifier: MIT
#include "core/store/pending.hpp"

#include <algorithm>

namespace epode::store {

Ref<PendingEntry> Pending::open(Owner owner) {
    const auto number = next_++;
    open_[owner.id].numbers.push_back(number);
    return Ref<PendingEntry>(new PendingEntry(*this, owner.id, number));
}

Task<> Pending::settled(Owner owner) {
    const auto found = open_.find(owner.id);
    if (found == open_.end() || found->second.numbers.empty()) co_return;
    Promise<bool> promise;
    found->second.waiters.push_back({next_, &promise});
    co_await promise;
}

void Pending::ended(OwnerId owner, std::uint64_t number, bool failed) {
    const auto found = open_.find(owner);
    if (found == open_.end()) return;
    std::erase(found->second.numbers, number);
    const auto oldest = found->second.numbers.empty() ? next_ : found->second.numbers.front();
    std::vector<Promise<bool>*> ready;
    std::erase_if(found->second.waiters, [&](const Waiter& waiter) {
        if (oldest < waiter.before) return false;
        ready.push_back(waiter.promise);
        return true;
    });
    if (found->second.numbers.empty() && found->second.waiters.empty()) open_.erase(found);
    if (failed && on_failed) on_failed(Owner(owner));
    for (auto* promise : ready) promise->set(true);
}

void PendingEntry::destroy(PendingEntry* entry) noexcept {
    auto& table = entry->table_;
    const auto owner = entry->owner_;
    const auto number = entry->number_;
    const bool failed = entry->failed_.load(std::memory_order_relaxed);
    delete entry;
    // Never resumes a reader on the stack of whoever let go.
    table.home_.post([&table, owner, number, failed] { table.ended(owner, number, failed); });
}

} // namespace epode::store
