// SPDX-License-Identifier: MIT
// The module: its options, and where queries and stanzas go. It is cut by noun: arrivals.cpp, requests.cpp,
// exploration.cpp, commands.cpp, upkeep.cpp.
#pragma once

#include "core/module.hpp"
#include "modules/muc/lodging.hpp"
#include "xep/xep0030_disco.hpp"
#include "xep/xep0199_ping.hpp"

#include <array>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace epode::muc {

enum class Creators : std::uint8_t { everybody, accounts, admins };
constexpr auto setting_names(Creators) {
    using enum Creators;
    return std::to_array<Named<Creators>>({{"everybody", everybody}, {"accounts", accounts}, {"admins", admins}});
}

class Muc : public Module {
public:
    explicit Muc(Host& on);

    std::string save() override;
    void restore(std::string bytes) override;

private:
    struct Reading { ///< a room that is being read
        std::vector<Arrival> arrivals;
        std::vector<Promise<bool>*> queries;
    };

    Limits limits() const;
    RoomPtr find(const Jid& address);

    // ---- What arrives (arrivals.cpp)
    Verdict hear(Arrival& arrival);
    Verdict give(Arrival& arrival);
    void refuse(const Stanza& presence, StanzaError why);
    Task<> read(Jid bare);
    void give_late(Arrival& arrival, bool failed);
    Task<> keep(Arrival arrival);
    Task<RoomPtr> room_for(Jid address, Jid asker);
    Verdict hear_nowhere(const Stanza& stanza);
    bool may_create(const Jid& who) const;

    // ---- Queries that change something, or are about people (requests.cpp)
    static Reply nowhere();
    Task<Reply> finish(RoomPtr room, Result<Deed, StanzaError> outcome);
    Task<Reply> list(Iq iq, xep::muc::Admin asked);
    Task<Reply> change(Iq iq, xep::muc::Admin asked);
    Task<Reply> form(Iq iq, xep::muc::Owner asked);
    Task<Reply> configure(Iq iq, xep::muc::Owner submitted);
    Task<Reply> destroy(RoomPtr room, xep::muc::Destroy how);
    Task<Reply> registration(Iq iq, xep::muc::Registration asked);
    Task<Reply> enroll(Iq iq, xep::muc::Registration submitted);
    Task<Reply> vcard(Iq iq, xep::VCard asked);
    Task<Reply> set_vcard(Iq iq, xep::VCard given);
    Task<Reply> moderate(Iq iq, xep::Moderate query);

    // ---- Looking around (exploration.cpp)
    using Found = std::shared_ptr<std::map<Jid, std::string>>;
    Task<Reply> rooms_items(Iq iq, xep::disco::ItemsRequest asked);
    void add_listed(Found into);
    Task<Reply> room_info(Iq iq, xep::disco::InfoRequest asked);
    Task<Reply> room_items(Iq iq, xep::disco::ItemsRequest asked);
    Task<Reply> pong(Iq iq, xep::Ping ping);
    Task<Result<RoomPtr, StanzaError>> archive_of(Jid address, Jid asker);
    Task<Reply> archive_form(Iq iq, xep::mam::Query asked);
    Task<Reply> archive(Iq iq, xep::mam::Query query);
    Task<Reply> archive_metadata(Iq iq, xep::mam::Metadata asked);

    // ---- Commands (commands.cpp)
    using Rows = std::shared_ptr<std::map<Jid, std::vector<std::string>>>;
    Task<CommandResult> list_rooms(CommandCall call);
    void add_rows(Rows rows);
    Task<CommandResult> destroy_room(CommandCall call);
    void destroy_here(Jid jid, std::string reason, std::shared_ptr<bool> found);
    Task<> destroy_by_command(Jid jid, std::string reason);

    // ---- Time, and the end (upkeep.cpp)
    Task<> read_index();
    Task<> erase_archive(Jid room, OwnerId owner);
    void sweep();
    Task<> expire();
    void stopping(const ServerStopping& event);
    void deleted(const UserDeleted& event);
    void said(const RoomSaid& event); ///< in members.cpp
    void forget(Jid account);
    Task<> forget_here(Jid account);

    Setting<Creators> create_{*this, "create", Creators::accounts, {.help = "who may make rooms"}};
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
    Records records_{*this, host};
    Lodging rooms_{host, records_};
    std::unordered_map<Jid, Reading> reading_;
};

} // namespace epode::muc
