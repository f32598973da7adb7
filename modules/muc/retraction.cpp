// SPDX-License-Identifier: MIT
// What is taken back leaves a tombstone in the room's archive, also where it is older than the history (XEP-0424,
// XEP-0425).
#include "modules/muc/muc.hpp"

namespace epode::muc {

/// Null where there is none.
Task<std::optional<Said>> Muc::in_archive(RoomPtr room, OrderedId id) {
    auto* archive = room->archive();
    if (!archive) co_return std::nullopt;
    const OwnerId owner = room->archive_owner();
    const auto found = co_await archive->find(owner, id);
    if (!found) co_return std::nullopt;
    co_return Said(id, found->stanza);
}

/// Nobody finds any longer what it said. Where it is not in the archive, nothing happens.
Task<> Muc::bury(RoomPtr room, OrderedId id, Stanza tombstone) {
    auto* archive = room->archive();
    if (!archive) co_return;
    const OwnerId owner = room->archive_owner();
    ArchiveService::Message left{tombstone.from(), Jid(), tombstone};
    co_await archive->replace(owner, id, std::move(left));
}

Task<Reply> Muc::moderate(Iq iq, xep::Moderate query) {
    const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
    if (!room) co_return nowhere();
    std::optional<Said> said;
    if (const Said* last = room->remembered(query.id))
        said = *last;
    else if (const auto id = OrderedId::parse(query.id))
        said = co_await in_archive(room, *id);
    auto outcome = room->moderate(iq.from(), query, said);
    auto reply = co_await finish(room, std::move(outcome));
    co_return reply;
}

Task<> Muc::retract(RoomPtr room, Room::Retraction what) {
    try {
        const auto said = co_await in_archive(room, what.id);
        if (!said) co_return;
        const auto left = room->left_of(said->message, what);
        if (left) co_await bury(room, what.id, *left);
    } catch (const std::exception& thrown) {
        log.error("a message could not be taken back", {{"room", room->jid().text()}, {"error", thrown.what()}});
        if (what.receipt) what.receipt->fail();
    }
}

} // namespace epode::muc
