// SPDX-License-Identifier: MIT
#include "modules/muc/lodging.hpp"

namespace epode::muc {

RoomPtr Lodging::find(const Jid& bare) {
    const auto found = rooms_.find(bare);
    if (found == rooms_.end()) return nullptr;
    if (found->second->configuration().persistent) used_.insert_or_assign(bare, host_.now());
    return found->second;
}

void Lodging::add(RoomPtr room) {
    const Jid jid = room->jid();
    if (room->configuration().persistent) used_.insert_or_assign(jid, host_.now());
    rooms_.insert_or_assign(jid, std::move(room));
}

Task<> Lodging::index() {
    if (indexed_) co_return;
    auto all = co_await records_.all();
    if (indexed_) co_return; // somebody else was faster
    for (Record& record : all)
        if (host_.home_of(record.jid))
            stored_.try_emplace(record.jid, Stored{std::move(record.config), record.archive, std::move(record.maker)});
    indexed_ = true;
}

Task<RoomPtr> Lodging::open(Jid bare, Limits limits) {
    if (auto room = find(bare)) co_return room;
    if (!indexed_) co_await index();
    if (!stored_.contains(bare)) co_return find(bare);
    auto kept = co_await records_.read(bare);
    if (auto room = find(bare)) co_return room; // read twice at once
    if (!kept || !stored_.contains(bare)) co_return nullptr;
    auto room = std::make_shared<Room>(host_, records_, std::move(*kept), limits);
    add(room);
    co_return find(bare);
}

std::vector<Jid> Lodging::all() const {
    std::vector<Jid> jids;
    for (const auto& [jid, room] : rooms_) jids.push_back(jid);
    for (const auto& [jid, stored] : stored_)
        if (!rooms_.contains(jid)) jids.push_back(jid);
    return jids;
}

std::vector<OwnerId> Lodging::archives() const {
    std::vector<OwnerId> owners;
    for (const auto& [jid, stored] : stored_) owners.push_back(stored.archive);
    for (const auto& [jid, room] : rooms_)
        if (!stored_.contains(jid)) owners.push_back(room->archive_owner());
    return owners;
}

void Lodging::look_after(const Room& room) {
    if (!room.ended() && (!room.empty() || room.configuration().persistent)) return;
    const Jid jid = room.jid();
    const auto found = rooms_.find(jid);
    if (found == rooms_.end() || found->second.get() != &room) return;
    stored_.erase(jid);
    used_.erase(jid);
    const RoomPtr ended = found->second;
    rooms_.erase(found);
    if (on_end) on_end(*ended);
}

void Lodging::note(const Room& room) {
    // Meanwhile it may have ended, and another one of its name may be there.
    const auto found = rooms_.find(room.jid());
    if (found == rooms_.end() || found->second.get() != &room) return;
    if (room.configuration().persistent && !room.ended()) {
        stored_.insert_or_assign(room.jid(), Stored{room.configuration(), room.archive_owner(), room.maker()});
        used_.insert_or_assign(room.jid(), host_.now());
    } else {
        stored_.erase(room.jid());
    }
    look_after(room);
}

void Lodging::sweep(Duration idle) {
    const Instant now = host_.now();
    std::erase_if(used_, [&](const auto& entry) {
        const auto found = rooms_.find(entry.first);
        if (found == rooms_.end()) return true;
        // What somebody holds is being changed.
        if (!found->second->empty() || found->second.use_count() > 1 || now - entry.second < idle) return false;
        rooms_.erase(found);
        return true;
    });
}

} // namespace epode::muc
