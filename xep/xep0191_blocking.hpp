// SPDX-License-Identifier: MIT
// XEP-0191: the list of addresses a user wants to hear nothing of, and the commands that change it.
#pragma once

#include "core/base/result.hpp"
#include "core/jid.hpp"
#include "core/stanza.hpp"
#include "core/xml/builder.hpp"

#include <array>
#include <string_view>
#include <vector>

namespace epode::xep::blocking {

inline constexpr std::string_view ns = "urn:xmpp:blocking";
inline constexpr std::string_view errors_ns = "urn:xmpp:blocking:errors";

/// Addresses as <item jid=…/>, each once, in the order given.
using Items = std::vector<Jid>;

struct BlockList {
    static constexpr std::string_view ns = blocking::ns;
    static constexpr std::string_view name = "blocklist";

    Items items;

    BlockList() = default;
    explicit BlockList(Items all) : items(std::move(all)) {}
    static Result<BlockList, StanzaError> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

struct Block {
    static constexpr std::string_view ns = blocking::ns;
    static constexpr std::string_view name = "block";

    Items items;

    Block() = default;
    explicit Block(Items all) : items(std::move(all)) {}
    /// bad-request without an item, jid-malformed where one is no address.
    static Result<Block, StanzaError> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

/// Without items: everybody.
struct Unblock {
    static constexpr std::string_view ns = blocking::ns;
    static constexpr std::string_view name = "unblock";

    Items items;

    Unblock() = default;
    explicit Unblock(Items all) : items(std::move(all)) {}
    static Result<Unblock, StanzaError> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

/// The forms of `jid` that match it when they are listed (section 5), the most exact first; unused places are "".
/// Views into `jid`.
std::array<std::string_view, 3> matches(const Jid& jid) noexcept;

/// not-acceptable with <blocked/>: what a user gets who writes to somebody he has blocked (section 3.3).
StanzaError blocked_error();

} // namespace epode::xep::blocking
