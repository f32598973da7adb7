// SPDX-License-Identifier: MIT
#include "modules/archive/inbox.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace epode::archive {

namespace {

using At = std::vector<Conversation>::iterator;

/// Where the conversation with that last message stands, or would stand: those before it are younger.
std::optional<At> place_of(std::vector<Conversation>& all, const std::string& text) {
    const auto id = OrderedId::parse(text);
    if (!id) return std::nullopt;
    return std::ranges::partition_point(all, [&](const Conversation& each) { return each.last > *id; });
}

std::unexpected<StanzaError> missing() {
    return std::unexpected(StanzaError(Condition::item_not_found, "there is no such conversation"));
}

} // namespace

std::expected<Inbox, StanzaError> inbox_of(std::vector<Conversation> all, const xep::inbox::Query& query,
                                           std::size_t most) {
    Inbox inbox;
    inbox.fin.total = all.size();
    for (const auto& each : all) {
        inbox.fin.unread += each.unread_count() != 0 ? 1 : 0;
        inbox.fin.all_unread += each.unread_count();
    }
    if (query.unread_only) std::erase_if(all, [](const Conversation& each) { return each.unread_count() == 0; });
    std::ranges::sort(all, [](const Conversation& a, const Conversation& b) { return b.last < a.last; });

    const auto& page = query.page;
    const auto limit = static_cast<std::ptrdiff_t>(page.limit(most));
    auto begin = all.begin(), end = all.end();
    if (page.after) {
        const auto at = place_of(all, *page.after);
        if (!at) return missing();
        begin = *at;
        if (begin != end && begin->last.text() == *page.after) ++begin;
    } else if (page.index) {
        begin += static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(*page.index, all.size()));
    } else if (page.before && !page.before->empty()) {
        const auto at = place_of(all, *page.before);
        if (!at) return missing();
        end = *at;
    }
    if (page.backwards())
        begin = end - begin > limit ? end - limit : begin;
    else
        end = end - begin > limit ? begin + limit : end;

    auto& told = inbox.fin.page;
    told.count = all.size();
    if (begin != end) {
        told.first = begin->last.text();
        told.last = std::prev(end)->last.text();
        told.index = static_cast<std::uint64_t>(begin - all.begin());
    }
    inbox.shown.assign(std::make_move_iterator(begin), std::make_move_iterator(end));
    return inbox;
}

} // namespace epode::archive
