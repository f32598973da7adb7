// SPDX-License-Identifier: MIT
// XEP-0402: bookmarks of rooms, an item each; and XEP-0048's form of them, all in one element, which older clients keep
// in private storage (XEP-0049) or in one item of their own node.
#pragma once

#include "core/base/result.hpp"
#include "core/jid.hpp"
#include "core/xml/builder.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace epode::xep {

struct Bookmark {
    static constexpr std::string_view ns = "urn:xmpp:bookmarks:1"; ///< of the element, and the node's name
    static constexpr std::string_view name = "conference";

    Jid room;
    std::string title, nick, password;
    bool autojoin = false;
    xml::Fragment extensions; ///< <extensions/>; null where there is none

    Bookmark() = default;
    /// The payload of an item, whose id is the room's address.
    static Result<Bookmark> decode(std::string_view id, xml::Element conference);
    void encode(xml::Builder& builder) const;
    /// Whether they are the same for a client that knows no extensions.
    bool same_as(const Bookmark& other) const {
        return room == other.room && title == other.title && nick == other.nick && password == other.password &&
               autojoin == other.autojoin;
    }
};

/// XEP-0048's `<storage/>`.
struct BookmarkStorage {
    static constexpr std::string_view ns = "storage:bookmarks"; ///< of the element, and the node's name
    static constexpr std::string_view name = "storage";
    static constexpr std::string_view item_id = "current";

    std::vector<Bookmark> rooms;      ///< each once; sorted by address
    std::vector<xml::Fragment> other; ///< addresses of pages, and whatever else a client keeps here

    BookmarkStorage() = default;
    /// What is no address of a room is left out.
    static Result<BookmarkStorage> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    void sort();
    bool same_as(const BookmarkStorage& other) const; ///< the rooms alone count
};

} // namespace epode::xep
