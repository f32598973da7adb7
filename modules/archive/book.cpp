// SPDX-License-Identifier: MIT
// Keeping, reading, erasing. What is derived from the log is in behind.cpp.
#include "modules/archive/book.hpp"

#include "core/base/executor.hpp"
#include "xep/xep0424_retraction.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

namespace epode::archive {

namespace {

constexpr std::uint32_t lot = 64;            ///< messages between two times of deriving
constexpr std::size_t most_owners = 100'000; ///< whose messages are counted; of others that begins again
constexpr std::size_t page_size = 256;       ///< rows read at a time
constexpr std::size_t lots_at_once = 64;
constexpr std::size_t most_lots = 32'768;     ///< looked through for one page of a search: two million messages
constexpr std::size_t most_candidates = 4096; ///< messages read for it

bool lies_in(const Stretch& stretch, const OrderedId& id) {
    return (!stretch.after || *stretch.after < id) && (!stretch.before || id < *stretch.before);
}

bool has_no_ends(const Stretch& stretch) { return !stretch.after && !stretch.before; }

} // namespace

// ---- Keeping ------------------------------------------------------------------------------------------------------

bool Book::keep(Batch& batch, Owner owner, const OrderedId& id, const Record& record) {
    log_.append(batch, owner, id, record);
    if (marks_.since.size() >= most_owners) marks_.since.clear();
    // Not all of them at the same time where all talk as much: each begins somewhere else.
    const auto begin = static_cast<std::uint32_t>(static_cast<std::uint64_t>(owner.id) % lot);
    const bool many = ++marks_.since.try_emplace(owner.id, begin).first->second % lot == 0;
    return many || static_cast<bool>(record.message.root().child(xep::Retract::name, xep::retract_ns));
}

Task<bool> Book::replace(Owner owner, OrderedId id, Record record) {
    const auto turn = co_await turns_.take(owner);
    co_await catch_up(owner, false);
    const bool there = co_await put_in_place(owner, id, std::move(record));
    co_return there;
}

// ---- Reading ------------------------------------------------------------------------------------------------------

Task<LogPage<Record>> Book::read(Owner owner, Stretch stretch, std::size_t limit, bool backwards) {
    LogPage<Record> page;
    if (!stretch.words.empty()) {
        page = co_await search(owner, std::move(stretch), limit, backwards);
    } else if (stretch.with) {
        page = co_await read_with(owner, std::move(stretch), limit, backwards);
    } else {
        LogQuery query;
        query.after_ = stretch.after;
        query.before_ = stretch.before;
        query.limit_ = limit;
        query.backwards_ = backwards;
        page = co_await log_.page(owner, std::move(query));
    }
    co_return page;
}

Task<LogPage<Record>> Book::read_with(Owner owner, Stretch stretch, std::size_t limit, bool backwards) {
    LogPage<Record> page;
    for (;;) {
        const auto ids = co_await by_peer_.read(owner, stretch, page_size, backwards);
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

/// In lots from the stretch's end on, until the page is full or that was enough work for one question.
Task<LogPage<Record>> Book::search(Owner owner, Stretch stretch, std::size_t limit, bool backwards) {
    LogPage<Record> page;
    const auto& end = backwards ? stretch.before : stretch.after;
    std::vector<Lot> lots;
    if (end) { // those that are read from there on begin behind the one in which it lies
        auto first = co_await lots_.at(owner, *end);
        if (first) lots.push_back(std::move(*first));
    }
    std::optional<OrderedId> from = lots.empty() ? std::nullopt : std::optional(lots.front().id(0));
    std::size_t candidates = 0;
    for (std::size_t looked = 0;;) {
        for (const Lot& each : lots) {
            for (auto found = each.with(stretch.words); found != 0;) {
                const auto place =
                    static_cast<std::size_t>(backwards ? 63 - std::countl_zero(found) : std::countr_zero(found));
                found &= ~(Lot::Set(1) << place);
                if (place >= each.count()) continue;
                const auto id = each.id(place);
                if (!lies_in(stretch, id)) continue;
                auto record = co_await log_.get(owner, id);
                ++candidates;
                if (!record || !matches(stretch.with, record->peer) || !has_words(record->message, stretch.words))
                    continue;
                if (page.entries.size() == limit) {
                    page.more = true;
                    co_return page;
                }
                page.entries.emplace_back(id, std::move(*record));
            }
        }
        looked += lots.size();
        if (looked >= most_lots || candidates >= most_candidates) {
            page.more = true;
            co_return page;
        }
        lots = co_await lots_.read(owner, from, lots_at_once, backwards);
        if (lots.empty()) co_return page;
        from = lots.back().id(0);
        const auto& other = backwards ? stretch.after : stretch.before;
        if (other && (backwards ? lots.front().id(lots.front().count() - 1) <= *other : lots.front().id(0) >= *other))
            co_return page;
        co_await NextTurn();
    }
}

Task<std::optional<std::uint64_t>> Book::known_count(Owner owner, Stretch stretch) {
    if (!stretch.words.empty() || !has_no_ends(stretch) || stretch.with.is_full()) co_return std::nullopt;
    if (!stretch.with) {
        const auto mark = co_await marks_.get(owner, mark_key);
        co_return mark ? mark->count : 0;
    }
    const auto found = co_await conversations_.get(owner, key_of(stretch.with));
    if (!found) co_return std::nullopt;
    co_return found->count;
}

Task<std::size_t> Book::count(Owner owner, Stretch stretch, std::size_t limit) {
    std::size_t counted = 0;
    while (counted < limit) {
        const auto step = std::min(page_size, limit - counted);
        const auto page = co_await read(owner, stretch, step, false);
        counted += page.entries.size();
        if (!page.more || page.entries.empty()) break;
        stretch.after = page.entries.back().id;
    }
    co_return counted;
}

Task<std::optional<OrderedId>> Book::nth(Owner owner, Stretch stretch, std::size_t number) {
    if (stretch.with) {
        for (;;) {
            const auto ids = co_await by_peer_.read(owner, stretch, 4 * page_size, false);
            if (number < ids.size()) co_return ids[number];
            if (ids.size() < 4 * page_size) co_return std::nullopt;
            number -= ids.size();
            stretch.after = ids.back();
            co_await NextTurn();
        }
    }
    std::vector<Lot> lots;
    if (stretch.after) {
        auto first = co_await lots_.at(owner, *stretch.after);
        if (first) lots.push_back(std::move(*first));
    }
    std::optional<OrderedId> from = lots.empty() ? std::nullopt : std::optional(lots.front().id(0));
    for (;;) {
        for (const Lot& each : lots)
            for (std::size_t place = 0; place < each.count(); ++place)
                if (lies_in(stretch, each.id(place)) && number-- == 0) co_return each.id(place);
        lots = co_await lots_.read(owner, from, lots_at_once, false);
        if (lots.empty()) co_return std::nullopt;
        from = lots.back().id(0);
        co_await NextTurn();
    }
}

// ---- Erasing ------------------------------------------------------------------------------------------------------

Task<std::size_t> Book::erase_oldest(Owner owner, std::optional<OrderedId> end, std::size_t most, std::size_t limit) {
    const auto turn = co_await turns_.take(owner);
    co_await catch_up(owner, true);
    const auto mark = co_await marks_.get(owner, mark_key);
    if (!mark) co_return 0;
    const auto over = most != 0 && mark->count > most ? static_cast<std::size_t>(mark->count - most) : 0;
    if (over == 0 && !end) co_return 0;
    auto oldest = LogQuery().limit(limit);
    if (over == 0) oldest = std::move(oldest).before(*end); // mostly there are none
    auto page = co_await log_.page(owner, std::move(oldest));
    auto& entries = page.entries;
    std::size_t going = 0;
    while (going < entries.size() && (going < over || (end && entries[going].id < *end))) ++going;
    if (going == 0) co_return 0;
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(going), entries.end());
    co_await erase(owner, *mark, std::move(entries));
    co_return going;
}

Task<std::size_t> Book::erase_with(Owner owner, Jid with, std::size_t limit) {
    const auto turn = co_await turns_.take(owner);
    co_await catch_up(owner, true);
    const auto mark = co_await marks_.get(owner, mark_key);
    if (!mark) co_return 0;
    Stretch stretch;
    stretch.with = with.bare();
    const auto page = co_await read_with(owner, std::move(stretch), limit, false);
    const auto going = page.entries.size();
    if (going != 0) co_await erase(owner, *mark, page.entries);
    co_return going;
}

/// Entries in order, the oldest ones of those with each peer.
Task<> Book::erase(Owner owner, Mark mark, std::vector<Entry> entries) {
    std::vector<OrderedId> gone;
    std::map<Jid, std::pair<std::uint64_t, std::optional<Conversation>>> others;
    std::vector<Lot> lots;
    for (const auto& [id, record] : entries) {
        gone.push_back(id);
        ++others[record.peer.bare()].first;
        if (!lots.empty() && id <= lots.back().id(lots.back().count() - 1)) continue;
        auto holding = co_await lots_.at(owner, id);
        if (holding) lots.push_back(std::move(*holding));
    }
    for (auto& [peer, other] : others) other.second = co_await conversations_.get(owner, key_of(peer));
    Batch batch;
    for (const auto& [id, record] : entries) {
        log_.erase(batch, owner, id);
        by_peer_.erase(batch, owner, record.peer, id);
    }
    for (const Lot& each : lots) {
        const auto left = each.without(gone);
        lots_.erase(batch, owner, each);
        if (left.count() != 0) lots_.put(batch, owner, left);
    }
    for (auto& [peer, other] : others) {
        auto& [how_many, conversation] = other;
        if (!conversation) continue;
        conversation->expire(gone.back(), how_many);
        if (conversation->count == 0)
            conversations_.erase(batch, owner, key_of(peer));
        else
            conversations_.put(batch, owner, key_of(peer), *conversation);
    }
    mark.count -= std::min<std::uint64_t>(mark.count, gone.size());
    marks_.put(batch, owner, mark_key, mark);
    co_await host_.commit(std::move(batch));
}

void Book::erase_derived(Batch& batch, Owner owner) {
    by_peer_.erase_all(batch, owner);
    lots_.erase_all(batch, owner);
    conversations_.erase_all(batch, owner);
    marks_.erase_all(batch, owner);
}

void Book::erase_all(Batch& batch, Owner owner) {
    log_.erase_all(batch, owner);
    erase_derived(batch, owner);
    marks_.since.erase(owner.id);
    if (const auto running = deriving_.find(owner.id); running != deriving_.end()) running->second = true;
}

Task<> Book::erase_all(Owner owner) {
    const auto turn = co_await turns_.take(owner);
    Batch batch;
    erase_all(batch, owner);
    co_await host_.commit(std::move(batch));
}

// ---- Other people's archives --------------------------------------------------------------------------------------

Task<> Book::forget_derived(Owner owner) {
    Batch batch;
    erase_derived(batch, owner);
    co_await host_.commit(std::move(batch));
}

Task<> Book::add(Owner owner, std::vector<Entry> entries) {
    Batch batch;
    for (const auto& [id, record] : entries) log_.append(batch, owner, id, record);
    co_await host_.commit(std::move(batch));
}

} // namespace epode::archive
