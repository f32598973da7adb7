// SPDX-License-Identifier: MIT
// XEP-0045: group rooms at conference.HOST. This file brings what arrives to its room; the rooms are room.hpp.
#include "core/module.hpp"
#include "modules/muc/disco.hpp"
#include "modules/muc/room.hpp"
#include "xep/xep0199_ping.hpp"

#include <array>
#include <map>
#include <memory>
#include <unordered_map>

namespace epode {

namespace muc {

enum class Creators : std::uint8_t { everybody, accounts, admins };
constexpr auto setting_names(Creators) {
    using enum Creators;
    return std::to_array<Named<Creators>>({{"everybody", everybody}, {"accounts", accounts}, {"admins", admins}});
}

} // namespace muc

namespace {

namespace disco = xep::disco;
using muc::Room;

class Muc : public Module {
public:
    explicit Muc(Host& on) : Module(on) {
        feature(Scope::service, xep::muc::join_ns);
        feature(Scope::service, xep::muc::stable_id);
        feature(Scope::service, xep::muc::occupant_id_ns);
        on_get(&Muc::rooms_items, Scope::service);
        on_get(&Muc::room_info, Scope::room);
        on_get(&Muc::room_items, Scope::room);
        on_get(&Muc::pong, Scope::room);
        on_get(&Muc::list, Scope::room);
        on_set(&Muc::change, Scope::room);
        on_get(&Muc::form, Scope::room);
        on_set(&Muc::configure, Scope::room);
        this->on(&Muc::stopping);
        this->on(&Muc::deleted);
    }

    std::string save() override {
        std::map<std::string, std::string> all;
        for (const auto& [jid, room] : rooms_) {
            ByteWriter writer;
            room->fields(writer);
            all.emplace(std::string(jid.text()), writer.take());
        }
        return encode_value(all);
    }
    void restore(std::string bytes) override {
        const auto all = decode_value<std::map<std::string, std::string>>(bytes);
        if (!all) return;
        for (const auto& [text, state] : *all) {
            auto jid = Jid::parse(text);
            if (!jid) continue;
            auto room = std::make_unique<Room>(host, *jid, limits());
            ByteReader reader(state);
            room->fields(reader);
            if (reader.ok() && !room->empty()) rooms_.emplace(*jid, std::move(room));
        }
    }

private:
    using Found = std::shared_ptr<std::vector<disco::Item>>;

    muc::Limits limits() const {
        muc::Limits limits;
        limits.occupants = *max_occupants_;
        limits.history = *history_;
        limits.affiliations = *max_affiliations_;
        return limits;
    }

    /// Null where there is none.
    Room* find(const Jid& address) {
        const auto found = rooms_.find(address.bare());
        if (found == rooms_.end()) return nullptr;
        found->second->set_limits(limits());
        return found->second.get();
    }
    void let_go(const Room& room) {
        if (room.ended() || room.empty()) rooms_.erase(Jid(room.jid()));
    }

    // ---- What arrives -----------------------------------------------------------------------------------------------

    Verdict hear(Arrival& arrival) {
        const Stanza& stanza = arrival.stanza;
        if (stanza.to().local().empty()) return Verdict::pass();
        Room* room = find(stanza.to());
        if (!room) return hear_nowhere(stanza);
        auto verdict = stanza.is_presence()  ? room->presence(stanza)
                       : stanza.is_message() ? room->message(stanza)
                                             : room->query(stanza);
        let_go(*room);
        return verdict;
    }

    Verdict hear_nowhere(const Stanza& stanza) {
        if (stanza.is_error() || stanza.type() == "result") return Verdict::drop();
        if (!stanza.is_presence()) return Verdict::refuse(StanzaError(Condition::item_not_found, "no such room"));
        if (!stanza.type().empty()) return Verdict::drop();
        const bool enters = bool(stanza.root().child(xep::muc::Join::name, xep::muc::Join::ns));
        if (enters && stanza.to().is_bare())
            return Verdict::refuse(StanzaError(Condition::jid_malformed, "enter under a nick: room@service/nick"));
        if (enters) {
            if (!may_create(stanza.from()))
                return Verdict::refuse(StanzaError(Condition::not_allowed, "no such room, and you may not make one"));
            if (rooms_.size() >= *max_rooms_)
                return Verdict::refuse(StanzaError(Condition::resource_constraint, "there are too many rooms"));
        }
        auto room = std::make_unique<Room>(host, stanza.to().bare(), limits());
        if (!enters) return room->presence(stanza); // tells who believes to be here that it is not
        room->found(stanza, *lock_);
        rooms_.emplace(room->jid(), std::move(room));
        ++created_;
        return Verdict::take();
    }

    bool may_create(const Jid& who) const {
        if (host.role_of(who.bare()) == Role::admin) return true;
        if (*create_ == muc::Creators::everybody) return true;
        return *create_ == muc::Creators::accounts && host.serves(who);
    }

    // ---- Queries ----------------------------------------------------------------------------------------------------

    static Reply nowhere() { return error(Condition::item_not_found, "no such room"); }

    Task<Reply> rooms_items(Iq, disco::ItemsRequest asked) {
        if (!asked.node.empty()) co_return error(Condition::item_not_found);
        auto found = std::make_shared<std::vector<disco::Item>>();
        co_await everywhere(&Muc::add_listed, found);
        disco::Items items;
        items.items = std::move(*found);
        co_return result(items);
    }
    void add_listed(Found into) {
        for (const auto& [jid, room] : rooms_)
            if (room->configuration().listed && !room->locked()) into->push_back(muc::item(*room));
    }

    Reply room_info(Iq iq, disco::InfoRequest asked) {
        const Room* room = find(iq.stanza().to());
        if (!room) return nowhere();
        if (asked.node.empty()) return result(muc::describe(*room));
        if (asked.node != "x-roomuser-item") return error(Condition::item_not_found);
        disco::Info nobody; // section 7.12: no nick is reserved for who asks
        nobody.node = asked.node;
        return result(nobody);
    }
    Reply room_items(Iq iq, disco::ItemsRequest asked) {
        const Room* room = find(iq.stanza().to());
        if (!room) return nowhere();
        if (!asked.node.empty()) return error(Condition::item_not_found);
        return result(muc::occupants(*room, iq.from()));
    }
    Reply pong(Iq iq, xep::Ping) { return find(iq.stanza().to()) ? result() : nowhere(); }

    Reply list(Iq iq, xep::muc::Admin asked) {
        const Room* room = find(iq.stanza().to());
        return room ? room->list(iq.from(), asked.items.front()) : nowhere();
    }
    Reply change(Iq iq, xep::muc::Admin asked) {
        Room* room = find(iq.stanza().to());
        if (!room) return nowhere();
        auto reply = room->change(iq.from(), asked.items);
        let_go(*room);
        return reply;
    }
    Reply form(Iq iq, xep::muc::Owner) {
        const Room* room = find(iq.stanza().to());
        return room ? room->form(iq.from()) : nowhere();
    }
    Reply configure(Iq iq, xep::muc::Owner submitted) {
        Room* room = find(iq.stanza().to());
        if (!room) return nowhere();
        auto reply = room->configure(iq.from(), submitted);
        let_go(*room);
        return reply;
    }

    // ---- Ends -------------------------------------------------------------------------------------------------------

    void stopping(const ServerStopping&) {
        for (const auto& [jid, room] : rooms_) room->close(muc::Change({xep::muc::status::shutdown}));
        rooms_.clear();
    }
    void deleted(const UserDeleted& event) { start(everywhere(&Muc::forget, event.account)); }
    /// Another account of that name is another one.
    void forget(Jid account) {
        for (const auto& [jid, room] : rooms_) room->forget(account);
    }

    Setting<muc::Creators> create_{*this, "create", muc::Creators::accounts, {.help = "who may make rooms"}};
    Setting<std::size_t> max_rooms_{*this, "max-rooms", 10'000, {.min = 1, .help = "rooms on each shard"}};
    Setting<std::uint32_t> max_occupants_{
        *this, "max-occupants", 1000, {.min = 1, .help = "occupants of a room; admins come in beyond that"}};
    Setting<std::size_t> max_affiliations_{
        *this, "max-affiliations", 5000, {.min = 1, .help = "people on the lists of a room"}};
    Setting<std::size_t> history_{
        *this, "history", 50, {.max = 1000, .help = "messages that a room shows to those who enter"}};
    Setting<bool> lock_{
        *this, "lock", true, {.help = "nobody else enters a new room before its owner has configured or accepted it"}};
    Service service_{*this, "conference", "conference", "text", "Rooms", &Muc::hear};
    Counter created_{*this, "created", "rooms that were made"};
    std::unordered_map<Jid, std::unique_ptr<Room>> rooms_; ///< those whose home is this shard
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Muc, .summary = "group rooms",
             .xeps = {{45, "1.35.5", epode::partial, "temporary rooms; no registration of nicks"},
                      {410, "1.1.0"},
                      {421, "1.0.1"}},
             .depends = {"disco", "presence"}, .stability = epode::Stability::experimental)
