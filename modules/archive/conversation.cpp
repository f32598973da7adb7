// SPDX-License-Identifier: MIT
#include "modules/archive/conversation.hpp"

#include <algorithm>

namespace epode::archive {

void Conversation::add(const OrderedId& id, const Contents& contents, const Names& names, bool reply_reads) {
    last = id;
    ++count;
    if (contents.own && contents.kind == Contents::Kind::displayed) displayed(contents.about);
    if (contents.kind != Contents::Kind::said) return;
    said = id;
    if (contents.own) {
        if (!reply_reads) return;
        older = 0;
        unread.clear();
        return;
    }
    unread.emplace_back(id, names);
    if (unread.size() <= most_unread) return;
    unread.erase(unread.begin());
    ++older;
}

bool Conversation::displayed(std::string_view name) {
    if (name.empty()) return false;
    const auto hash = hash_of(name);
    const auto id = OrderedId::parse(name); // some name a message by its place in the archive
    const auto found = std::find_if(unread.rbegin(), unread.rend(),
                                    [&](const Unread& each) { return each.names.is(hash) || each.id == id; });
    if (found == unread.rend()) return false;
    older = 0;
    unread.erase(unread.begin(), found.base());
    return true;
}

bool Conversation::displayed(const OrderedId& place) {
    const auto first = std::ranges::find_if(unread, [&](const Unread& each) { return each.id > place; });
    if (first == unread.begin()) return false;
    older = 0;
    unread.erase(unread.begin(), first);
    return true;
}

void Conversation::forget(const OrderedId& id) {
    std::erase_if(unread, [&](const Unread& each) { return each.id == id; });
}

void Conversation::expire(const OrderedId& end, std::uint64_t how_many) {
    count -= std::min(count, how_many);
    std::erase_if(unread, [&](const Unread& each) { return each.id <= end; });
    older = count > unread.size() ? std::min(older, count - unread.size()) : 0;
}

} // namespace epode::archive
