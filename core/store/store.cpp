// SPDX-License-Identifier: MIT
#include "core/store/store.hpp"

#include "core/module.hpp"
#include "core/server.hpp"
#include "core/shard/shard.hpp"
#include "core/store/keys.hpp"
#include "core/store/log.hpp"

namespace epode {

using store::row_key;

namespace {

/// What is stored or nothing; a damaged row is a broken store.
template <typename T> T intact(Result<T> read) {
    if (!read) throw storage::Failure(read.error().text);
    return std::move(*read);
}

} // namespace

StoreBase::StoreBase(Module& module, std::string name) : Slot(module.name() + "/" + name) { module.add_slot(*this); }

void StoreBase::attach(Host& host) {
    host_ = &host;
    table_ = host.server().store_table("store/" + slot_name());
}

Task<std::optional<std::string>> StoreBase::read(Owner owner, std::string key) {
    co_await host_->shard().pending().settled(owner);
    auto value = co_await host_->server().engine().get(table_, row_key(owner, key));
    if (!value) co_return std::nullopt;
    co_return intact(store::row_value_of(key, std::move(value->bytes)));
}

Task<std::vector<StoreBase::Row>> StoreBase::read_all(Owner owner, std::string prefix, std::string after,
                                                      std::size_t limit, bool backwards) {
    co_await host_->shard().pending().settled(owner);
    auto range = store::row_range(owner, prefix);
    if (!after.empty()) {
        if (backwards)
            range.end = row_key(owner, after);
        else
            range.begin = row_key(owner, after) + '\0';
    }
    std::vector<Row> rows;
    for (;;) {
        storage::ScanOptions options(limit - rows.size(), backwards);
        auto page = co_await host_->server().engine().scan(table_, range, options);
        for (auto& entry : page.entries)
            if (auto row = intact(store::row(entry.key, std::move(entry.bytes))); row.first.starts_with(prefix))
                rows.push_back(std::move(row));
        if (!page.more || page.entries.empty() || rows.size() >= limit) break;
        if (backwards)
            range.end = page.entries.back().key;
        else
            range.begin = page.entries.back().key + '\0';
    }
    co_return rows;
}

void StoreBase::write(Batch& batch, Owner owner, std::string_view key, std::string bytes) {
    if (auto* writes = batch.writes_for(owner))
        writes->put(table_, row_key(owner, key), store::row_value(key, std::move(bytes)));
}

void StoreBase::remove(Batch& batch, Owner owner, std::string_view key) {
    if (auto* writes = batch.writes_for(owner)) writes->erase(table_, row_key(owner, key));
}

void StoreBase::remove_all(Batch& batch, Owner owner, std::string_view prefix) {
    if (prefix.size() > store::prefix_bytes)
        throw std::invalid_argument("store: a prefix to erase has at most " + std::to_string(store::prefix_bytes) +
                                    " bytes");
    if (auto* writes = batch.writes_for(owner)) writes->erase(table_, store::row_range(owner, prefix));
}

Task<> StoreBase::commit(Batch batch) { return Batch::commit(host_->server().engine(), std::move(batch)); }

Task<std::size_t> LogBase::count(Owner owner, std::size_t limit) {
    auto rows = co_await read_all(owner, std::string(), std::string(), limit, false);
    co_return rows.size();
}

Task<LogBase::RawPage> LogBase::raw_page(Owner owner, LogQuery query) {
    std::string after;
    if (query.backwards_ ? query.before_.has_value() : query.after_.has_value())
        after = std::string(query.backwards_ ? query.before_->bytes() : query.after_->bytes());
    auto rows = co_await read_all(owner, std::string(), std::move(after), query.limit_ + 1, query.backwards_);
    RawPage page;
    for (auto& [key, bytes] : rows) {
        const auto id = OrderedId::from_bytes(key);
        if (!id) continue;
        const bool beyond =
            query.backwards_ ? (query.after_ && *id <= *query.after_) : (query.before_ && *id >= *query.before_);
        if (beyond) break;
        if (page.entries.size() == query.limit_) {
            page.more = true;
            break;
        }
        page.entries.emplace_back(*id, std::move(bytes));
    }
    co_return page;
}

} // namespace epode
