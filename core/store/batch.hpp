// SPDX-License-Identifier: MIT
// Batch and Owner as the server uses them: a storage batch that knows whose rows it touches, so that reads of that owner
// wait for it ("reads see what was accepted", DESIGN section 5).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/ref.hpp"
#include "storage/batch.hpp"

namespace epode {

class Account;

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
/// One owner's rows in an open batch, as reads of that owner on its shard see it (core/store/pending.hpp).
class PendingEntry : public Counted<PendingEntry> {
public:
    static void destroy(PendingEntry* entry) noexcept;

private:
    friend class Pending;
    PendingEntry(Owner whose, class Pending& home) noexcept : owner(whose), table(home) {}
    ~PendingEntry() = default;
    Owner owner;
    class Pending& table;
    bool failed = false;
};
} // namespace store

/// Writes of one stanza or one request. Travels with the stanza from the sender's half to the recipient's; committed once.
class Batch {
public:
    Batch() = default;
    Batch(Batch&&) noexcept;
    Batch& operator=(Batch&&) noexcept;
    ~Batch(); ///< never committed: its entries end as failed

    /// Raw access for Store, Log and Resident; each call names the owner whose rows are touched (on the current shard).
    storage::Batch& writes_for(Owner owner);
    bool empty() const noexcept { return writes_.empty(); }
    std::size_t bytes() const noexcept { return writes_.bytes(); }

private:
    friend class Committer;
    storage::Batch writes_;
    std::vector<Ref<store::PendingEntry>> entries_;
};

} // namespace epode
