// SPDX-License-Identifier: MIT
// What administrators do: rooms-list, rooms-destroy.
#include "modules/muc/muc.hpp"

namespace epode::muc {

Task<CommandResult> Muc::list_rooms(CommandCall) {
    auto rows = std::make_shared<std::map<Jid, std::vector<std::string>>>();
    co_await everywhere(&Muc::add_rows, rows);
    CommandResult listed;
    listed.columns = {"room", "name", "occupants", "persistent", "listed"};
    for (auto& [jid, row] : *rows) listed.rows.push_back(std::move(row));
    co_return listed;
}
void Muc::add_rows(Rows rows) {
    const auto add = [&](const Jid& jid, const Configuration& config, std::size_t occupants) {
        rows->try_emplace(jid,
                          std::vector<std::string>{std::string(jid.text()), config.name, std::to_string(occupants),
                                                   config.persistent ? "yes" : "no", config.listed ? "yes" : "no"});
    };
    for (const auto& [jid, room] : rooms_.rooms()) add(jid, room->configuration(), room->size());
    for (const auto& [jid, stored] : rooms_.stored()) add(jid, stored.config, 0);
}

Task<CommandResult> Muc::destroy_room(CommandCall call) {
    const auto jid = Jid::parse(call.argument("room"));
    if (!jid) co_return CommandResult::failure("that is no address");
    const Jid room = jid->bare();
    auto found = std::make_shared<bool>(false);
    co_await everywhere(&Muc::destroy_here, room, std::string(call.argument("reason")), found);
    if (!*found) co_return CommandResult::failure("there is no such room");
    co_return CommandResult("destroyed");
}
void Muc::destroy_here(Jid jid, std::string reason, std::shared_ptr<bool> found) {
    if (!rooms_.find(jid) && !rooms_.stored().contains(jid)) return;
    *found = true;
    start(destroy_by_command(std::move(jid), std::move(reason)));
}
Task<> Muc::destroy_by_command(Jid jid, std::string reason) {
    const RoomPtr room = co_await rooms_.open(jid, limits());
    if (!room) co_return;
    xep::muc::Destroy how;
    how.reason = std::move(reason);
    co_await destroy(room, std::move(how));
}

} // namespace epode::muc
