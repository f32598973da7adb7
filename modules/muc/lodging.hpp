// SPDX-License-Identifier: MIT
// The rooms of one shard: those in memory, those that wait on disk, and what arrives for one that is being read.
#pragma once

#include "core/module.hpp"
#include "modules/muc/records.hpp"
#include "modules/muc/room.hpp"

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace epode::muc {

using RoomPtr = std::shared_ptr<Room>;

class Lodging {
public:
    explicit Lodging(Host& host, Records& records) : host_(host), records_(records) {}
    /// A room is no more.
    std::function<void(const Room&)> on_end;

    /// The room in memory; null where it is not.
    RoomPtr find(const Jid& bare);
    /// Read from disk, if it must; null where there is none. Throws storage::Failure.
    Task<RoomPtr> open(Jid bare, Limits limits);
    /// Reads which rooms there are. Every other call that needs to know does it, too, if nobody has.
    Task<> index();
    /// Whether it is known by now that what is not in memory is not there.
    bool must_read(const Jid& bare) const { return !rooms_.contains(bare) && (!indexed_ || stored_.contains(bare)); }

    void add(RoomPtr room);
    /// Its last occupant may have gone: what is temporary and empty, or destroyed, ends.
    void look_after(const Room& room);
    /// Its configuration may be another one.
    void note(const Room& room);
    /// Persistent rooms where nobody is leave memory.
    void sweep(Duration idle);

    std::size_t size() const noexcept { return rooms_.size() + stored_.size(); }
    const std::unordered_map<Jid, RoomPtr>& rooms() const noexcept { return rooms_; }
    /// Those on disk, in memory or not.
    struct Stored {
        Configuration config;
        OwnerId archive{};
        Jid maker{};
    };
    const std::unordered_map<Jid, Stored>& stored() const noexcept { return stored_; }
    /// Both.
    std::vector<Jid> all() const;
    /// Whose the archives of all rooms are.
    std::vector<OwnerId> archives() const;
    void clear() { rooms_.clear(); }

private:
    Host& host_;
    Records& records_;
    bool indexed_ = false;
    std::unordered_map<Jid, RoomPtr> rooms_;
    std::unordered_map<Jid, Stored> stored_; ///< whose home is this shard
    std::unordered_map<Jid, Instant> used_;
};

} // namespace epode::muc
