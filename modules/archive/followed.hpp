// SPDX-License-Identifier: MIT
// Followed: what rooms have told their members, in memory until it is noted in their conversations: how far, and in
// whose archive it is. What a kill makes us forget the room's next message says again.
#pragma once

#include "core/base/codec.hpp"
#include "core/base/id.hpp"
#include "core/jid.hpp"
#include "core/store/batch.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace epode::archive {

class Followed {
public:
    struct Told {
        OwnerId archive{};
        OrderedId first, last; ///< of what has not been noted

        Told() = default;
        void fields(auto& f) { f(archive, first, last); }
    };
    using Rooms = std::map<std::string, Told>; ///< by the room's address

    void tell(const Jid& member, const Jid& room, OwnerId archive, const OrderedId& id) {
        auto [at, first] = members_[std::string(member.text())].try_emplace(std::string(room.text()));
        auto& told = at->second;
        if (first) told.first = id;
        told.archive = archive;
        told.last = std::max(told.last, id);
    }
    /// What is to be noted of somebody; it is forgotten here.
    Rooms take(const Jid& member) {
        const auto found = members_.find(std::string(member.text()));
        if (found == members_.end()) return {};
        auto rooms = std::move(found->second);
        members_.erase(found);
        return rooms;
    }
    std::vector<std::string> members() const {
        std::vector<std::string> all;
        for (const auto& [member, rooms] : members_) all.push_back(member);
        return all;
    }

    /// For a reload.
    std::string bytes() const { return encode_value(members_); }
    static Result<Followed> from_bytes(std::string_view bytes) {
        auto members = decode_value<std::map<std::string, Rooms>>(bytes);
        if (!members) return std::unexpected(members.error());
        Followed followed;
        followed.members_ = std::move(*members);
        return followed;
    }

private:
    std::map<std::string, Rooms> members_; ///< by bare address
};

} // namespace epode::archive
