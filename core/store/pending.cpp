// SPDX-License-Identifier: MIT
#include "core/store/pending.hpp"

#include "core/session/account.hpp"

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

void Pending::close(const std::shared_ptr<Account>& account) {
    std::erase_if(closed_, [](const auto& each) { return each.second.expired(); });
    closed_.emplace_back(account->owner(), account);
}

bool Pending::closed(Owner owner) const noexcept {
    return std::ranges::any_of(closed_, [&](const auto& each) { return each.first == owner.id; });
}

void Pending::announce(OwnerId owner, std::uint64_t number, Announcement announcement) {
    open_[owner].announcements.emplace_back(number, std::move(announcement));
}

void PendingEntry::announce(Announcement announcement) { table_.announce(owner_, number_, std::move(announcement)); }

/// Those at the front whose batches have ended.
std::vector<Announcement> Pending::due(Owned& owned) {
    std::vector<Announcement> due;
    while (!owned.announcements.empty() &&
           !std::ranges::binary_search(owned.numbers, owned.announcements.front().first)) {
        due.push_back(std::move(owned.announcements.front().second));
        owned.announcements.pop_front();
    }
    return due;
}

std::vector<Promise<bool>*> Pending::ready(Owned& owned, std::uint64_t oldest) {
    std::vector<Promise<bool>*> ready;
    std::erase_if(owned.waiters, [&](const Waiter& waiter) {
        if (oldest < waiter.before) return false;
        ready.push_back(waiter.promise);
        return true;
    });
    return ready;
}

void Pending::ended(OwnerId owner, std::uint64_t number, Fate fate) {
    const auto found = open_.find(owner);
    if (found == open_.end()) return;
    auto& owned = found->second;
    std::erase(owned.numbers, number);
    if (fate != Fate::kept) std::erase_if(owned.announcements, [&](const auto& each) { return each.first == number; });
    auto announcements = due(owned);
    const auto waiters = ready(owned, owned.numbers.empty() ? next_ : owned.numbers.front());
    if (owned.numbers.empty() && owned.waiters.empty()) open_.erase(found);
    if (fate == Fate::failed && on_failed) on_failed(Owner(owner));
    for (auto& announcement : announcements) on_announced(std::move(announcement));
    for (auto* promise : waiters) promise->set(true);
}

void PendingEntry::destroy(PendingEntry* entry) noexcept {
    auto& table = entry->table_;
    const auto owner = entry->owner_;
    const auto number = entry->number_;
    const auto fate = entry->fate_.load(std::memory_order_relaxed);
    delete entry;
    // Never resumes a reader on the stack of whoever let go.
    table.home_.post([&table, owner, number, fate] { table.ended(owner, number, fate); });
}

} // namespace epode::store
