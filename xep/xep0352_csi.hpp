// SPDX-License-Identifier: MIT
// XEP-0352: a client says whether somebody looks at it.
#pragma once

#include "core/xml/element.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace epode::xep::csi {

inline constexpr std::string_view ns = "urn:xmpp:csi:0";

enum class State : std::uint8_t { active, inactive };

/// Null where the element says nothing of that.
inline std::optional<State> state(xml::Element element) {
    if (element.is("active", ns)) return State::active;
    if (element.is("inactive", ns)) return State::inactive;
    return std::nullopt;
}

} // namespace epode::xep::csi
