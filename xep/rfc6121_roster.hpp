// SPDX-License-Identifier: MIT
// RFC 6121 section 2: the roster's queries, with versions (2.6, once XEP-0237). Pure: bytes in, values out. What
// depends on a server's settings (lengths, number of items) is checked by modules/roster.
#pragma once

#include "core/jid.hpp"
#include "core/stanza.hpp"
#include "core/xml/builder.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace epode::xep {

namespace roster {
inline constexpr std::string_view ns = "jabber:iq:roster";
inline constexpr std::string_view versioning_ns = "urn:xmpp:features:rosterver"; ///< stream feature <ver/> (2.6.1)
} // namespace roster

/// 2.1.2: one contact as it stands in a query.
struct RosterItem {
    Jid jid; ///< bare
    std::string name;
    std::vector<std::string> groups;
    std::string subscription; ///< "none", "to", "from", "both" or "remove"; "" where the attribute is absent
    bool ask = false;         ///< ask='subscribe'
    bool approved = false;

    /// bad-request: no jid, or the same group twice; jid-malformed; not-acceptable: a group without a name (2.3.3). A
    /// resource is cut off, since subscriptions know bare JIDs only.
    static Result<RosterItem, StanzaError> decode(xml::Element item);
    void encode(xml::Builder& builder) const;
};

/// 2.1.3: `<query ver='…'/>`. bad-request where it has items.
struct RosterGet {
    static constexpr std::string_view ns = roster::ns;
    static constexpr std::string_view name = "query";

    std::optional<std::string> ver; ///< "": the client knows versions and has none

    static Result<RosterGet, StanzaError> decode(xml::Element query);
    void encode(xml::Builder& builder) const;
};

/// 2.1.5: exactly one item. Of its subscription only "remove" counts, ask and approved are ignored: decode clears the
/// rest.
struct RosterSet {
    static constexpr std::string_view ns = roster::ns;
    static constexpr std::string_view name = "query";

    RosterItem item;

    bool remove() const noexcept { return item.subscription == "remove"; }
    static Result<RosterSet, StanzaError> decode(xml::Element query);
    void encode(xml::Builder& builder) const;
};

/// 2.1.4 and 2.1.6: a result with any number of items, or a push with one.
struct RosterQuery {
    static constexpr std::string_view ns = roster::ns;
    static constexpr std::string_view name = "query";

    std::string ver;
    std::vector<RosterItem> items;

    static Result<RosterQuery, StanzaError> decode(xml::Element query);
    void encode(xml::Builder& builder) const;
};

} // namespace epode::xep
