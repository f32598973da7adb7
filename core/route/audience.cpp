// SPDX-License-Identifier: MIT
#include "core/route/audience.hpp"

#include "core/server.hpp"

#include <algorithm>

namespace epode {

Audience::Audience(const Server& server, std::vector<RoomMember> members) {
    for (RoomMember& member : members) {
        Shard& home = server.home(member.account);
        auto part = std::ranges::find_if(
            parts_, [&](const Part& each) { return each.home == &home && each.domain == member.account.domain(); });
        if (part == parts_.end()) part = parts_.insert(part, Part{&home, std::string(member.account.domain()), {}});
        part->members.push_back(std::move(member));
    }
}

void Audience::destroy(Audience* audience) noexcept { delete audience; }

} // namespace epode
