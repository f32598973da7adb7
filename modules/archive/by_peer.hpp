// SPDX-License-Identifier: MIT
// ByPeer: the ids of an archive's messages by the other side: rows without content.
#pragma once

#include "core/module.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace epode::archive {

/// A stretch of an archive: exclusive ends, and whose.
struct Stretch {
    std::optional<OrderedId> after, before;
    Jid with;                         ///< null: anybody; a bare JID: any of its resources
    std::vector<std::uint32_t> words; ///< what a message must say (Contents); none: anything

    Stretch() = default;
    bool operator==(const Stretch&) const = default;
};

/// Whether a message with that other side is one of those with `with` (XEP-0313 4.1.1).
bool matches(const Jid& with, const Jid& peer);

/// The peer in keys, without its resource: 16 bytes of a hash.
std::string key_of(const Jid& peer);

class ByPeer : public StoreBase {
public:
    using StoreBase::StoreBase;

    /// `peer` as `key_of` says it.
    void add(Batch& batch, Owner owner, std::string peer, const OrderedId& id);
    void erase(Batch& batch, Owner owner, const Jid& peer, const OrderedId& id);
    void erase_all(Batch& batch, Owner owner) { remove_all(batch, owner, {}); }
    /// Those of `stretch.with`, whatever its resource, in order or backwards, from the stretch's end on that side.
    Task<std::vector<OrderedId>> read(Owner owner, Stretch stretch, std::size_t limit, bool backwards);
};

} // namespace epode::archive
