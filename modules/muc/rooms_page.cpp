// SPDX-License-Identifier: MIT
#include "modules/muc/rooms_page.hpp"

#include "xep/xep0030_disco.hpp"

#include <algorithm>
#include <iterator>

namespace epode::muc {

namespace {
using Iterator = std::map<Jid, std::string>::const_iterator;

/// Where a room that bears that address is; the end for an empty text.
std::optional<Iterator> place(const std::map<Jid, std::string>& rooms, const std::string& text) {
    if (text.empty()) return rooms.end();
    const auto jid = Jid::parse(text);
    const auto found = jid ? rooms.find(*jid) : rooms.end();
    if (found == rooms.end()) return std::nullopt;
    return found;
}
} // namespace

Reply page_of(const std::map<Jid, std::string>& rooms, const xep::rsm::Request& wanted) {
    const bool paged = wanted.max || wanted.after || wanted.before || wanted.index;
    const auto size = wanted.limit(rooms.size());
    Iterator first = rooms.begin(), last = rooms.end();
    if (wanted.after && !wanted.after->empty()) {
        const auto at = place(rooms, *wanted.after);
        if (!at) return error(Condition::item_not_found, "there is no such room to begin after");
        first = std::next(*at);
    } else if (wanted.index) {
        first = std::next(first, static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(*wanted.index, rooms.size())));
    }
    if (wanted.before) {
        const auto at = place(rooms, *wanted.before);
        if (!at) return error(Condition::item_not_found, "there is no such room to end before");
        last = *at;
        const auto all = static_cast<std::size_t>(std::distance(first, last));
        if (all > size) std::advance(first, static_cast<std::ptrdiff_t>(all - size));
    } else if (static_cast<std::size_t>(std::distance(first, last)) > size) {
        last = std::next(first, static_cast<std::ptrdiff_t>(size));
    }
    xml::Builder builder;
    builder.open(xep::disco::Items::name, xep::disco::Items::ns);
    for (auto room = first; room != last; ++room)
        xep::disco::Item(room->first, std::string(), room->second).encode(builder);
    if (paged) {
        xep::rsm::Page page;
        page.count = rooms.size();
        if (first != last) {
            page.index = static_cast<std::uint64_t>(std::distance(rooms.begin(), first));
            page.first = first->first.text();
            page.last = std::prev(last)->first.text();
        }
        page.encode(builder);
    }
    return result(builder.close().finish());
}

} // namespace epode::muc
