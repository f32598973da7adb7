// SPDX-License-Identifier: MIT
// Book: the archives of a host on one shard: a log per owner, and what is derived from it: the index by the other side,
// lots for searches, conversations for the inbox, counts, tombstones. All that is behind the log is written for many
// messages at a time, up to a mark, so that a message costs one row at the end of one table; before a question the rest
// is caught up on. A kill loses nothing of it, for the mark is in the batch with what it stands for.
#pragma once

#include "core/module.hpp"
#include "core/store/turns.hpp"
#include "modules/archive/by_peer.hpp"
#include "modules/archive/conversation.hpp"
#include "modules/archive/followed.hpp"
#include "modules/archive/lots.hpp"
#include "modules/archive/record.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace epode::archive {

using Entry = LogEntry<Record>;

/// How far everything behind the log reaches, and how many messages that are.
struct Mark {
    OrderedId last;
    std::uint64_t count = 0;

    Mark() = default;
    void fields(auto& f) { f(last, count); }
};

class Book {
public:
    Book(Module& module, Host& host, const Setting<bool>& reply_reads)
        : module_(module), host_(host), reply_reads_(reply_reads), log_(module, "log"), by_peer_(module, "by-peer"),
          lots_(module, "lots"), conversations_(module, "conversations"), rooms_(module, "rooms"),
          marks_(module, "marks") {}

    /// Durable when `batch` is. True where it is time to derive what follows from it.
    bool keep(Batch& batch, Owner owner, const OrderedId& id, const Record& record);
    Task<std::optional<Record>> find(Owner owner, OrderedId id) { return log_.get(owner, id); }
    /// Puts something else in the place of a message, which is not found by its words or names any longer. False where
    /// there is none.
    Task<bool> replace(Owner owner, OrderedId id, Record record);

    /// Derives what is behind the log, up to now; `in_background` not to its end where the module is to go.
    Task<> derive(Owner owner, bool in_background);

    // ---- Questions; derive before them ----------------------------------------------------------------------------

    /// The first, or last, `limit` messages of the stretch, in the order of the log or backwards; the flag says whether
    /// there are more. Where the stretch has words, perhaps fewer with more to come: a search goes so far at a time.
    Task<LogPage<Record>> read(Owner owner, Stretch stretch, std::size_t limit, bool backwards);
    /// How many messages there are, where that is known without counting: of the whole, or with a bare JID.
    Task<std::optional<std::uint64_t>> known_count(Owner owner, Stretch stretch);
    /// How many messages there are, counted up to `limit`.
    Task<std::size_t> count(Owner owner, Stretch stretch, std::size_t limit);
    /// The message before which there are `number` others in the stretch (without words, and not of one resource); null
    /// where there are not so many.
    Task<std::optional<OrderedId>> nth(Owner owner, Stretch stretch, std::size_t number);

    // ---- Conversations --------------------------------------------------------------------------------------------

    /// All of them, in no order. `account` is whose they are.
    Task<std::vector<Conversation>> conversations(Owner owner, Jid account);
    /// What the owner has seen: everything up to that message.
    struct Seen {
        Jid with;
        bool in_room = false;
        std::string name;               ///< the message's id or origin-id
        std::optional<OrderedId> place; ///< or where it lies in the archive

        Seen(Jid whom, bool room) : with(std::move(whom)), in_room(room) {}
    };
    Task<> displayed(Owner owner, Jid account, Seen seen);
    /// Notes what rooms have told.
    Task<> follow(Owner owner, Followed::Rooms rooms);

    // ---- Erasing --------------------------------------------------------------------------------------------------

    /// Erases up to `limit` of the oldest messages, of those before `end` and of those that are more than `most` (0:
    /// any number); how many it were.
    Task<std::size_t> erase_oldest(Owner owner, std::optional<OrderedId> end, std::size_t most, std::size_t limit);
    /// Erases up to `limit` messages with a bare JID.
    Task<std::size_t> erase_with(Owner owner, Jid with, std::size_t limit);
    /// Erases all of it. The first one of an owner that is there no longer, durable when the batch is.
    void erase_all(Batch& batch, Owner owner);
    Task<> erase_all(Owner owner);

    // ---- Other people's archives ----------------------------------------------------------------------------------

    /// Nothing is derived until that is given back.
    Task<Turns::Turn> take_turn(Owner owner) { return turns_.take(owner); }
    /// In the turn: forgets what is derived; everything is derived again from the log. Then adds messages of any time.
    Task<> forget_derived(Owner owner);
    Task<> add(Owner owner, std::vector<Entry> entries);
    Task<> derive_in_turn(Owner owner) { return catch_up(owner, false); }

private:
    static constexpr const char* mark_key = "derived";
    class Marks : public Store<Mark> {
    public:
        using Store::Store;
        /// How many messages came since something was derived; of owners that have not been silent for long.
        std::unordered_map<OwnerId, std::uint32_t> since;
        void evict(const Account& account) override { since.erase(account.owner()); }
    };
    /// Whose turn it is to derive, and whether that archive has been erased meanwhile.
    class Deriving;

    Task<> catch_up(Owner owner, bool in_background);
    Task<> derive_from(Owner owner, Mark mark, std::vector<Entry> entries);
    Task<Mark> write_behind(Owner owner, Mark mark, std::span<const Entry> entries, std::span<const Contents> contents);
    Task<> retract(Owner owner, const Entry* retraction, const Contents* contents);
    Task<std::optional<Entry>> retracted(Owner owner, const Entry* retraction, const Contents* contents);
    Task<Conversation> followed(Conversation conversation, Jid account);
    Task<bool> put_in_place(Owner owner, OrderedId id, Record record);
    Task<LogPage<Record>> read_with(Owner owner, Stretch stretch, std::size_t limit, bool backwards);
    Task<LogPage<Record>> search(Owner owner, Stretch stretch, std::size_t limit, bool backwards);
    Task<> erase(Owner owner, Mark mark, std::vector<Entry> entries);
    void erase_derived(Batch& batch, Owner owner);

    Module& module_;
    Host& host_;
    const Setting<bool>& reply_reads_;
    Log<Record> log_;
    ByPeer by_peer_;
    Lots lots_;
    Store<Conversation> conversations_; ///< with people, by their addresses
    Store<Conversation> rooms_;         ///< with rooms
    Marks marks_;
    Turns turns_;
    std::unordered_map<OwnerId, bool> deriving_;
};

} // namespace epode::archive
