// SPDX-License-Identifier: MIT
// Store<T>: typed values per owner and key. A member of a module:
//
//     Store<xep::Private> fragments{*this, "private"};
//     auto found = co_await fragments.get(iq.account(), key);
//     co_await fragments.put(iq.account(), key, value);        // durable when it returns
//     fragments.put(passage.batch(), passage.account, key, value); // durable with the stanza
//
// T is anything core/base/codec.hpp can write. Rows belong to the owner and vanish with it. Keys may have any length;
// long ones that are equal at the beginning are not in order among themselves (core/store/keys.hpp). Reads see
// everything that was accepted before, on this shard, durable or not. Names are the module's own and unique within it;
// they stay for ever, as the name of the table. All throw storage::Failure, of which a handler need not take notice:
// core answers.
#pragma once

#include "core/base/codec.hpp"
#include "core/base/task.hpp"
#include "core/module/registration.hpp"
#include "core/store/batch.hpp"
#include "storage/engine.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace epode {

class Module;

/// The untyped part: keys, owners, waiting for what was accepted.
class StoreBase : public Slot {
public:
    StoreBase(Module& module, std::string name);
    void attach(Host& host) override;

protected:
    using Row = std::pair<std::string, std::string>; ///< key within the owner, bytes

    Task<std::optional<std::string>> read(Owner owner, std::string key);
    /// Rows whose key starts with `prefix`, in stored order or backwards, from `after` (exclusive; "" to start).
    Task<std::vector<Row>> read_all(Owner owner, std::string prefix, std::string after, std::size_t limit,
                                    bool backwards);
    void write(Batch& batch, Owner owner, std::string_view key, std::string bytes);
    void remove(Batch& batch, Owner owner, std::string_view key);
    /// `prefix` has at most store::prefix_bytes.
    void remove_all(Batch& batch, Owner owner, std::string_view prefix);
    Task<> commit(Batch batch);
    Host& host() const noexcept { return *host_; }

private:
    Host* host_ = nullptr;
    storage::Table table_{};
};

template <typename T> class Store : public StoreBase {
public:
    using StoreBase::StoreBase;

    /// Null where there is none; throws storage::Failure (also for a damaged row).
    Task<std::optional<T>> get(Owner owner, std::string key) {
        auto bytes = co_await read(owner, std::move(key));
        if (!bytes) co_return std::nullopt;
        co_return decode(*bytes);
    }
    /// Every row whose key starts with `prefix`, at most `limit`.
    Task<std::vector<std::pair<std::string, T>>> scan(Owner owner, std::string prefix = {},
                                                      std::size_t limit = 100'000) {
        auto rows = co_await read_all(owner, std::move(prefix), std::string(), limit, false);
        std::vector<std::pair<std::string, T>> values;
        values.reserve(rows.size());
        for (auto& [key, bytes] : rows) values.emplace_back(std::move(key), decode(bytes));
        co_return values;
    }
    /// Durable when it returns; the same for erase.
    Task<> put(Owner owner, std::string key, T value) {
        Batch batch;
        put(batch, owner, key, value);
        co_await commit(std::move(batch));
    }
    Task<> erase(Owner owner, std::string key) {
        Batch batch;
        erase(batch, owner, key);
        co_await commit(std::move(batch));
    }
    /// Durable when `batch` is; the same for the next two. erase_all takes the rows whose key starts with `prefix`.
    void put(Batch& batch, Owner owner, std::string_view key, const T& value) {
        write(batch, owner, key, encode_value(value));
    }
    void erase(Batch& batch, Owner owner, std::string_view key) { remove(batch, owner, key); }
    void erase_all(Batch& batch, Owner owner, std::string_view prefix = {}) { remove_all(batch, owner, prefix); }

private:
    static T decode(std::string_view bytes) {
        auto value = decode_value<T>(bytes);
        if (!value) throw storage::Failure(value.error().text);
        return std::move(*value);
    }
};

} // namespace epode
