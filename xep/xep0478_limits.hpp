// SPDX-License-Identifier: MIT
// XEP-0478: what the receiving side of a stream will accept.
#pragma once

#include "core/base/result.hpp"
#include "core/xml/builder.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace epode::xep {

struct StreamLimits {
    static constexpr std::string_view ns = "urn:xmpp:stream-limits:0";
    static constexpr std::string_view name = "limits";

    std::optional<std::uint32_t> max_bytes;    ///< of one top-level element
    std::optional<std::uint32_t> idle_seconds; ///< without traffic until liveness is checked

    StreamLimits() = default;

    /// An error where a value is no unsigned 32-bit number.
    static Result<StreamLimits> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    bool operator==(const StreamLimits&) const = default;
};

} // namespace epode::xep
