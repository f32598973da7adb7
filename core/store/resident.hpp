// SPDX-License-Identifier: MIT
// What a module keeps in memory while an owner is active, so that the message path never waits: loaded once before the
// owner's first stanza, then a plain reference. A change is visible in memory at once and durable when its batch is; a
// failed commit loads it again. When the module is reloaded, its next version gets what is in memory, in one turn; no
// store is asked, so nothing has to stand still meanwhile.
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

namespace detail {

template <typename Id, typename T> std::string save_values(const std::unordered_map<Id, T>& values) {
    std::map<std::uint64_t, std::string> all;
    for (const auto& [id, value] : values) all.emplace(static_cast<std::uint64_t>(id), encode_value(value));
    return encode_value(all);
}

/// Returns whose value it could not read.
template <typename Id, typename T>
std::vector<Id> restore_values(std::unordered_map<Id, T>& values, std::string_view bytes) {
    std::vector<Id> unknown;
    auto all = decode_value<std::map<std::uint64_t, std::string>>(bytes);
    if (!all) return unknown;
    for (auto& [id, value] : *all) {
        if (auto decoded = decode_value<T>(value))
            values.insert_or_assign(static_cast<Id>(id), std::move(*decoded));
        else
            unknown.push_back(static_cast<Id>(id));
    }
    return unknown;
}

} // namespace detail

/// What the two below share: which values must be read (again) because of what happened meanwhile.
class ResidentBase : public StoreBase {
public:
    using StoreBase::StoreBase;
    bool has_load() const noexcept override { return true; }
    std::vector<OwnerId> outdated() override { return std::exchange(outdated_, {}); }

protected:
    /// A value was put, with a batch that is still to be committed.
    void put_for(OwnerId owner) {
        ++puts_;
        if (saved_) outdated_.push_back(owner);
    }
    /// How many puts there have been: what a read that had to wait brings may be older than one of them.
    std::uint64_t puts() const noexcept { return puts_; }
    /// From here on the next version has the values.
    void saved() noexcept { saved_ = true; }
    void restored(std::vector<OwnerId> unknown) { outdated_ = std::move(unknown); }

private:
    std::uint64_t puts_ = 0;
    bool saved_ = false;
    std::vector<OwnerId> outdated_;
};

/// One value per account.
template <typename T> class Resident : public ResidentBase {
public:
    using ResidentBase::ResidentBase;

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
        put_for(account.owner());
    }

    Task<> load(Account& account) override {
        const OwnerId owner = account.owner();
        std::optional<std::string> bytes;
        std::uint64_t before = 0;
        do {
            before = puts();
            bytes = co_await read(owner, std::string());
        } while (puts() != before);
        if (!bytes) {
            values_.erase(owner);
            co_return;
        }
        auto value = decode_value<T>(*bytes);
        if (!value) throw storage::Failure(value.error().text);
        values_.insert_or_assign(owner, std::move(*value));
    }
    void evict(const Account& account) override { values_.erase(account.owner()); }
    std::string save() override {
        saved();
        return detail::save_values(values_);
    }
    void restore(std::string_view bytes) override { restored(detail::restore_values(values_, bytes)); }

private:
    const T none_{};
    std::unordered_map<OwnerId, T> values_;
};

/// Rows by key, all of them in memory: bound their number.
template <typename T> class ResidentMap : public ResidentBase {
public:
    using ResidentBase::ResidentBase;
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
        put_for(account.owner());
    }
    void erase(Batch& batch, Account& account, std::string_view key) {
        remove(batch, account, key);
        if (auto rows = values_.find(account.owner()); rows != values_.end())
            if (auto row = rows->second.find(key); row != rows->second.end()) rows->second.erase(row);
        put_for(account.owner());
    }

    Task<> load(Account& account) override {
        const OwnerId owner = account.owner();
        std::vector<Row> stored;
        std::uint64_t before = 0;
        do {
            before = puts();
            stored = co_await read_all(owner, std::string(), std::string(), 1'000'000, false);
        } while (puts() != before);
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
    std::string save() override {
        saved();
        return detail::save_values(values_);
    }
    void restore(std::string_view bytes) override { restored(detail::restore_values(values_, bytes)); }

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
    std::string (*save_)(const std::unordered_map<std::uint64_t, T>&) = nullptr;
    std::vector<std::uint64_t> (*restore_)(std::unordered_map<std::uint64_t, T>&, std::string_view) = nullptr;
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
    std::string (*save_)(const std::unordered_map<OwnerId, T>&) = nullptr;
    std::vector<OwnerId> (*restore_)(std::unordered_map<OwnerId, T>&, std::string_view) = nullptr;
};

} // namespace epode
