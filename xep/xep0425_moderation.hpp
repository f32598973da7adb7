// SPDX-License-Identifier: MIT
// XEP-0425: a moderator takes back what somebody else said; and the retraction of XEP-0424 that tells of it.
#pragma once

#include "core/base/result.hpp"
#include "core/jid.hpp"
#include "core/xml/builder.hpp"
#include "xep/xep0424_retraction.hpp"

#include <string>
#include <string_view>

namespace epode::xep {

inline constexpr std::string_view moderate_ns = "urn:xmpp:message-moderate:1";

/// <moderate/>: the query.
struct Moderate {
    static constexpr std::string_view ns = moderate_ns;
    static constexpr std::string_view name = "moderate";

    std::string id; ///< the room's own of the message (XEP-0359)
    std::string reason;

    Moderate() = default;
    /// An error where no message is named, or something else than a retraction is wanted.
    static Result<Moderate> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

/// <retract/>, told to everybody by the room.
struct Moderated {
    Moderate what;
    Jid by;               ///< the moderator, as an occupant
    std::string occupant; ///< his occupant id (XEP-0421)

    Moderated() = default;
    void encode(xml::Builder& builder) const;
    /// Only who has done it, and why: what is inside of a tombstone, too.
    void encode_inner(xml::Builder& builder) const;
};

} // namespace epode::xep
