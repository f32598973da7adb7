// SPDX-License-Identifier: MIT
// XEP-0280: which messages an account's other devices see too, and how a copy is wrapped.
#pragma once

#include "core/base/result.hpp"
#include "core/stanza.hpp"
#include "core/xml/builder.hpp"

#include <cstdint>
#include <string_view>

namespace epode::xep::carbons {

inline constexpr std::string_view ns = "urn:xmpp:carbons:2";
/// Announced by servers that follow section 6.1 to the letter (section 6.2).
inline constexpr std::string_view rules = "urn:xmpp:carbons:rules:0";

struct Enable {
    static constexpr std::string_view ns = carbons::ns;
    static constexpr std::string_view name = "enable";
    static Result<Enable> decode(xml::Element) { return Enable(); }
    void encode(xml::Builder& builder) const { builder.open(name, ns).close(); }
};

struct Disable {
    static constexpr std::string_view ns = carbons::ns;
    static constexpr std::string_view name = "disable";
    static Result<Disable> decode(xml::Element) { return Disable(); }
    void encode(xml::Builder& builder) const { builder.open(name, ns).close(); }
};

/// Which side of the conversation the account is.
enum class Side : std::uint8_t { sent, received };

/// Section 6.1, from what the message says by itself. An error is eligible where the message that it answers was, which
/// only somebody with a memory can know.
enum class Eligible : std::uint8_t { no, yes, if_answer };
Eligible eligible(const Stanza& message, Side side);

/// The copy for the devices of `owner` (bare): from it, of the same type, without a recipient yet.
Stanza wrap(const Stanza& message, Side side, const Jid& owner);

} // namespace epode::xep::carbons
