// SPDX-License-Identifier: MIT
// XEP-0334: what the sender of a message thinks of storing and copying it. Hints of errors do not count (section 5).
#pragma once

#include "core/stanza.hpp"
#include "core/xml/builder.hpp"

#include <string_view>

namespace epode::xep {

struct Hints {
    static constexpr std::string_view ns = "urn:xmpp:hints";

    bool no_permanent_store = false;
    bool no_store = false;
    bool no_copy = false;
    bool store = false;

    /// None for the null stanza and for errors.
    static Hints of(const Stanza& message);
    /// Writes the hints as children of the open element.
    void encode(xml::Builder& builder) const;
    bool operator==(const Hints&) const = default;
};

} // namespace epode::xep
