// SPDX-License-Identifier: MIT
// What arrives for a room, brought to it: at once where it is in memory, in order once it has been read from disk.
#include "modules/muc/muc.hpp"

namespace epode::muc {

Verdict Muc::hear(Arrival& arrival) {
    const Jid room = arrival.stanza.to().bare();
    if (room.local().empty()) return Verdict::pass();
    const auto reading = reading_.find(room);
    if (reading == reading_.end() && !rooms_.must_read(room)) return give(arrival);
    const bool begins = reading == reading_.end();
    auto& waiting = begins ? reading_[room] : reading->second;
    waiting.arrivals.push_back(std::move(arrival));
    if (begins) start(read(room));
    return Verdict::take();
}

Verdict Muc::give(Arrival& arrival) {
    const Stanza& stanza = arrival.stanza;
    auto verdict = Verdict::pass();
    if (const RoomPtr room = find(stanza.to())) {
        verdict = stanza.is_presence()  ? room->presence(stanza)
                  : stanza.is_message() ? room->message(arrival)
                                        : room->query(stanza);
        rooms_.look_after(*room);
    } else {
        verdict = hear_nowhere(stanza);
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

/// Reads a room, then gives it what has come for it meanwhile, in order.
Task<> Muc::read(Jid bare) {
    std::exception_ptr failure;
    try {
        co_await rooms_.open(bare, limits());
    } catch (const std::exception& thrown) {
        failure = std::current_exception();
        log.error("a room could not be read", {{"room", bare.text()}, {"error", thrown.what()}});
    }
    auto node = reading_.extract(bare);
    for (Arrival& arrival : node.mapped().arrivals) give_late(arrival, bool(failure));
    for (auto* query : node.mapped().queries) {
        if (failure)
            query->fail(failure);
        else
            query->set(true);
    }
}
void Muc::give_late(Arrival& arrival, bool failed) {
    auto verdict = Verdict::refuse(StanzaError(Condition::internal_server_error, ErrorType::wait));
    if (!failed) verdict = give(arrival);
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
        reading->second.queries.push_back(&ready);
        co_await ready;
    } else if (rooms_.must_read(bare)) {
        co_await rooms_.open(bare, limits());
    }
    auto room = find(bare);
    // Section 10.1.1: a room that waits for its owner does not exist for others.
    if (room && room->locked() && room->affiliation(asker) != Affiliation::owner) co_return nullptr;
    co_return room;
}

Verdict Muc::hear_nowhere(const Stanza& stanza) {
    if (stanza.is_error() || stanza.type() == "result") return Verdict::drop();
    if (!stanza.is_presence()) return Verdict::refuse(StanzaError(Condition::item_not_found, "no such room"));
    if (!stanza.type().empty()) return Verdict::drop();
    const bool enters = bool(stanza.root().child(xep::muc::Join::name, xep::muc::Join::ns));
    auto room = std::make_shared<Room>(host, records_, stanza.to().bare(), limits());
    // It says what is wrong with an address, and to who believes to be here that it is not.
    if (!enters || !Room::is_nick(stanza.to().resource())) return room->presence(stanza);
    if (!may_create(stanza.from()))
        return Verdict::refuse(StanzaError(Condition::not_allowed, "no such room, and you may not make one"));
    if (rooms_.size() >= *max_rooms_)
        return Verdict::refuse(StanzaError(Condition::resource_constraint, "there are too many rooms"));
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
