// SPDX-License-Identifier: MIT
// The module: its options, and where queries and stanzas go. It is cut by noun: arrivals.cpp, requests.cpp,
// exploration.cpp, commands.cpp, upkeep.cpp.
#pragma once

#include "core/module.hpp"
#include "modules/muc/lodging.hpp"
#include "xep/xep0030_disco.hpp"
#include "xep/xep0050_commands.hpp"
#include "xep/xep0199_ping.hpp"
#include "xep/xep0433_channel_search.hpp"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace epode::muc {

enum class Creators : std::uint8_t { everybody, accounts, admins };
constexpr auto setting_names(Creators) {
    using enum Creators;
    return std::to_array<Named<Creators>>({{"everybody", everybody}, {"accounts", accounts}, {"admins", admins}});
}

/// The commands of a room, which are all about hats; null for another node.
std::optional<HatCommand> hat_command(std::string_view node) noexcept;
/// Those that who asks may give.
xep::disco::Items hat_commands(const Room& room, const Jid& asker);
/// Of a node that is one.
xep::disco::Info hat_command_info(std::string_view node);

class Muc : public Module {
public:
    explicit Muc(Host& on);

    std::string save() override;
    void leaving() override;
    void restore(std::string bytes) override;

private:
    /// What waits for a room that is being read or counted for, in the order in which it came: stanzas, and queries.
    using Waiting = std::vector<std::variant<Arrival, Promise<bool>*>>;

    struct Census { ///< before somebody makes a room
        Jid maker;  ///< bare
        std::size_t rooms = 0, of_maker = 0;
    };
    struct Suspect { ///< a client in a room; gone where its home does not know it
        Jid room, client;
        Ref<xml::Document> presence; ///< its last one
        bool gone = false;
    };
    using Suspects = std::vector<Suspect>;

    Limits limits() const;
    RoomPtr find(const Jid& address);

    // ---- What arrives (arrivals.cpp)
    Verdict hear(Arrival& arrival);
    Verdict wait(Arrival& arrival);
    Verdict give(Arrival& arrival, const Census* census);
    void refuse(const Stanza& presence, StanzaError why);
    Task<> read(Jid bare);
    void give_late(Arrival& arrival, bool failed, const Census* census);
    bool would_make(const Stanza& stanza) const;
    Task<> count_for(std::shared_ptr<Census> census);
    void count_here(std::shared_ptr<Census> census);
    Task<> keep(Arrival arrival);
    Task<RoomPtr> room_for(Jid address, Jid asker);
    static StanzaError not_here(const Stanza& stanza);
    Verdict hear_nowhere(Arrival& arrival, const Census* census);
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
    Task<> retract(RoomPtr room, Room::Retraction what); ///< in retraction.cpp, as the next two
    Task<> bury(RoomPtr room, OrderedId id, Stanza tombstone);
    Task<std::optional<Said>> in_archive(RoomPtr room, OrderedId id);
    Task<Reply> issue_token(Iq iq, xep::TokenRequest wanted);
    Task<Reply> list_tokens(Iq iq, xep::TokenList asked);
    Task<Reply> revoke_token(Iq iq, xep::TokenRevocation revoked);

    // ---- Looking around (exploration.cpp)
    using Found = std::shared_ptr<std::map<Jid, std::string>>;
    Task<Reply> rooms_items(Iq iq, xep::disco::ItemsRequest asked);
    void add_listed(Found into);
    using Channels = std::shared_ptr<std::vector<xep::channels::Channel>>;
    Task<Reply> search(Iq iq, xep::channels::Search wanted); ///< in search.cpp
    void add_channels(Channels into);
    Task<Reply> room_info(Iq iq, xep::disco::InfoRequest asked);
    Task<Reply> command_hats(Iq iq, xep::commands::Command command); ///< in wardrobe.cpp
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
    Task<> find_ghosts(); ///< in ghosts.cpp, as the next two
    Task<> take_out_ghosts(std::shared_ptr<Suspects> asked);
    void look_for(std::shared_ptr<Suspects> asked);
    void say_goodbye();
    void stopping(const ServerStopping& event);
    void deleted(const UserDeleted& event);
    void said(const RoomSaid& event); ///< in members.cpp
    void forget(Jid account);
    Task<> forget_here(Jid account);

    Setting<Creators> create_{*this, "create", Creators::accounts, {.help = "who may make rooms"}};
    Setting<std::size_t> max_rooms_{*this, "max-rooms", 10'000, {.min = 1, .help = "rooms of the host"}};
    Setting<std::size_t> max_rooms_per_user_{
        *this,
        "max-rooms-per-user",
        100,
        {.min = 1, .help = "rooms that one account has made and that are still there; admins make more"}};
    Setting<std::uint32_t> max_occupants_{
        *this, "max-occupants", 1000, {.min = 1, .help = "occupants of a room; admins come in beyond that"}};
    Setting<std::size_t> max_affiliations_{
        *this, "max-affiliations", 5000, {.min = 1, .help = "people on the lists of a room"}};
    Setting<std::size_t> history_{
        *this, "history", 50, {.max = 1000, .help = "messages that a room shows to those who enter"}};
    Setting<std::size_t> silent_above_{*this,
                                       "silent-above",
                                       1000,
                                       {.min = 10,
                                        .max = 5000,
                                        .help = "where there are more occupants than that, others are not shown who "
                                                "has said nothing yet; and who enters is "
                                                "shown so many at most, moderators and those who spoke last"}};
    Setting<Duration> token_life_{
        *this,
        "token-life",
        30_days,
        {.min = 1min, .max = 3650_days, .help = "how long an invitation token is good at most"}};
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
    std::unordered_map<Jid, Waiting> reading_;
};

} // namespace epode::muc
