// SPDX-License-Identifier: MIT
// Book: the archives of a host on one shard: a log per owner, and behind it an index by the other side. The index is
// derived: it is written in lots, up to a mark, so that a message costs one row at the end of one table; before a
// question by peer what lies behind the mark is caught up on: from memory where all of it is there (Tail), else from
// the log. A kill loses nothing of it, for the mark stands where the index ends.
#pragma once

#include "core/module.hpp"
#include "modules/archive/record.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace epode::archive {

using Entry = LogEntry<Record>;

/// A stretch of an archive: exclusive ends, and whose.
struct Stretch {
    std::optional<OrderedId> after, before;
    Jid with; ///< null: anybody; a bare JID: any of its resources

    bool operator==(const Stretch&) const = default;
};

/// Whether a message with that other side is one of those with `with` (XEP-0313 4.1.1).
bool matches(const Jid& with, const Jid& peer);

class Book {
public:
    Book(Module& module, Host& host)
        : module_(module), host_(host), log_(module, "log"), index_(module, "by-peer"), marks_(module, "marks") {}

    /// Durable when `batch` is. True where it is time to index.
    bool keep(Batch& batch, Owner owner, const OrderedId& id, const Record& record);

    Task<std::optional<Record>> find(Owner owner, OrderedId id) { return log_.get(owner, id); }
    /// The first, or last, `limit` messages of the stretch, in the order of the log or backwards; the flag says whether
    /// there are more.
    Task<LogPage<Record>> read(Owner owner, Stretch stretch, std::size_t limit, bool backwards);
    /// How many messages there are, counted up to `limit`.
    Task<std::size_t> count(Owner owner, Stretch stretch, std::size_t limit);

    /// Writes the index for what lies behind the mark.
    Task<> index(Owner owner);
    /// Erases up to `limit` of the oldest messages before `end`; how many it were.
    Task<std::size_t> erase_before(Owner owner, OrderedId end, std::size_t limit);
    /// Erases all of it, durable when the batch is.
    void erase_all(Batch& batch, Owner owner);

private:
    /// Rows without content, by peer and then by time.
    class Index : public StoreBase {
    public:
        using StoreBase::StoreBase;
        void add(Batch& batch, Owner owner, const Jid& peer, const OrderedId& id);
        void erase(Batch& batch, Owner owner, const Jid& peer, const OrderedId& id);
        void erase_all(Batch& batch, Owner owner) { remove_all(batch, owner, {}); }
        /// Ids in order or backwards, from the stretch's end on that side.
        Task<std::vector<OrderedId>> read(Owner owner, Stretch stretch, std::size_t limit, bool backwards);
        void evict(const Account& account) override { tails.erase(account.owner()); }

        /// What is known of an owner's messages behind the mark.
        struct Tail {
            std::uint32_t count = 0;
            std::uint64_t recording = 0; ///< since then `rows` has all that came; 0: it has nothing
            bool whole = false;          ///< that is all there is
            OrderedId last;              ///< the newest of them, or the mark
            std::vector<std::pair<Jid, OrderedId>> rows;
        };
        std::unordered_map<OwnerId, Tail> tails;
        std::uint64_t recordings = 0;
    };

    Task<> index_from_log(Owner owner);
    Task<LogPage<Record>> read_with(Owner owner, Stretch stretch, std::size_t limit, bool backwards);

    Module& module_;
    Host& host_;
    Log<Record> log_;
    Index index_;
    Store<OrderedId> marks_;
};

} // namespace epode::archive
