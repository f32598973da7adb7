// SPDX-License-Identifier: MIT
#include "xep/xep0402_bookmarks.hpp"

#include <algorithm>

namespace epode::xep {

namespace {

/// The children that both forms have.
void read_children(Bookmark& bookmark, xml::Element conference) {
    const auto ns = conference.ns();
    bookmark.title = conference.attr("name").str();
    const auto join = conference.attr("autojoin");
    bookmark.autojoin = join == "true" || join == "1";
    bookmark.nick = conference.child("nick", ns).text().str();
    bookmark.password = conference.child("password", ns).text().str();
}

void write_children(xml::Builder& builder, const Bookmark& bookmark) {
    if (!bookmark.nick.empty()) builder.leaf("nick", bookmark.nick);
    if (!bookmark.password.empty()) builder.leaf("password", bookmark.password);
}

bool is_room(xml::Element child) { return child.is(Bookmark::name, BookmarkStorage::ns); }

} // namespace

Result<Bookmark> Bookmark::decode(std::string_view id, xml::Element conference) {
    if (!conference.is(name, ns)) return fail("not a bookmark");
    auto room = Jid::parse(id);
    if (!room) return fail("a bookmark's id is the room's address");
    Bookmark bookmark;
    bookmark.room = std::move(*room);
    read_children(bookmark, conference);
    if (const auto extensions = conference.child("extensions", ns)) bookmark.extensions = xml::Fragment(extensions);
    return bookmark;
}

void Bookmark::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr_if("name", title);
    if (autojoin) builder.attr("autojoin", "true");
    write_children(builder, *this);
    if (extensions) builder.append(extensions);
    builder.close();
}

Result<BookmarkStorage> BookmarkStorage::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("no storage of bookmarks");
    BookmarkStorage storage;
    for (const auto child : element.children()) {
        if (!is_room(child)) {
            storage.other.emplace_back(child);
            continue;
        }
        auto room = Jid::parse(child.attr("jid").str());
        if (!room) continue;
        Bookmark bookmark;
        bookmark.room = std::move(*room);
        read_children(bookmark, child);
        storage.rooms.push_back(std::move(bookmark));
    }
    storage.sort();
    const auto again = std::ranges::unique(storage.rooms, {}, &Bookmark::room);
    storage.rooms.erase(again.begin(), again.end());
    return storage;
}

void BookmarkStorage::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    for (const auto& bookmark : rooms) {
        builder.open(Bookmark::name).attr("jid", bookmark.room.text()).attr_if("name", bookmark.title);
        builder.attr("autojoin", bookmark.autojoin ? "true" : "false");
        write_children(builder, bookmark);
        builder.close();
    }
    for (const auto& each : other) builder.append(each);
    builder.close();
}

void BookmarkStorage::sort() {
    std::ranges::stable_sort(rooms, {}, [](const Bookmark& each) { return each.room.text(); });
}

bool BookmarkStorage::same_as(const BookmarkStorage& with) const {
    return std::ranges::equal(rooms, with.rooms,
                              [](const Bookmark& one, const Bookmark& another) { return one.same_as(another); });
}

} // namespace epode::xep
