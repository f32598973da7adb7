// SPDX-License-Identifier: MIT
// A room and those in it, one session each: the load of several scenarios.
#pragma once

#include "../bench.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

class Room {
public:
    /// Logs them in.
    Room(Bench& bench, int occupants);
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;

    /// One after the other, so that each is seen by all who came before and sees them.
    void join();
    /// So many under way at once. Where `quiet`, the presence of those who do not speak is left out: the room's owner
    /// says that only moderators' is told (muc#roomconfig_presencebroadcast).
    void join_together(int at_once, bool quiet);
    /// Each in turn; `window` messages are under way, and the next one is sent when all have one of them.
    void talk(int window);
    void fall_silent();

    std::size_t presences() const { return presences_; } ///< that have come, of anybody in the room

private:
    void enter(std::size_t number);
    void open(std::string_view fields);
    void say();
    void arrived(std::uint32_t occupant, std::string_view stanza);

    Bench& bench_;
    std::string address_;
    Clients clients_;
    std::vector<std::uint32_t> flows_;
    std::vector<std::size_t> outstanding_; ///< copies of an occupant's messages that are under way
    std::size_t turn_ = 0, inside_ = 0, presences_ = 0;
    std::string refused_;
    bool open_ = false, talking_ = false;
};

} // namespace bench
