// SPDX-License-Identifier: MIT
// Which rooms there are, what a room says of itself, and what was said in it (XEP-0045 chapter 6, XEP-0313).
#include "modules/muc/disco.hpp"
#include "modules/muc/muc.hpp"
#include "modules/muc/rooms_page.hpp"

namespace epode::muc {

namespace {
constexpr std::string_view traffic_node = "http://jabber.org/protocol/muc#traffic";
constexpr std::string_view nick_node = "x-roomuser-item";
} // namespace

/// In pages where they are asked for (section 6.3).
Task<Reply> Muc::rooms_items(Iq iq, xep::disco::ItemsRequest asked) {
    if (!asked.node.empty()) co_return error(Condition::item_not_found);
    const auto wanted = xep::rsm::Request::inside(iq.payload());
    if (!wanted) co_return error(Condition::bad_request, wanted.error().text);
    auto found = std::make_shared<std::map<Jid, std::string>>();
    co_await everywhere(&Muc::add_listed, found);
    co_return page_of(*found, *wanted);
}
void Muc::add_listed(Found into) {
    const auto add = [&](const Jid& jid, const Configuration& config) {
        if (config.listed) into->emplace(jid, item(jid, config).name);
    };
    for (const auto& [jid, room] : rooms_.rooms())
        if (!room->locked()) add(jid, room->configuration());
    for (const auto& [jid, stored] : rooms_.stored()) add(jid, stored.config);
}

Task<Reply> Muc::room_info(Iq iq, xep::disco::InfoRequest asked) {
    const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
    if (!room) co_return nowhere();
    if (asked.node.empty()) co_return result(describe(*room, iq.from()));
    // Section 17.1.1: nothing is taken out of what people send.
    if (asked.node == traffic_node) co_return error(Condition::service_unavailable);
    if (hat_command(asked.node)) co_return result(hat_command_info(asked.node));
    if (asked.node != nick_node) co_return error(Condition::item_not_found);
    auto info = reserved_nick(*room, iq.from());
    info.node = asked.node;
    co_return result(info);
}
Task<Reply> Muc::room_items(Iq iq, xep::disco::ItemsRequest asked) {
    const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
    if (!room) co_return nowhere();
    if (asked.node == xep::commands::ns) co_return result(hat_commands(*room, iq.from()));
    if (!asked.node.empty()) co_return error(Condition::item_not_found);
    co_return result(occupants(*room, iq.from()));
}
Task<Reply> Muc::pong(Iq iq, xep::Ping) {
    const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
    co_return room ? result() : nowhere();
}

/// The room, if it has an archive and the asker may read it; else what to answer.
Task<Result<RoomPtr, StanzaError>> Muc::archive_of(Jid address, Jid asker) {
    const RoomPtr room = co_await room_for(address, asker);
    if (!room) co_return std::unexpected(StanzaError(Condition::item_not_found, "no such room"));
    if (!room->archive())
        co_return std::unexpected(StanzaError(Condition::service_unavailable, "this room has no archive"));
    if (!room->may_read(asker))
        co_return std::unexpected(StanzaError(Condition::forbidden, "who may not enter may not read"));
    co_return room;
}
Task<Reply> Muc::archive_form(Iq iq, xep::mam::Query) {
    auto room = co_await archive_of(iq.stanza().to(), iq.from());
    if (!room) co_return error(std::move(room.error()));
    co_return result(xep::mam::QueryForm());
}
Task<Reply> Muc::archive(Iq iq, xep::mam::Query query) {
    auto room = co_await archive_of(iq.stanza().to(), iq.from());
    if (!room) co_return error(std::move(room.error()));
    const bool sees = (*room)->sees_addresses(iq.from());
    ArchiveService::Show show = [room = *room, sees](const ArchiveService::Message& message) {
        return room->recalled(message, sees);
    };
    const OwnerId owner = (*room)->archive_owner();
    auto reply = co_await (*room)->archive()->answer(std::move(iq), owner, std::move(query), std::move(show));
    co_return reply;
}
Task<Reply> Muc::archive_metadata(Iq iq, xep::mam::Metadata) {
    auto room = co_await archive_of(iq.stanza().to(), iq.from());
    if (!room) co_return error(std::move(room.error()));
    const OwnerId owner = (*room)->archive_owner();
    auto reply = co_await (*room)->archive()->metadata(std::move(iq), owner);
    co_return reply;
}

} // namespace epode::muc
