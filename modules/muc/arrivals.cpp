// SPDX-License-Identifier: MIT
// What arrives for a room, brought to it: at once where it is in memory, in order once it has been read from disk.
#include "modules/muc/muc.hpp"

namespace epode::muc {

Verdict Muc::hear(Arrival& arrival) {
    const Jid room = arrival.stanza.to().bare();
    if (room.local().empty()) return Verdict::pass();
    if (!reading_.contains(room) && !rooms_.must_read(room) && !would_make(arrival.stanza))
        return give(arrival, nullptr);
    return wait(arrival);
}

/// Until the room has been read, or others have been counted.
Verdict Muc::wait(Arrival& arrival) {
    const Jid room = arrival.stanza.to().bare();
    const bool begins = !reading_.contains(room);
    reading_[room].emplace_back(std::move(arrival));
    if (begins) start(read(room));
    return Verdict::take();
}

Verdict Muc::give(Arrival& arrival, const Census* census) {
    const Stanza& stanza = arrival.stanza;
    auto verdict = Verdict::pass();
    if (const RoomPtr room = find(stanza.to())) {
        verdict = stanza.is_presence()  ? room->presence(arrival)
                  : stanza.is_message() ? room->message(arrival)
                                        : room->query(stanza);
        for (Room::Retraction& old : room->take_retractions()) start(retract(room, std::move(old)));
        rooms_.look_after(*room);
    } else {
        verdict = hear_nowhere(arrival, census);
    }
    if (!stanza.is_presence() || verdict.kind() != Verdict::Kind::refuse) return verdict;
    refuse(stanza, *verdict.error());
    return Verdict::take();
}

/// As the examples of section 7.2 have it: the room says so, and what was wanted was to enter.
void Muc::refuse(const Stanza& presence, StanzaError why) {
    why.by = presence.to().bare();
    xml::Builder builder;
    builder.open("presence").copy_attrs(presence.root(), {"type"}).attr("type", "error");
    builder.open(xep::muc::Join::name, xep::muc::Join::ns).close();
    why.write(builder);
    host.route(Stanza(builder.close().finish(), presence.to(), presence.from()));
}

/// Reads a room, or counts others where there is none and somebody is about to make it; then gives it what has come for
/// it meanwhile, in order.
Task<> Muc::read(Jid bare) {
    std::exception_ptr failure;
    std::shared_ptr<Census> census;
    try {
        co_await rooms_.open(bare, limits());
        for (const auto& each : reading_[bare]) {
            const auto* arrival = std::get_if<Arrival>(&each);
            if (census || !arrival || !would_make(arrival->stanza)) continue;
            census = std::make_shared<Census>();
            census->maker = arrival->stanza.from().bare();
        }
        if (census) co_await count_for(census);
    } catch (const std::exception& thrown) {
        failure = std::current_exception();
        log.error("a room could not be read", {{"room", bare.text()}, {"error", thrown.what()}});
    }
    auto node = reading_.extract(bare);
    for (auto& each : node.mapped()) {
        if (auto* arrival = std::get_if<Arrival>(&each)) {
            give_late(*arrival, bool(failure), census.get());
            continue;
        }
        auto* query = std::get<Promise<bool>*>(each);
        if (failure)
            query->fail(failure);
        else if (const auto again = reading_.find(bare); again != reading_.end())
            again->second.emplace_back(query); // behind what waits once more
        else
            query->set(true);
    }
}
void Muc::give_late(Arrival& arrival, bool failed, const Census* census) {
    auto verdict = Verdict::refuse(StanzaError(Condition::internal_server_error, ErrorType::wait));
    // The one for whom the others were counted did not make it, or came after somebody else: once more.
    const bool uncounted = would_make(arrival.stanza) && (!census || census->maker != arrival.stanza.from().bare());
    if (!failed)
        verdict = uncounted || reading_.contains(arrival.stanza.to().bare()) ? wait(arrival) : give(arrival, census);
    if (verdict.kind() == Verdict::Kind::refuse)
        if (auto reply = error_reply(arrival.stanza, *verdict.error())) host.route(std::move(reply), arrival);
    if (!arrival.batch().empty()) start(keep(std::move(arrival)));
}
Task<> Muc::keep(Arrival arrival) {
    Batch batch = std::move(arrival.batch());
    try {
        co_await host.commit(std::move(batch));
    } catch (const std::exception& thrown) {
        log.error("what a stanza caused could not be kept", {{"error", thrown.what()}});
        if (arrival.receipt()) arrival.receipt()->fail();
    }
}

/// The room that a query is for; null where there is none, or none for who asks.
Task<RoomPtr> Muc::room_for(Jid address, Jid asker) {
    const Jid bare = address.bare();
    if (const auto reading = reading_.find(bare); reading != reading_.end()) {
        Promise<bool> ready;
        reading->second.emplace_back(&ready);
        co_await ready;
    } else if (rooms_.must_read(bare)) {
        co_await rooms_.open(bare, limits());
    }
    auto room = find(bare);
    // Section 10.1.1: a room that waits for its owner does not exist for others.
    if (room && room->locked() && room->affiliation(asker) != Affiliation::owner) co_return nullptr;
    co_return room;
}

/// What only an occupant says is answered as by a room that he is not in: of this a client makes that it has to enter
/// (XEP-0410; of item-not-found it makes that it is in the room, still).
StanzaError Muc::not_here(const Stanza& stanza) {
    const auto payload = stanza.root().first();
    const bool discovers = payload.ns() == xep::disco::info_ns || payload.ns() == xep::disco::items_ns;
    if (stanza.type() == "groupchat" || (stanza.to().is_full() && !(stanza.is_iq() && discovers)))
        return StanzaError(Condition::not_acceptable, "you are not in the room: there is none of that name");
    return StanzaError(Condition::item_not_found, "no such room");
}

/// Whether a room comes into being when this is given.
bool Muc::would_make(const Stanza& stanza) const {
    return stanza.is_presence() && stanza.type().empty() && Room::is_nick(stanza.to().resource()) &&
           stanza.root().child(xep::muc::Join::name, xep::muc::Join::ns) &&
           !rooms_.rooms().contains(stanza.to().bare()) && may_create(stanza.from());
}

/// Rooms that are made at this very moment are not counted.
Task<> Muc::count_for(std::shared_ptr<Census> census) { co_await everywhere(&Muc::count_here, census); }
void Muc::count_here(std::shared_ptr<Census> census) {
    const auto count = [&](const Jid& maker) {
        ++census->rooms;
        if (maker == census->maker) ++census->of_maker;
    };
    for (const auto& [jid, room] : rooms_.rooms()) count(room->maker());
    for (const auto& [jid, stored] : rooms_.stored())
        if (!rooms_.rooms().contains(jid)) count(stored.maker);
}

Verdict Muc::hear_nowhere(Arrival& arrival, const Census* census) {
    const Stanza& stanza = arrival.stanza;
    if (stanza.is_error() || stanza.type() == "result") return Verdict::drop();
    if (!stanza.is_presence()) return Verdict::refuse(not_here(stanza));
    if (!stanza.type().empty()) return Verdict::drop();
    const bool enters = bool(stanza.root().child(xep::muc::Join::name, xep::muc::Join::ns));
    auto room = std::make_shared<Room>(host, records_, stanza.to().bare(), limits());
    // It says what is wrong with an address, and to who believes to be here that it is not.
    if (!enters || !Room::is_nick(stanza.to().resource())) return room->presence(arrival);
    if (!may_create(stanza.from()))
        return Verdict::refuse(StanzaError(Condition::not_allowed, "no such room, and you may not make one"));
    if (!census || census->rooms >= *max_rooms_)
        return Verdict::refuse(StanzaError(Condition::resource_constraint, "there are too many rooms"));
    if (census->of_maker >= *max_rooms_per_user_ && host.role_of(stanza.from().bare()) != epode::Role::admin)
        return Verdict::refuse(StanzaError(Condition::resource_constraint, "you have made too many rooms"));
    room->found(stanza, *lock_);
    rooms_.add(std::move(room));
    ++created_;
    return Verdict::take();
}

bool Muc::may_create(const Jid& who) const {
    if (host.role_of(who.bare()) == epode::Role::admin) return true;
    if (*create_ == Creators::everybody) return true;
    return *create_ == Creators::accounts && host.serves(who);
}

} // namespace epode::muc
