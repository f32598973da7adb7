// SPDX-License-Identifier: MIT
#include "modules/muc/rooms_page.hpp"

#include "xep/xep0030_disco.hpp"

#include <iterator>

namespace epode::muc {

Reply page_of(const std::map<Jid, std::string>& rooms, const xep::rsm::Request& wanted) {
    const auto place = [&](const std::string& text) -> std::optional<std::size_t> {
        const auto jid = Jid::parse(text);
        const auto found = jid ? rooms.find(*jid) : rooms.end();
        if (found == rooms.end()) return std::nullopt;
        return static_cast<std::size_t>(std::distance(rooms.begin(), found));
    };
    const auto cut = wanted.cut(rooms.size(), place);
    if (!cut) return error(Condition::item_not_found, "there is no such room to go on from");
    const auto first = std::next(rooms.begin(), static_cast<std::ptrdiff_t>(cut->first));
    const auto last = std::next(rooms.begin(), static_cast<std::ptrdiff_t>(cut->end));
    xml::Builder builder;
    builder.open(xep::disco::Items::name, xep::disco::Items::ns);
    for (auto room = first; room != last; ++room)
        xep::disco::Item(room->first, std::string(), room->second).encode(builder);
    if (wanted.paged()) {
        xep::rsm::Page page;
        page.count = rooms.size();
        if (first != last) {
            page.index = cut->first;
            page.first = first->first.text();
            page.last = std::prev(last)->first.text();
        }
        page.encode(builder);
    }
    return result(builder.close().finish());
}

} // namespace epode::muc
