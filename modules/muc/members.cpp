// SPDX-License-Identifier: MIT
// Members hear what their room says, whether or not they are in it: their homes are told (RoomSaid), one letter for
// each shard, and what follows (unread counts, a copy for later) is for others to do. The message itself goes only to
// members who asked for it when they registered, while none of their clients is in the room.
#include "modules/muc/muc.hpp"

#include <algorithm>
#include <optional>

namespace epode::muc {

/// Who of them is in the room is part of it; so it is made anew after a member has come or gone.
void Room::tell_members(const Said& said, const Jid& author, const Ref<Receipt>& receipt) {
    if (!audience_) {
        std::vector<RoomMember> members;
        for (const auto& [jid, affiliate] : affiliates_.all())
            if (affiliate.what >= Affiliation::member) members.emplace_back(jid, false, affiliate.copies);
        for (const auto& [nick, occupant] : occupants_) {
            const auto found = std::ranges::lower_bound(members, occupant.bare, std::less<>(), &RoomMember::account);
            if (found != members.end() && found->account == occupant.bare) found->joined = true;
        }
        audience_ = host_.audience(std::move(members));
    }
    if (audience_->empty()) return;
    const auto kept = archive() ? std::optional(archive_) : std::nullopt;
    RoomMessage message(said.message, said.id, author, receipt, kept);
    message.open = !config_.members_only && !config_.password_protected;
    host_.tell(audience_, std::move(message));
}

void Room::came_or_went(const Jid& bare) {
    if (affiliates_.find(bare)) audience_ = {};
}

void Muc::said(const RoomSaid& event) {
    for (const RoomMember& member : event.members) {
        if (!member.copies || member.joined) continue;
        const auto account = host.active(member.account);
        if (!account) continue;
        for (const auto& session : account->sessions())
            if (session->available() && session->priority() >= 0) host.route(event.message.stanza.to(session->jid()));
    }
}

} // namespace epode::muc
