// SPDX-License-Identifier: MIT
#include "modules/commands/session_table.hpp"

#include "core/base/id.hpp"

#include <algorithm>

namespace epode {

std::string SessionTable::begin(Jid requester, std::string node, Instant now) {
    if (open_.size() >= most) open_.pop_front();
    Open& added = open_.emplace_back();
    added.id = random_id();
    added.requester = std::move(requester);
    added.node = std::move(node);
    added.until = now + lifetime;
    return added.id;
}

bool SessionTable::has(std::string_view id, const Jid& requester, std::string_view node, Instant now) {
    while (!open_.empty() && open_.front().until <= now) open_.pop_front();
    return std::ranges::any_of(
        open_, [&](const Open& open) { return open.id == id && open.requester == requester && open.node == node; });
}

void SessionTable::end(std::string_view id) {
    std::erase_if(open_, [id](const Open& open) { return open.id == id; });
}

} // namespace epode
