// SPDX-License-Identifier: MIT
#include "core/store/batch.hpp"

#include "core/session/account.hpp"
#include "core/shard/shard.hpp"
#include "storage/engine.hpp"

namespace epode {

Owner::Owner(const Account& account) noexcept : id(account.owner()) {}

std::string Owner::prefix() const {
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(static_cast<std::uint64_t>(id) >> (56 - 8 * i));
    return bytes;
}

storage::Batch& Batch::writes_for(Owner owner) {
    for (const auto& entry : entries_)
        if (entry->owner() == owner.id) return writes_;
    if (auto* shard = Shard::current()) entries_.push_back(shard->pending().open(owner));
    return writes_;
}

Task<> Batch::commit(storage::Engine& engine, Batch batch) {
    std::exception_ptr failure;
    auto writes = std::move(batch.writes_);
    try {
        if (!writes.empty()) co_await engine.commit(std::move(writes));
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) {
        for (const auto& entry : batch.entries_) entry->fail();
        std::rethrow_exception(failure);
    }
}

} // namespace epode
