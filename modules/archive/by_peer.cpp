// SPDX-License-Identifier: MIT
#include "modules/archive/by_peer.hpp"

#include "core/base/digest.hpp"

#include <utility>

namespace epode::archive {

namespace {

constexpr std::size_t hash_size = 16; ///< of a peer; the whole address is compared with the message's

std::string key_of(const Jid& peer, const OrderedId& id) { return archive::key_of(peer).append(id.bytes()); }

} // namespace

std::string key_of(const Jid& peer) { return sha256(peer.bare().text()).substr(0, hash_size); }

bool matches(const Jid& with, const Jid& peer) {
    if (!with) return true;
    return with.is_full() ? with == peer : with == peer.bare();
}

void ByPeer::add(Batch& batch, Owner owner, std::string peer, const OrderedId& id) {
    write(batch, owner, peer.append(id.bytes()), std::string());
}

void ByPeer::erase(Batch& batch, Owner owner, const Jid& peer, const OrderedId& id) {
    remove(batch, owner, key_of(peer, id));
}

Task<std::vector<OrderedId>> ByPeer::read(Owner owner, Stretch stretch, std::size_t limit, bool backwards) {
    const auto prefix = archive::key_of(stretch.with);
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

} // namespace epode::archive
