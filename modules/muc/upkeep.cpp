// SPDX-License-Identifier: MIT
// What happens by itself: rooms leave memory, archives grow old, accounts are removed, the server stops.
#include "modules/muc/muc.hpp"

namespace epode::muc {

Task<> Muc::read_index() {
    co_await rooms_.index();
    // What temporary rooms have left that ended with the server.
    const auto noted = co_await records_.noted_archives();
    for (const auto& left : noted)
        if (host.home_of(left.room) && !rooms_.find(left.room)) co_await erase_archive(left.room, left.owner);
}
Task<> Muc::erase_archive(Jid room, OwnerId owner) {
    Batch batch;
    records_.erase_archive(batch, room, owner);
    co_await host.commit(std::move(batch));
}
void Muc::sweep() { rooms_.sweep(*idle_); }
Task<> Muc::expire() {
    co_await rooms_.index();
    const auto owners = rooms_.archives();
    for (const OwnerId owner : owners) {
        auto* archive = records_.archive();
        if (!archive || gate().closing()) co_return;
        co_await archive->expire(owner);
    }
}

void Muc::stopping(const ServerStopping&) { say_goodbye(); }
void Muc::say_goodbye() {
    for (const auto& [jid, room] : rooms_.rooms()) room->close(Change({xep::muc::status::shutdown}));
    rooms_.clear();
}
void Muc::deleted(const UserDeleted& event) { start(everywhere(&Muc::forget, event.account)); }
/// Another account of that name is another one. Accounts are removed rarely: every room is asked.
void Muc::forget(Jid account) { start(forget_here(std::move(account))); }
Task<> Muc::forget_here(Jid account) {
    co_await rooms_.index();
    const std::vector<Jid> all = rooms_.all();
    for (const Jid& jid : all) {
        RoomPtr room = rooms_.find(jid);
        if (!room && co_await records_.names(jid, account)) room = co_await rooms_.open(jid, limits());
        if (!room) continue;
        Reply reply = co_await finish(room, room->forget(account));
        if (reply.after()) reply.after()();
    }
}

} // namespace epode::muc
