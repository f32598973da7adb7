// SPDX-License-Identifier: MIT
// What is derived from the log, page by page, each in one batch with the mark: all that is read for it is read before
// the batch is filled, since a read waits for the batches that are open.
#include "core/base/executor.hpp"
#include "modules/archive/book.hpp"
#include "xep/xep0359_sid.hpp"
#include "xep/xep0424_retraction.hpp"

#include <bit>
#include <map>
#include <utility>

namespace epode::archive {

namespace {

constexpr std::size_t page_size = 256; ///< messages derived from in one batch
constexpr std::size_t lots_at_once = 16;
constexpr std::size_t most_lots = 512; ///< how far back one may take back: 32,768 messages
constexpr std::string_view muc_user_ns = "http://jabber.org/protocol/muc#user";

/// The other side of messages that are derived from.
struct Other {
    std::string key;
    std::optional<Conversation> conversation; ///< null for a room's own messages
};

/// By what a tombstone names the retraction.
std::string name_of(const Entry& retraction) {
    const auto& message = retraction.value.message;
    auto name = message.id().str();
    if (name.empty()) name = xep::origin_id(message);
    return name.empty() ? retraction.id.text() : name;
}

/// Whether it is the message of that name, from the same one (XEP-0424 section 5). Who has the same bare JID in a
/// room's private messages may be somebody else.
bool is_retracted(const Record& record, const Record& retraction, const Contents& contents) {
    const auto& message = record.message;
    if (record.peer.bare() != retraction.peer.bare()) return false;
    const bool in_room = message.root().child("x", muc_user_ns) || retraction.message.root().child("x", muc_user_ns);
    if (in_room && record.peer != retraction.peer) return false;
    const auto said = contents_of(record);
    if (said.own != contents.own || said.kind == Contents::Kind::retraction) return false;
    if (message.root().child(xep::Retracted::name, xep::Retracted::ns)) return false;
    return message.id() == contents.about || xep::origin_id(message) == contents.about;
}

} // namespace

class Book::Deriving {
public:
    Deriving(Book& book, Owner owner) : book_(book), owner_(owner.id) { book_.deriving_.emplace(owner_, false); }
    Deriving(const Deriving&) = delete;
    ~Deriving() { book_.deriving_.erase(owner_); }

private:
    Book& book_;
    OwnerId owner_;
};

Task<> Book::derive(Owner owner, bool in_background) {
    const auto turn = co_await turns_.take(owner);
    co_await catch_up(owner, in_background);
}

Task<> Book::catch_up(Owner owner, bool in_background) {
    const Deriving deriving(*this, owner);
    for (bool more = true; more;) {
        const auto mark = co_await marks_.get(owner, mark_key);
        LogQuery behind;
        if (mark) behind.after_ = mark->last;
        behind.limit_ = page_size;
        auto page = co_await log_.page(owner, std::move(behind));
        if (page.entries.empty()) break;
        more = page.more;
        co_await derive_from(owner, mark.value_or(Mark()), std::move(page.entries));
        if (deriving_.at(owner.id)) break;                    // nothing more of what is gone
        if (in_background && module_.gate().closing()) break; // the next version of this module goes on
        if (more) co_await NextTurn();
    }
}

/// A retraction comes after what is before it is written, and before its own mark is: a kill between makes it be done
/// again.
Task<> Book::derive_from(Owner owner, Mark mark, std::vector<Entry> entries) {
    std::vector<Contents> contents;
    contents.reserve(entries.size());
    for (const auto& entry : entries) contents.push_back(contents_of(entry.value));
    const std::span<const Entry> all(entries);
    const std::span<const Contents> meant(contents);
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= all.size(); ++i) {
        const bool retraction = i < all.size() && meant[i].kind == Contents::Kind::retraction && !meant[i].group;
        if (i < all.size() && !retraction) continue;
        if (i > begin)
            mark = co_await write_behind(owner, mark, all.subspan(begin, i - begin), meant.subspan(begin, i - begin));
        if (retraction) co_await retract(owner, &all[i], &meant[i]);
        begin = i;
    }
}

Task<Mark> Book::write_behind(Owner owner, Mark mark, std::span<const Entry> entries,
                              std::span<const Contents> contents) {
    std::map<Jid, Other> others;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto peer = entries[i].value.peer.bare();
        auto [at, first] = others.try_emplace(peer);
        if (!first) continue;
        Other& other = at->second;
        other.key = key_of(peer);
        if (contents[i].group) continue; // all of them are: this is a room's archive
        auto known = co_await conversations_.get(owner, other.key);
        other.conversation = known ? std::move(*known) : Conversation(peer);
    }
    const auto open = co_await lots_.at(owner, std::nullopt);
    Lot lot = open && !open->full() ? *open : Lot();
    auto postings = lot.postings();

    if (deriving_.at(owner.id)) co_return mark;
    Batch batch;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto& [id, record] = entries[i];
        const Names names(record.message);
        Other& other = others.find(record.peer.bare())->second;
        by_peer_.add(batch, owner, other.key, id);
        if (other.conversation) other.conversation->add(id, contents[i], names, *reply_reads_);
        if (lot.full()) {
            lot.write(std::exchange(postings, {}));
            lots_.put(batch, owner, std::exchange(lot, Lot()));
        }
        lot.add(id, names, words_in(record.message), postings);
    }
    lot.write(std::move(postings));
    lots_.put(batch, owner, lot);
    for (const auto& [peer, other] : others)
        if (other.conversation) conversations_.put(batch, owner, other.key, *other.conversation);
    mark.last = entries.back().id;
    mark.count += entries.size();
    marks_.put(batch, owner, mark_key, mark);
    co_await host_.commit(std::move(batch));
    co_return mark;
}

// ---- Retractions (XEP-0424) ---------------------------------------------------------------------------------------

Task<> Book::retract(Owner owner, const Entry* retraction, const Contents* contents) {
    auto found = co_await retracted(owner, retraction, contents);
    if (!found) co_return;
    const xep::Retracted mark(name_of(*retraction), retraction->id.time());
    Record left(found->value.peer, xep::tombstone(found->value.message, mark), found->value.author);
    co_await put_in_place(owner, found->id, std::move(left));
}

Task<std::optional<Entry>> Book::retracted(Owner owner, const Entry* retraction, const Contents* contents) {
    if (contents->about.empty()) co_return std::nullopt;
    const auto name = hash_of(contents->about);
    std::optional<OrderedId> from;
    for (std::size_t looked = 0; looked < most_lots;) {
        const auto lots = co_await lots_.read(owner, from, lots_at_once, true);
        for (const Lot& lot : lots) {
            for (auto named = lot.named(name); named != 0;) {
                const auto place = static_cast<std::size_t>(63 - std::countl_zero(named));
                named &= ~(Lot::Set(1) << place);
                const auto id = lot.id(place);
                auto record = co_await log_.get(owner, id);
                if (record && id < retraction->id && is_retracted(*record, retraction->value, *contents))
                    co_return Entry(id, std::move(*record));
            }
        }
        looked += lots.size();
        if (lots.size() < lots_at_once) break;
        from = lots.back().id(0);
    }
    co_return std::nullopt;
}

Task<bool> Book::put_in_place(Owner owner, OrderedId id, Record record) {
    const auto there = co_await log_.get(owner, id);
    if (!there) co_return false;
    auto lot = co_await lots_.at(owner, id);
    auto conversation = co_await conversations_.get(owner, key_of(record.peer));
    Batch batch;
    log_.append(batch, owner, id, record);
    if (lot) {
        lot->forget(id);
        lots_.put(batch, owner, *lot);
    }
    if (conversation) {
        conversation->forget(id);
        conversations_.put(batch, owner, key_of(record.peer), *conversation);
    }
    co_await host_.commit(std::move(batch));
    co_return true;
}

} // namespace epode::archive
