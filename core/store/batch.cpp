// SPDX-License-Identifier: MIT
#include "core/store/batch.hpp"

#include "core/session/account.hpp"
#include "core/session/session.hpp"
#include "core/shard/shard.hpp"
#include "storage/engine.hpp"

namespace epode {

Owner::Owner(const Account& account) noexcept : id(account.owner()) {}

std::string Owner::prefix() const {
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(static_cast<std::uint64_t>(id) >> (56 - 8 * i));
    return bytes;
}

store::PendingEntry* Batch::entry(Owner owner) {
    for (const auto& entry : entries_)
        if (entry->owner() == owner.id) return entry.get();
    auto* shard = Shard::current();
    return shard ? entries_.emplace_back(shard->pending().open(owner)).get() : nullptr;
}

storage::Batch* Batch::writes_for(Owner owner) {
    entry(owner);
    auto* shard = Shard::current();
    return shard && shard->pending().closed(owner) ? nullptr : &writes_;
}

void Batch::then_send(Session& session, Stanza stanza) {
    announces_ = true;
    entry(session.account())->announce({session.shared_from_this(), std::move(stanza), {}});
}

void Batch::then_route(Owner owner, Stanza stanza, Ref<Receipt> receipt) {
    announces_ = true;
    entry(owner)->announce({nullptr, std::move(stanza), std::move(receipt)});
}

void Batch::end(store::Fate fate) noexcept {
    for (const auto& entry : entries_) entry->ends(fate);
    entries_.clear();
}

void Batch::abandon() noexcept { end(store::Fate::failed); }

Task<> Batch::commit(storage::Engine& engine, Batch batch) {
    std::exception_ptr failure;
    auto writes = std::move(batch.writes_);
    try {
        if (!writes.empty()) co_await engine.commit(std::move(writes));
    } catch (...) {
        failure = std::current_exception();
    }
    batch.end(failure ? store::Fate::failed : store::Fate::kept);
    if (failure) std::rethrow_exception(failure);
    if (batch.announces_) co_await NextTurn();
}

} // namespace epode
