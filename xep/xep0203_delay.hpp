// SPDX-License-Identifier: MIT
// XEP-0203: when a stanza was sent that arrives late, and who kept it.
#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/jid.hpp"
#include "core/stanza.hpp"
#include "core/xml/builder.hpp"

#include <string>
#include <string_view>

namespace epode::xep {

struct Delay {
    static constexpr std::string_view ns = "urn:xmpp:delay";
    static constexpr std::string_view name = "delay";

    Jid from; ///< who kept it; null where it is not said
    WallTime stamp{};
    std::string reason; ///< for people

    Delay() = default;
    Delay(Jid who, WallTime when, std::string why = {}) : from(std::move(who)), stamp(when), reason(std::move(why)) {}

    static Result<Delay> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    bool operator==(const Delay&) const = default;
};

/// Whether the stanza carries a notation of `who`.
bool has_delay_from(const Stanza& stanza, const Jid& who);
/// Without the notations of `who`: a server drops those that others wrote in its name (section 6).
Stanza without_delay_from(const Stanza& stanza, const Jid& who);
/// With one more notation at its end.
Stanza with_delay(const Stanza& stanza, const Delay& delay);

} // namespace epode::xep
