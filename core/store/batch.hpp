// SPDX-License-Identifier: MIT
// Batch and Owner as the server uses them: a storage batch that knows whose rows it touches, so that reads of that
// owner wait for it ("reads see what was accepted", DESIGN section 5), and what others must not learn before it is
// durable.
#pragma once

#include "core/base/ref.hpp"
#include "core/base/task.hpp"
#include "core/route/receipt.hpp"
#include "core/stanza.hpp"
#include "storage/batch.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace epode {

namespace storage {
class Engine;
}

class Account;
class Session;

/// Identifies an account, room or host in storage for ever; never used again after removal.
enum class OwnerId : std::uint64_t {};

/// Whose rows: an account or a bare id. Eight bytes, big-endian, start every key.
struct Owner {
    OwnerId id;

    Owner(OwnerId given) noexcept : id(given) {}
    Owner(const Account& account) noexcept;
    std::string prefix() const;
    bool operator==(const Owner&) const = default;
};

namespace store {
class Pending;

/// What becomes of a batch; `dropped` is one that nobody gave to the store.
enum class Fate : std::uint8_t { dropped, kept, failed };

/// A stanza that tells others of a change: for one session, or to be routed where that is null.
struct Announcement {
    std::shared_ptr<Session> session;
    Stanza stanza;
    Ref<Receipt> receipt;
};

/// One owner's rows in an open batch, as reads of that owner on its shard see it (core/store/pending.hpp).
class PendingEntry : public Counted<PendingEntry> {
public:
    static void destroy(PendingEntry* entry) noexcept;
    OwnerId owner() const noexcept { return owner_; }
    void ends(Fate fate) noexcept { fate_.store(fate, std::memory_order_relaxed); }
    /// Only on the owner's shard.
    void announce(Announcement announcement);

private:
    friend class Pending;
    PendingEntry(Pending& table, OwnerId owner, std::uint64_t number) noexcept
        : table_(table), owner_(owner), number_(number) {}
    ~PendingEntry() = default;
    Pending& table_;
    OwnerId owner_;
    std::uint64_t number_;
    std::atomic<Fate> fate_{Fate::dropped};
};
} // namespace store

/// Writes of one stanza or one request, made all or not at all. A stanza's (`passage.batch()`) travels with it from the
/// sender's half to the recipient's and is committed by core; one of your own is given to `host.commit`, once. Filled
/// by put, erase and append of Store, Resident and Log.
class Batch {
public:
    Batch() = default;
    Batch(Batch&&) noexcept = default;
    Batch& operator=(Batch&&) noexcept = default;

    /// For Store, Log and Resident: each call names the owner whose rows are touched (on the current shard). Null where
    /// that is an account that is being removed: it is as if its rows were erased after this batch.
    storage::Batch* writes_for(Owner owner);
    /// For what others learn of this change: sends or routes the stanza once the batch is durable, never if it is not
    /// kept. In the order of these calls for one owner, whatever the order of commits. On the owner's (the session's)
    /// shard.
    void then_send(Session& session, Stanza stanza);
    void then_route(Owner owner, Stanza stanza, Ref<Receipt> receipt = {});
    /// Neither writes nor announcements.
    bool empty() const noexcept { return writes_.empty() && entries_.empty(); }
    std::size_t bytes() const noexcept { return writes_.bytes(); }
    /// Durable when it returns, and what was to be announced on this shard is on its way; throws storage::Failure when
    /// nothing of it was written. Only once.
    static Task<> commit(storage::Engine& engine, Batch batch);
    /// It will not be committed: what is in memory already is loaded again.
    void abandon() noexcept;

private:
    /// Null outside of a shard, where nobody reads meanwhile.
    store::PendingEntry* entry(Owner owner);
    void end(store::Fate fate) noexcept;

    storage::Batch writes_;
    std::vector<Ref<store::PendingEntry>> entries_;
    bool announces_ = false;
};

} // namespace epode
