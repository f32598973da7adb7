// SPDX-License-Identifier: MIT
// Audience: the members of a room (XEP-0045 section 5.2) by where they live. What the room says goes to each shard in
// one letter, however many members have their home there; RoomSaid (core/events.hpp) tells of it there.
#pragma once

#include "core/base/id.hpp"
#include "core/base/ref.hpp"
#include "core/jid.hpp"
#include "core/route/receipt.hpp"
#include "core/stanza.hpp"
#include "core/store/batch.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace epode {

class Server;
class Shard;

/// Somebody on a room's lists who has an account on this server, or had one.
struct RoomMember {
    Jid account;         ///< bare
    bool joined = false; ///< a client of his is in the room and is sent what is said there
    bool copies = false; ///< he has asked for the messages themselves while no client of his is in the room

    RoomMember() = default;
    RoomMember(Jid who, bool in, bool wants) : account(std::move(who)), joined(in), copies(wants) {}
};

/// What a room has said, as occupants get it: from room@service/nick, with the room's stanza-id.
struct RoomMessage {
    Stanza stanza;
    OrderedId id; ///< that stanza-id; the room's archive, where it keeps one, has it under this
    Jid author;   ///< bare; null where the room itself speaks
    Ref<Receipt> receipt{};
    std::optional<OwnerId> archive; ///< whose the rows of the room's archive are; null where it has none

    bool open = false; ///< anybody may come in and hear it

    RoomMessage() = default;
    RoomMessage(Stanza what, OrderedId given, Jid who, Ref<Receipt> proof, std::optional<OwnerId> kept)
        : stanza(std::move(what)), id(given), author(std::move(who)), receipt(std::move(proof)), archive(kept) {}
};

/// Made once (Host::audience) and used until the members, or who of them is in the room, change. Any thread.
class Audience final : public Counted<Audience> {
public:
    struct Part { ///< those of one host whose home is one shard
        Shard* home;
        std::string domain;
        std::vector<RoomMember> members;
    };
    Audience(const Server& server, std::vector<RoomMember> members);

    const std::vector<Part>& parts() const noexcept { return parts_; }
    bool empty() const noexcept { return parts_.empty(); }
    static void destroy(Audience* audience) noexcept;

private:
    ~Audience() = default;
    std::vector<Part> parts_;
};

/// A letter: what was said, to which part of the audience.
struct RoomNews {
    RoomMessage message;
    Ref<Audience> audience;
    std::size_t part = 0;

    RoomNews() = default;
    RoomNews(RoomMessage what, Ref<Audience> whom, std::size_t which)
        : message(std::move(what)), audience(std::move(whom)), part(which) {}
};

} // namespace epode
