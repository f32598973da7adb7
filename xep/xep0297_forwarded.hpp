// SPDX-License-Identifier: MIT
// XEP-0297: a stanza inside another one, with the time at which the forwarder got it. Part of carbons and archives; the
// enclosing protocol says whose forwards may be believed.
#pragma once

#include "core/base/result.hpp"
#include "core/stanza.hpp"
#include "core/xml/builder.hpp"
#include "xep/xep0203_delay.hpp"

#include <optional>
#include <string_view>

namespace epode::xep {

struct Forwarded {
    static constexpr std::string_view ns = "urn:xmpp:forward:0";
    static constexpr std::string_view name = "forwarded";

    std::optional<Delay> delay;
    Stanza stanza;

    Forwarded() = default;
    explicit Forwarded(Stanza inner) : stanza(std::move(inner)) {}
    Forwarded(Stanza inner, Delay when) : delay(std::move(when)), stanza(std::move(inner)) {}

    /// The first message, presence or iq of jabber:client counts; an error where there is none, or its addresses are
    /// none.
    static Result<Forwarded> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

} // namespace epode::xep
