// SPDX-License-Identifier: MIT
// Log<T>: a list per owner ordered by time, with paging: offline messages, archives, histories.
//
//     Log<Stanza> queue{*this, "queue"};
//     queue.append(passage.batch(), passage.account, passage.id, passage.stanza);
//     auto page = co_await queue.page(account, LogQuery().limit(50));
#pragma once

#include "core/base/id.hpp"
#include "core/store/store.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace epode {

/// Which entries: after and before are exclusive; backwards yields the newest first. 100 of them if nothing is said.
class LogQuery {
public:
    LogQuery() = default;
    LogQuery after(OrderedId id) && {
        after_ = id;
        return *this;
    }
    LogQuery before(OrderedId id) && {
        before_ = id;
        return *this;
    }
    LogQuery limit(std::size_t n) && {
        limit_ = n;
        return *this;
    }
    LogQuery backwards() && {
        backwards_ = true;
        return *this;
    }

    std::optional<OrderedId> after_, before_;
    std::size_t limit_ = 100;
    bool backwards_ = false;
};

template <typename T> struct LogEntry {
    OrderedId id;
    T value;

    LogEntry(OrderedId i, T v) : id(i), value(std::move(v)) {}
};
template <typename T> struct LogPage {
    std::vector<LogEntry<T>> entries;
    bool more = false; ///< there are further ones in that direction

    LogPage() = default;
};

/// The untyped part.
class LogBase : public StoreBase {
public:
    using StoreBase::StoreBase;

    /// Durable when `batch` is.
    void erase(Batch& batch, Owner owner, const OrderedId& id) { remove(batch, owner, id.bytes()); }
    void erase_all(Batch& batch, Owner owner) { remove_all(batch, owner, {}); }
    /// How many entries, counted up to `limit`.
    Task<std::size_t> count(Owner owner, std::size_t limit);

protected:
    struct RawPage {
        std::vector<std::pair<OrderedId, std::string>> entries;
        bool more = false;

        RawPage() = default;
    };
    Task<RawPage> raw_page(Owner owner, LogQuery query);
};

template <typename T> class Log : public LogBase {
public:
    using LogBase::LogBase;

    /// Durable when `batch` is. Ids of one owner must grow (passage.id does).
    void append(Batch& batch, Owner owner, const OrderedId& id, const T& value) {
        write(batch, owner, id.bytes(), encode_value(value));
    }
    /// Null where there is none, or a damaged one.
    Task<std::optional<T>> get(Owner owner, OrderedId id) {
        auto bytes = co_await read(owner, std::string(id.bytes()));
        if (!bytes) co_return std::nullopt;
        auto value = decode_value<T>(*bytes);
        if (!value) co_return std::nullopt;
        co_return std::move(*value);
    }
    /// Damaged entries are left out (and logged by the caller if it cares: `entries.size()` tells).
    Task<LogPage<T>> page(Owner owner, LogQuery query) {
        auto raw = co_await raw_page(owner, std::move(query));
        LogPage<T> page;
        page.more = raw.more;
        page.entries.reserve(raw.entries.size());
        for (auto& [id, bytes] : raw.entries)
            if (auto value = decode_value<T>(bytes)) page.entries.emplace_back(id, std::move(*value));
        co_return page;
    }
    using LogBase::erase;
    /// Durable when it returns.
    Task<> erase(Owner owner, OrderedId id) {
        Batch batch;
        LogBase::erase(batch, owner, id);
        co_await commit(std::move(batch));
    }
};

} // namespace epode
