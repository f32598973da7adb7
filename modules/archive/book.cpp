// SPDX-License-Identifier: MIT
#include "modules/archive/book.hpp"

#include "core/base/digest.hpp"

#include <algorithm>
#include <utility>

namespace epode::archive {

namespace {

constexpr std::uint32_t lot = 64;           ///< messages between two writings of the index
constexpr std::size_t most_tails = 100'000; ///< in memory; those of owners that have been silent are found in the log
constexpr std::size_t page_size = 256;      ///< rows read at a time
constexpr std::size_t hash_size = 16;       ///< of a peer; the whole address is compared with the message's
constexpr const char* mark_key = "indexed";

/// What stands before the ids of a peer's messages, whatever its resource.
std::string prefix_of(const Jid& peer) { return sha256(peer.bare().text()).substr(0, hash_size); }

std::string key_of(const Jid& peer, const OrderedId& id) { return prefix_of(peer).append(id.bytes()); }

} // namespace

bool matches(const Jid& with, const Jid& peer) {
    if (!with) return true;
    return with.is_full() ? with == peer : with == peer.bare();
}

// ---- The index ----------------------------------------------------------------------------------------------------

void Book::Index::add(Batch& batch, Owner owner, const Jid& peer, const OrderedId& id) {
    write(batch, owner, key_of(peer, id), std::string());
}

void Book::Index::erase(Batch& batch, Owner owner, const Jid& peer, const OrderedId& id) {
    remove(batch, owner, key_of(peer, id));
}

Task<std::vector<OrderedId>> Book::Index::read(Owner owner, Stretch stretch, std::size_t limit, bool backwards) {
    const auto prefix = prefix_of(stretch.with);
    const auto& from = backwards ? stretch.before : stretch.after;
    std::string start;
    if (from) start = key_of(stretch.with, *from);
    auto rows = co_await read_all(owner, prefix, std::move(start), limit, backwards);
    std::vector<OrderedId> ids;
    for (const auto& [key, bytes] : rows) {
        const auto id = OrderedId::from_bytes(std::string_view(key).substr(hash_size));
        if (!id) continue;
        if (backwards ? stretch.after && *id <= *stretch.after : stretch.before && *id >= *stretch.before) break;
        ids.push_back(*id);
    }
    co_return ids;
}

Task<> Book::index(Owner owner) {
    auto& tail = index_.tails[owner.id];
    tail.count = 0;
    if (!tail.whole) {
        co_await index_from_log(owner);
        co_return;
    }
    const auto rows = std::exchange(tail.rows, {});
    if (rows.empty()) co_return;
    Batch batch;
    for (const auto& [peer, id] : rows) index_.add(batch, owner, peer, id);
    marks_.put(batch, owner, mark_key, rows.back().second);
    try {
        co_await host_.commit(std::move(batch));
    } catch (...) {
        index_.tails.erase(owner.id); // the log has it still
        throw;
    }
}

Task<> Book::index_from_log(Owner owner) {
    auto& begun = index_.tails[owner.id];
    if (begun.recording == 0) begun.recording = ++index_.recordings;
    const auto recording = begun.recording;
    std::optional<OrderedId> mark;
    for (bool more = true; more;) {
        mark = co_await marks_.get(owner, mark_key);
        LogQuery behind;
        behind.after_ = mark;
        behind.limit_ = page_size;
        const auto page = co_await log_.page(owner, std::move(behind));
        if (page.entries.empty()) break;
        Batch batch;
        for (const auto& [id, record] : page.entries) index_.add(batch, owner, record.peer, id);
        mark = page.entries.back().id;
        marks_.put(batch, owner, mark_key, *mark);
        co_await host_.commit(std::move(batch));
        more = page.more;
        if (module_.gate().closing()) co_return; // the next version of this module goes on
    }
    const auto tail = index_.tails.find(owner.id);
    if (tail == index_.tails.end() || tail->second.recording != recording) co_return; // forgotten meanwhile
    auto& [count, since, whole, last, rows] = tail->second;
    if (mark) {
        std::erase_if(rows, [&](const auto& row) { return row.second <= *mark; });
        last = std::max(last, *mark);
    }
    whole = true;
}

// ---- Keeping and reading ------------------------------------------------------------------------------------------

bool Book::keep(Batch& batch, Owner owner, const OrderedId& id, const Record& record) {
    log_.append(batch, owner, id, record);
    if (index_.tails.size() >= most_tails) index_.tails.clear();
    auto& tail = index_.tails[owner.id];
    if (tail.recording != 0 && tail.last < id) { // else it takes the place of one that is indexed
        tail.rows.emplace_back(record.peer, id);
        tail.last = id;
    }
    return ++tail.count % lot == 0;
}

Task<LogPage<Record>> Book::read(Owner owner, Stretch stretch, std::size_t limit, bool backwards) {
    if (stretch.with) {
        auto page = co_await read_with(owner, std::move(stretch), limit, backwards);
        co_return page;
    }
    LogQuery query;
    query.after_ = stretch.after;
    query.before_ = stretch.before;
    query.limit_ = limit;
    query.backwards_ = backwards;
    auto page = co_await log_.page(owner, std::move(query));
    co_return page;
}

Task<LogPage<Record>> Book::read_with(Owner owner, Stretch stretch, std::size_t limit, bool backwards) {
    co_await index(owner);
    LogPage<Record> page;
    for (;;) {
        const auto ids = co_await index_.read(owner, stretch, page_size, backwards);
        for (const auto& id : ids) {
            auto record = co_await log_.get(owner, id);
            if (!record || !matches(stretch.with, record->peer)) continue;
            if (page.entries.size() == limit) {
                page.more = true;
                co_return page;
            }
            page.entries.emplace_back(id, std::move(*record));
        }
        if (ids.size() < page_size) co_return page;
        (backwards ? stretch.before : stretch.after) = ids.back();
    }
}

Task<std::size_t> Book::count(Owner owner, Stretch stretch, std::size_t limit) {
    std::size_t counted = 0;
    while (counted < limit) {
        const auto step = std::min(page_size, limit - counted);
        const auto page = co_await read(owner, stretch, step, false);
        counted += page.entries.size();
        if (!page.more) break;
        stretch.after = page.entries.back().id;
    }
    co_return counted;
}

// ---- Erasing ------------------------------------------------------------------------------------------------------

Task<std::size_t> Book::erase_before(Owner owner, OrderedId end, std::size_t limit) {
    auto oldest = LogQuery().before(end).limit(limit);
    const auto page = co_await log_.page(owner, std::move(oldest));
    if (page.entries.empty()) co_return 0;
    Batch batch;
    for (const auto& [id, record] : page.entries) {
        log_.erase(batch, owner, id);
        index_.erase(batch, owner, record.peer, id);
    }
    co_await host_.commit(std::move(batch));
    co_return page.entries.size();
}

void Book::erase_all(Batch& batch, Owner owner) {
    log_.erase_all(batch, owner);
    index_.erase_all(batch, owner);
    marks_.erase(batch, owner, mark_key);
    index_.tails.erase(owner.id);
}

} // namespace epode::archive
