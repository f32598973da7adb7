// SPDX-License-Identifier: MIT
// What a module keeps in memory while an owner is active, so that the message path never waits: loaded once before the
// owner's first stanza, then a plain reference. A change is visible in memory at once and durable when its batch is; a
// failed commit loads it again.
//
//     Resident<BlockList> blocked{*this, "blocking"};          // one value per account
//     ResidentMap<Contact> contacts{*this, "contacts"};        // rows by key
//     PerSession<bool> wanted{*this, "wanted"};                // gone with the session
//     PerAccount<Recent> recent{*this, "recent"};              // gone when the account is evicted
#pragma once

#include "core/session/account.hpp"
#include "core/store/store.hpp"

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace epode {

/// One value per account.
template <typename T> class Resident : public StoreBase {
public:
    using StoreBase::StoreBase;

    /// T() where nothing is stored. Good until the next suspension. `account` must be active.
    const T& of(const Account& account) const {
        const auto found = values_.find(account.owner());
        return found == values_.end() ? none_ : found->second;
    }
    /// Seen by `of` at once, durable when it returns; with a batch, when that is.
    Task<> put(Account& account, T value) {
        Batch batch;
        put(batch, account, std::move(value));
        co_await commit(std::move(batch));
    }
    void put(Batch& batch, Account& account, T value) {
        write(batch, account, {}, encode_value(value));
        values_[account.owner()] = std::move(value);
    }

    bool has_load() const noexcept override { return true; }
    Task<> load(Account& account) override {
        const OwnerId owner = account.owner();
        auto bytes = co_await read(owner, std::string());
        if (!bytes) {
            values_.erase(owner);
            co_return;
        }
        auto value = decode_value<T>(*bytes);
        if (!value) throw storage::Failure(value.error().text);
        values_.insert_or_assign(owner, std::move(*value));
    }
    void evict(const Account& account) override { values_.erase(account.owner()); }

private:
    const T none_{};
    std::unordered_map<OwnerId, T> values_;
};

/// Rows by key, all of them in memory: bound their number.
template <typename T> class ResidentMap : public StoreBase {
public:
    using StoreBase::StoreBase;
    using Rows = std::map<std::string, T, std::less<>>;

    /// Good until the next suspension. `account` must be active.
    const Rows& of(const Account& account) const {
        const auto found = values_.find(account.owner());
        return found == values_.end() ? none_ : found->second;
    }
    /// Null where there is none.
    const T* find(const Account& account, std::string_view key) const {
        const auto& rows = of(account);
        const auto found = rows.find(key);
        return found == rows.end() ? nullptr : &found->second;
    }
    /// Seen at once, durable when it returns; with a batch, when that is. The same for erase.
    Task<> put(Account& account, std::string key, T value) {
        Batch batch;
        put(batch, account, std::move(key), std::move(value));
        co_await commit(std::move(batch));
    }
    Task<> erase(Account& account, std::string key) {
        Batch batch;
        erase(batch, account, key);
        co_await commit(std::move(batch));
    }
    void put(Batch& batch, Account& account, std::string key, T value) {
        write(batch, account, key, encode_value(value));
        values_[account.owner()].insert_or_assign(std::move(key), std::move(value));
    }
    void erase(Batch& batch, Account& account, std::string_view key) {
        remove(batch, account, key);
        if (auto rows = values_.find(account.owner()); rows != values_.end())
            if (auto row = rows->second.find(key); row != rows->second.end()) rows->second.erase(row);
    }

    bool has_load() const noexcept override { return true; }
    Task<> load(Account& account) override {
        const OwnerId owner = account.owner();
        auto stored = co_await read_all(owner, std::string(), std::string(), 1'000'000, false);
        Rows rows;
        for (auto& [key, bytes] : stored) {
            auto value = decode_value<T>(bytes);
            if (!value) throw storage::Failure(value.error().text);
            rows.emplace_hint(rows.end(), std::move(key), std::move(*value));
        }
        if (rows.empty())
            values_.erase(owner);
        else
            values_.insert_or_assign(owner, std::move(rows));
    }
    void evict(const Account& account) override { values_.erase(account.owner()); }

private:
    const Rows none_{};
    std::unordered_map<OwnerId, Rows> values_;
};

/// For a T without codec, or where a reload may lose it.
struct Transient {};
inline constexpr Transient transient;

/// Gone when the session ends. A reload carries it over by its name, for which T needs a codec.
template <typename T> class PerSession : public Slot {
public:
    PerSession(Module& module, std::string name);
    PerSession(Module& module, std::string name, Transient); ///< a reload loses it, and T needs no codec

    /// Made as T() at first use. Good until the next suspension.
    T& of(const Session& session) { return values_[session.id()]; }
    const T* find(const Session& session) const {
        const auto found = values_.find(session.id());
        return found == values_.end() ? nullptr : &found->second;
    }
    void erase(const Session& session) { values_.erase(session.id()); }

    void session_ended(const Session& session) override { values_.erase(session.id()); }
    std::string save() override;
    void restore(std::string_view bytes) override;

private:
    std::unordered_map<std::uint64_t, T> values_;
    std::string (*save_)(std::unordered_map<std::uint64_t, T>&) = nullptr;
    void (*restore_)(std::unordered_map<std::uint64_t, T>&, std::string_view) = nullptr;
};

/// Gone when nothing needs the account any more (its last session has ended and a while has passed). A reload carries
/// it over by its name, for which T needs a codec.
template <typename T> class PerAccount : public Slot {
public:
    PerAccount(Module& module, std::string name);
    PerAccount(Module& module, std::string name, Transient); ///< a reload loses it, and T needs no codec

    /// Made as T() at first use. Good until the next suspension.
    T& of(const Account& account) { return values_[account.owner()]; }
    const T* find(const Account& account) const {
        const auto found = values_.find(account.owner());
        return found == values_.end() ? nullptr : &found->second;
    }
    void evict(const Account& account) override { values_.erase(account.owner()); }
    std::string save() override;
    void restore(std::string_view bytes) override;

private:
    std::unordered_map<OwnerId, T> values_;
    std::string (*save_)(std::unordered_map<OwnerId, T>&) = nullptr;
    void (*restore_)(std::unordered_map<OwnerId, T>&, std::string_view) = nullptr;
};

} // namespace epode
