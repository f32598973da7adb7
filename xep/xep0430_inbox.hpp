// SPDX-License-Identifier: MIT
// XEP-0430: the conversations of an account, what is unread in each, and their last messages.
#pragma once

#include "core/base/result.hpp"
#include "core/jid.hpp"
#include "core/xml/builder.hpp"
#include "xep/xep0059_rsm.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace epode::xep::inbox {

inline constexpr std::string_view ns = "urn:xmpp:inbox:1";

/// What is asked for.
struct Query {
    static constexpr std::string_view ns = inbox::ns;
    static constexpr std::string_view name = "inbox";

    bool unread_only = false;
    bool messages = true; ///< with the last message of each
    rsm::Request page;

    Query() = default;
    static Result<Query> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    bool operator==(const Query&) const = default;
};

/// One conversation; its last message (XEP-0313) stands beside it.
struct Entry {
    static constexpr std::string_view ns = inbox::ns;
    static constexpr std::string_view name = "entry";

    Jid jid;
    std::uint64_t unread = 0;
    std::string id; ///< of the last message of it in the archive

    static Result<Entry> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    bool operator==(const Entry&) const = default;
};

/// The end of the answer.
struct Fin {
    static constexpr std::string_view ns = inbox::ns;
    static constexpr std::string_view name = "fin";

    std::uint64_t total = 0;      ///< conversations
    std::uint64_t unread = 0;     ///< of them, those with something unread
    std::uint64_t all_unread = 0; ///< messages
    rsm::Page page;

    static Result<Fin> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    bool operator==(const Fin&) const = default;
};

} // namespace epode::xep::inbox
