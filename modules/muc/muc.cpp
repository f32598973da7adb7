// SPDX-License-Identifier: MIT
// XEP-0045: group rooms at conference.HOST. This file brings what arrives to its room; the rooms are room.hpp.
#include "core/module.hpp"
#include "modules/muc/disco.hpp"
#include "modules/muc/lodging.hpp"
#include "modules/muc/rooms_page.hpp"
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
namespace rsm = xep::rsm;
using muc::Deed;
using muc::Room;
using muc::RoomPtr;

constexpr std::string_view traffic_node = "http://jabber.org/protocol/muc#traffic";
constexpr std::string_view nick_node = "x-roomuser-item";

class Muc : public Module {
public:
    explicit Muc(Host& on) : Module(on) {
        feature(Scope::service, xep::muc::join_ns);
        feature(Scope::service, xep::muc::stable_id);
        feature(Scope::service, xep::muc::occupant_id_ns);
        feature(Scope::service, xep::VCard::ns);
        feature(Scope::service, rsm::ns);
        on_get(&Muc::rooms_items, Scope::service);
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
        on_get(&Muc::archive_form, Scope::room);
        on_set(&Muc::archive, Scope::room);
        on_get(&Muc::archive_metadata, Scope::room);
        command("rooms-list", "List all rooms", Role::operator_, &Muc::list_rooms);
        command("rooms-destroy", "Destroy a room", Role::admin, &Muc::destroy_room,
                {{"room", "Room", Param::Type::jid}, {"reason", "Reason", Param::Type::text, false}});
        this->on(&Muc::stopping);
        this->on(&Muc::deleted);
        after(0s, &Muc::read_index);
        every(1min, &Muc::sweep);
        every(1h, &Muc::expire);
        rooms_.on_end = [this](const Room& room) {
            if (room.has_archive()) this->start(erase_archive(room.jid(), room.archive_owner()));
        };
    }

    std::string save() override {
        std::map<std::string, std::string> all;
        for (const auto& [jid, room] : rooms_.rooms()) all.emplace(std::string(jid.text()), room->save());
        return encode_value(all);
    }
    void restore(std::string bytes) override {
        const auto all = decode_value<std::map<std::string, std::string>>(bytes);
        if (!all) return;
        for (const auto& [jid, state] : *all)
            if (auto room = Room::restored(host, records_, state, limits())) rooms_.add(std::move(room));
    }

private:
    using Found = std::shared_ptr<std::map<Jid, std::string>>;
    struct Reading { ///< a room that is being read
        std::vector<Arrival> arrivals;
        std::vector<Promise<bool>*> queries;
    };

    muc::Limits limits() const {
        muc::Limits limits;
        limits.occupants = *max_occupants_;
        limits.history = *history_;
        limits.affiliations = *max_affiliations_;
        return limits;
    }

    RoomPtr find(const Jid& address) {
        auto room = rooms_.find(address.bare());
        if (room) room->set_limits(limits());
        return room;
    }

    // ---- What arrives -----------------------------------------------------------------------------------------------

    Verdict hear(Arrival& arrival) {
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

    Verdict give(Arrival& arrival) {
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
    void refuse(const Stanza& presence, StanzaError why) {
        why.by = presence.to().bare();
        xml::Builder builder;
        builder.open("presence").copy_attrs(presence.root(), {"type"}).attr("type", "error");
        builder.open(xep::muc::Join::name, xep::muc::Join::ns).close();
        why.write(builder);
        host.route(Stanza(builder.close().finish(), presence.to(), presence.from()));
    }

    /// Reads a room, then gives it what has come for it meanwhile, in order.
    Task<> read(Jid bare) {
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
    void give_late(Arrival& arrival, bool failed) {
        auto verdict = Verdict::refuse(StanzaError(Condition::internal_server_error, ErrorType::wait));
        if (!failed) verdict = give(arrival);
        if (verdict.kind() == Verdict::Kind::refuse)
            if (auto reply = error_reply(arrival.stanza, *verdict.error())) host.route(std::move(reply), arrival);
        if (!arrival.batch().empty()) start(keep(std::move(arrival)));
    }
    Task<> keep(Arrival arrival) {
        Batch batch = std::move(arrival.batch());
        try {
            co_await host.commit(std::move(batch));
        } catch (const std::exception& thrown) {
            log.error("what a stanza caused could not be kept", {{"error", thrown.what()}});
            if (arrival.receipt()) arrival.receipt()->fail();
        }
    }

    /// The room that a query is for; null where there is none, or none for who asks.
    Task<RoomPtr> room_for(Jid address, Jid asker) {
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
        if (room && room->locked() && room->affiliation(asker) != muc::Affiliation::owner) co_return nullptr;
        co_return room;
    }

    Verdict hear_nowhere(const Stanza& stanza) {
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

    bool may_create(const Jid& who) const {
        if (host.role_of(who.bare()) == Role::admin) return true;
        if (*create_ == muc::Creators::everybody) return true;
        return *create_ == muc::Creators::accounts && host.serves(who);
    }

    // ---- Queries ----------------------------------------------------------------------------------------------------

    static Reply nowhere() { return error(Condition::item_not_found, "no such room"); }

    /// Section 8.2 has the order: on disk, to those who go, the answer, to everybody else.
    Task<Reply> finish(RoomPtr room, Result<Deed, StanzaError> outcome) {
        if (!outcome) co_return error(std::move(outcome).error());
        const auto deed = std::make_shared<Deed>(std::move(*outcome));
        if (!deed->batch.empty()) {
            try {
                co_await host.commit(std::move(deed->batch));
            } catch (...) {
                room->undo(*deed);
                throw;
            }
        }
        room->remove(*deed);
        rooms_.note(*room);
        co_return result().then([room, deed] { room->tell(*deed); });
    }

    /// In pages where they are asked for (section 6.3).
    Task<Reply> rooms_items(Iq iq, disco::ItemsRequest asked) {
        if (!asked.node.empty()) co_return error(Condition::item_not_found);
        const auto wanted = rsm::Request::inside(iq.payload());
        if (!wanted) co_return error(Condition::bad_request, wanted.error().text);
        auto found = std::make_shared<std::map<Jid, std::string>>();
        co_await everywhere(&Muc::add_listed, found);
        co_return muc::page_of(*found, *wanted);
    }
    void add_listed(Found into) {
        const auto add = [&](const Jid& jid, const muc::Configuration& config) {
            if (config.listed) into->emplace(jid, muc::item(jid, config).name);
        };
        for (const auto& [jid, room] : rooms_.rooms())
            if (!room->locked()) add(jid, room->configuration());
        for (const auto& [jid, stored] : rooms_.stored()) add(jid, stored.config);
    }

    Task<Reply> room_info(Iq iq, disco::InfoRequest asked) {
        const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
        if (!room) co_return nowhere();
        if (asked.node.empty()) co_return result(muc::describe(*room, iq.from()));
        // Section 17.1.1: nothing is taken out of what people send.
        if (asked.node == traffic_node) co_return error(Condition::service_unavailable);
        if (asked.node != nick_node) co_return error(Condition::item_not_found);
        auto info = muc::reserved_nick(*room, iq.from());
        info.node = asked.node;
        co_return result(info);
    }
    Task<Reply> room_items(Iq iq, disco::ItemsRequest asked) {
        const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
        if (!room) co_return nowhere();
        if (!asked.node.empty()) co_return error(Condition::item_not_found);
        co_return result(muc::occupants(*room, iq.from()));
    }
    Task<Reply> pong(Iq iq, xep::Ping) {
        const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
        co_return room ? result() : nowhere();
    }

    Task<Reply> list(Iq iq, xep::muc::Admin asked) {
        const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
        co_return room ? room->list(iq.from(), asked.items.front()) : nowhere();
    }
    Task<Reply> change(Iq iq, xep::muc::Admin asked) {
        const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
        if (!room) co_return nowhere();
        co_return co_await finish(room, room->change(iq.from(), asked.items));
    }
    Task<Reply> form(Iq iq, xep::muc::Owner) {
        const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
        co_return room ? room->form(iq.from()) : nowhere();
    }
    Task<Reply> configure(Iq iq, xep::muc::Owner submitted) {
        const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
        if (!room) co_return nowhere();
        if (room->affiliation(iq.from()) != muc::Affiliation::owner) co_return error(Condition::forbidden);
        if (submitted.destroy) co_return co_await destroy(room, *submitted.destroy);
        if (!submitted.form) co_return error(Condition::bad_request, "a form is submitted or cancelled here");
        if (submitted.form->type == xep::Form::Type::cancel) {
            // Section 10.1.3: it was never made.
            if (room->locked()) co_return co_await destroy(room, xep::muc::Destroy());
            co_return result();
        }
        if (submitted.form->type != xep::Form::Type::submit) co_return error(Condition::bad_request);
        co_return co_await finish(room, room->configure(iq.from(), *submitted.form));
    }
    Task<Reply> destroy(RoomPtr room, xep::muc::Destroy how) {
        if (room->configuration().persistent) {
            room->set_ending(true);
            Batch batch;
            records_.erase(batch, room->jid());
            records_.erase_archive(batch, room->jid(), room->archive_owner());
            try {
                co_await host.commit(std::move(batch));
            } catch (...) {
                room->set_ending(false);
                throw;
            }
        }
        muc::Change why;
        why.destroy = std::move(how);
        room->close(std::move(why));
        rooms_.note(*room);
        co_return result();
    }

    Task<Reply> registration(Iq iq, xep::muc::Registration) {
        const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
        co_return room ? room->registration(iq.from()) : nowhere();
    }
    Task<Reply> enroll(Iq iq, xep::muc::Registration submitted) {
        const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
        if (!room) co_return nowhere();
        co_return co_await finish(room, room->enroll(iq.from(), submitted));
    }

    Task<Reply> vcard(Iq iq, xep::VCard) {
        const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
        if (!room || !room->vcard()) co_return error(Condition::item_not_found);
        co_return result(*room->vcard());
    }
    Task<Reply> set_vcard(Iq iq, xep::VCard given) {
        const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
        if (!room) co_return nowhere();
        if (given.size() > *max_vcard_) co_return error(Condition::policy_violation, "the vCard is too large");
        co_return co_await finish(room, room->set_vcard(iq.from(), given));
    }

    Task<Reply> moderate(Iq iq, xep::Moderate query) {
        const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
        if (!room) co_return nowhere();
        co_return co_await finish(room, room->moderate(iq.from(), query));
    }

    /// The room, if it has an archive and the asker may read it; else what to answer.
    Task<Result<RoomPtr, StanzaError>> archive_of(Jid address, Jid asker) {
        const RoomPtr room = co_await room_for(address, asker);
        if (!room) co_return std::unexpected(StanzaError(Condition::item_not_found, "no such room"));
        if (!room->archive())
            co_return std::unexpected(StanzaError(Condition::service_unavailable, "this room has no archive"));
        if (!room->may_read(asker))
            co_return std::unexpected(StanzaError(Condition::forbidden, "who may not enter may not read"));
        co_return room;
    }
    Task<Reply> archive_form(Iq iq, xep::mam::Query) {
        auto room = co_await archive_of(iq.stanza().to(), iq.from());
        if (!room) co_return error(std::move(room.error()));
        co_return result(xep::mam::QueryForm());
    }
    Task<Reply> archive(Iq iq, xep::mam::Query query) {
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
    Task<Reply> archive_metadata(Iq iq, xep::mam::Metadata) {
        auto room = co_await archive_of(iq.stanza().to(), iq.from());
        if (!room) co_return error(std::move(room.error()));
        const OwnerId owner = (*room)->archive_owner();
        auto reply = co_await (*room)->archive()->metadata(std::move(iq), owner);
        co_return reply;
    }

    // ---- Commands ---------------------------------------------------------------------------------------------------

    using Rows = std::shared_ptr<std::map<Jid, std::vector<std::string>>>;

    Task<CommandResult> list_rooms(CommandCall) {
        auto rows = std::make_shared<std::map<Jid, std::vector<std::string>>>();
        co_await everywhere(&Muc::add_rows, rows);
        CommandResult listed;
        listed.columns = {"room", "name", "occupants", "persistent", "listed"};
        for (auto& [jid, row] : *rows) listed.rows.push_back(std::move(row));
        co_return listed;
    }
    void add_rows(Rows rows) {
        const auto add = [&](const Jid& jid, const muc::Configuration& config, std::size_t occupants) {
            rows->try_emplace(jid,
                              std::vector<std::string>{std::string(jid.text()), config.name, std::to_string(occupants),
                                                       config.persistent ? "yes" : "no", config.listed ? "yes" : "no"});
        };
        for (const auto& [jid, room] : rooms_.rooms()) add(jid, room->configuration(), room->size());
        for (const auto& [jid, stored] : rooms_.stored()) add(jid, stored.config, 0);
    }

    Task<CommandResult> destroy_room(CommandCall call) {
        const auto jid = Jid::parse(call.argument("room"));
        if (!jid) co_return CommandResult::failure("that is no address");
        const Jid room = jid->bare();
        auto found = std::make_shared<bool>(false);
        co_await everywhere(&Muc::destroy_here, room, std::string(call.argument("reason")), found);
        if (!*found) co_return CommandResult::failure("there is no such room");
        co_return CommandResult("destroyed");
    }
    void destroy_here(Jid jid, std::string reason, std::shared_ptr<bool> found) {
        if (!rooms_.find(jid) && !rooms_.stored().contains(jid)) return;
        *found = true;
        start(destroy_by_command(std::move(jid), std::move(reason)));
    }
    Task<> destroy_by_command(Jid jid, std::string reason) {
        const RoomPtr room = co_await rooms_.open(jid, limits());
        if (!room) co_return;
        xep::muc::Destroy how;
        how.reason = std::move(reason);
        co_await destroy(room, std::move(how));
    }

    // ---- Time, and the end ------------------------------------------------------------------------------------------

    Task<> read_index() {
        co_await rooms_.index();
        // What temporary rooms have left that ended with the server.
        const auto noted = co_await records_.noted_archives();
        for (const auto& left : noted)
            if (host.home_of(left.room) && !rooms_.find(left.room)) co_await erase_archive(left.room, left.owner);
    }
    Task<> erase_archive(Jid room, OwnerId owner) {
        Batch batch;
        records_.erase_archive(batch, room, owner);
        co_await host.commit(std::move(batch));
    }
    void sweep() { rooms_.sweep(*idle_); }
    Task<> expire() {
        co_await rooms_.index();
        const auto owners = rooms_.archives();
        for (const OwnerId owner : owners) {
            auto* archive = records_.archive();
            if (!archive || gate().closing()) co_return;
            co_await archive->expire(owner);
        }
    }

    void stopping(const ServerStopping&) {
        for (const auto& [jid, room] : rooms_.rooms()) room->close(muc::Change({xep::muc::status::shutdown}));
        rooms_.clear();
    }
    void deleted(const UserDeleted& event) { start(everywhere(&Muc::forget, event.account)); }
    /// Another account of that name is another one. Accounts are removed rarely: every room is asked.
    void forget(Jid account) { start(forget_here(std::move(account))); }
    Task<> forget_here(Jid account) {
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
    Setting<Duration> idle_{
        *this, "idle", 10min, {.min = 1min, .help = "an empty persistent room leaves memory after that"}};
    Setting<ByteSize> max_vcard_{
        *this, "max-vcard", 256_KiB, {.min = 1_KiB, .max = 10_MiB, .help = "largest vCard of a room"}};
    Service service_{*this, "conference", "conference", "text", "Rooms", &Muc::hear};
    Counter created_{*this, "created", "rooms that were made"};
    muc::Records records_{*this, host};
    muc::Lodging rooms_{host, records_};
    std::unordered_map<Jid, Reading> reading_;
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Muc, .summary = "group rooms",
             .xeps = {{45, "1.35.5"},
                      {153, "1.1.1", epode::partial, "the picture of a room"},
                      {410, "1.1.0"},
                      {421, "1.0.1"},
                      {424, "0.4.2", epode::partial, "rooms"},
                      {425, "0.3.0", epode::partial, "messages of the history"},
                      {463, "0.2.0", epode::partial, "non-anonymous rooms"},
                      {486, "0.1.0"},
                      {500, "0.1.1"},
                      {502, "0.1.0"}},
             .depends = {"disco", "presence"})
