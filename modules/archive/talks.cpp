// SPDX-License-Identifier: MIT
// Conversations of an account: those with people are derived from its log (behind.cpp), those with rooms are read from
// the rooms' archives when somebody asks, as far as the account has been told.
#include "modules/archive/book.hpp"

#include <map>
#include <utility>

namespace epode::archive {

namespace {

constexpr std::size_t most_followed = 1000; ///< messages of a room that are read for one question; the newest ones

} // namespace

Task<std::vector<Conversation>> Book::conversations(Owner owner, Jid account) {
    const auto turn = co_await turns_.take(owner);
    co_await catch_up(owner, false);
    auto rows = co_await conversations_.scan(owner);
    auto rooms = co_await rooms_.scan(owner);
    std::vector<Conversation> all;
    all.reserve(rows.size() + rooms.size());
    for (auto& [key, conversation] : rows) all.push_back(std::move(conversation));
    std::map<std::string, std::optional<Conversation>> changed;
    for (auto& [key, known] : rooms) {
        const auto before = known.reached;
        auto conversation = co_await followed(std::move(known), account);
        if (conversation.reached != before) changed.insert_or_assign(key, conversation);
        if (conversation.last == OrderedId()) continue; // what was said is not there yet
        const auto there = co_await log_.get(*conversation.archive, conversation.last);
        if (there)
            all.push_back(std::move(conversation));
        else
            changed.insert_or_assign(key, std::nullopt); // the room is gone, or all that it said
    }
    if (changed.empty()) co_return all;
    Batch batch;
    for (const auto& [key, conversation] : changed) {
        if (conversation)
            rooms_.put(batch, owner, key, *conversation);
        else
            rooms_.erase(batch, owner, key);
    }
    co_await host_.commit(std::move(batch));
    co_return all;
}

/// With what the room has said since.
Task<Conversation> Book::followed(Conversation conversation, Jid account) {
    if (!conversation.archive || conversation.reached >= conversation.told) co_return conversation;
    LogQuery query;
    query.after_ = conversation.reached;
    query.before_ = OrderedId::next(conversation.told.time(), conversation.told);
    query.limit_ = most_followed;
    query.backwards_ = true;
    const auto page = co_await log_.page(*conversation.archive, std::move(query));
    for (auto entry = page.entries.rbegin(); entry != page.entries.rend(); ++entry) {
        if (entry->id > conversation.told) continue;
        auto contents = contents_of(entry->value);
        contents.own = entry->value.author && entry->value.author.bare() == account;
        conversation.add(entry->id, contents, Names(entry->value.message), *reply_reads_);
        conversation.reached = entry->id;
    }
    co_return conversation;
}

Task<> Book::displayed(Owner owner, Jid account, Seen seen) {
    const auto turn = co_await turns_.take(owner);
    co_await catch_up(owner, false);
    auto& rows = seen.in_room ? rooms_ : conversations_;
    auto known = co_await rows.get(owner, key_of(seen.with));
    if (!known) co_return;
    auto conversation = co_await followed(std::move(*known), account);
    if (seen.place ? !conversation.displayed(*seen.place) : !conversation.displayed(seen.name)) co_return;
    Batch batch;
    rows.put(batch, owner, key_of(seen.with), conversation);
    co_await host_.commit(std::move(batch));
}

Task<> Book::follow(Owner owner, Followed::Rooms rooms) {
    const auto turn = co_await turns_.take(owner);
    std::map<std::string, Conversation> changed;
    for (const auto& [address, told] : rooms) {
        const auto room = Jid::parse(address);
        if (!room) continue;
        const auto key = key_of(*room);
        auto known = co_await rooms_.get(owner, key);
        if (!known || known->archive != told.archive) { // what was said before does not concern him
            known = Conversation(*room);
            known->archive = told.archive;
            known->reached = OrderedId::at(told.first.time());
        }
        known->told = std::max(known->told, told.last);
        changed.emplace(key, std::move(*known));
    }
    if (changed.empty()) co_return;
    Batch batch;
    for (const auto& [key, conversation] : changed) rooms_.put(batch, owner, key, conversation);
    co_await host_.commit(std::move(batch));
}

} // namespace epode::archive
