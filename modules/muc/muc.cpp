// SPDX-License-Identifier: MIT
// XEP-0045: group rooms at conference.HOST. The rooms are room.hpp; what brings stanzas and queries to them is muc.hpp.
#include "modules/muc/muc.hpp"

#include "xep/xep0059_rsm.hpp"

namespace epode::muc {

Muc::Muc(Host& on) : Module(on) {
    feature(Scope::service, xep::muc::join_ns);
    feature(Scope::service, xep::muc::stable_id);
    feature(Scope::service, xep::muc::occupant_id_ns);
    feature(Scope::service, xep::VCard::ns);
    feature(Scope::service, xep::muc::copies_feature);
    feature(Scope::service, xep::rsm::ns);
    feature(Scope::service, xep::channels::ns);
    on_get(&Muc::rooms_items, Scope::service);
    on_get(&Muc::search, Scope::service);
    on_get(&Muc::room_info, Scope::room);
    on_get(&Muc::room_items, Scope::room);
    on_get(&Muc::pong, Scope::room);
    on_get(&Muc::list, Scope::room);
    on_set(&Muc::change, Scope::room);
    on_get(&Muc::form, Scope::room);
    on_set(&Muc::configure, Scope::room);
    on_get(&Muc::registration, Scope::room);
    on_set(&Muc::enroll, Scope::room);
    on_get(&Muc::vcard, Scope::room);
    on_set(&Muc::set_vcard, Scope::room);
    on_set(&Muc::moderate, Scope::room);
    on_set(&Muc::command_hats, Scope::room);
    on_set(&Muc::issue_token, Scope::room);
    on_get(&Muc::list_tokens, Scope::room);
    on_set(&Muc::revoke_token, Scope::room);
    on_get(&Muc::archive_form, Scope::room);
    on_set(&Muc::archive, Scope::room);
    on_get(&Muc::archive_metadata, Scope::room);
    command("rooms-list", "List all rooms", epode::Role::operator_, &Muc::list_rooms);
    command("rooms-destroy", "Destroy a room", epode::Role::admin, &Muc::destroy_room,
            {{"room", "Room", Param::Type::jid}, {"reason", "Reason", Param::Type::text, false}});
    this->on(&Muc::stopping);
    this->on(&Muc::deleted);
    this->on(&Muc::said);
    after(0s, &Muc::read_index);
    every(1min, &Muc::sweep);
    every(1min, &Muc::find_ghosts);
    every(1h, &Muc::expire);
    rooms_.on_end = [this](const Room& room) {
        if (room.has_archive()) this->start(erase_archive(room.jid(), room.archive_owner()));
    };
}

std::string Muc::save() {
    std::map<std::string, std::string> all;
    for (const auto& [jid, room] : rooms_.rooms()) all.emplace(std::string(jid.text()), room->save());
    return encode_value(all);
}

void Muc::leaving() { say_goodbye(); }

void Muc::restore(std::string bytes) {
    const auto all = decode_value<std::map<std::string, std::string>>(bytes);
    if (!all) return;
    for (const auto& [jid, state] : *all)
        if (auto room = Room::restored(host, records_, state, limits())) rooms_.add(std::move(room));
}

Limits Muc::limits() const {
    Limits limits;
    limits.occupants = *max_occupants_;
    limits.history = *history_;
    limits.affiliations = *max_affiliations_;
    limits.quiet = *silent_above_;
    return limits;
}

RoomPtr Muc::find(const Jid& address) {
    auto room = rooms_.find(address.bare());
    if (room) room->set_limits(limits());
    return room;
}

} // namespace epode::muc

EPODE_MODULE(epode::muc::Muc, .summary = "group rooms",
             .xeps = {{45, "1.35.5"},
                      {153, "1.1.1", epode::partial, "the picture of a room"},
                      {317, "0.3.1"},
                      {410, "1.1.0"},
                      {421, "1.0.1"},
                      {424, "0.4.2", epode::partial, "rooms"},
                      {425, "0.3.0"},
                      {433, "0.1.0"},
                      {452, "0.2.2"},
                      {463, "0.2.0"},
                      {486, "0.1.0"},
                      {488, "0.1.0"},
                      {500, "0.1.1"},
                      {502, "0.1.0"}},
             .depends = {"disco", "presence"})
