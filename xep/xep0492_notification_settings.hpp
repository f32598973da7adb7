// SPDX-License-Identifier: MIT
// XEP-0492: of which chats somebody wants to be notified.
#pragma once

#include "core/xml/element.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace epode::xep::notification_settings {

inline constexpr std::string_view ns = "urn:xmpp:notification-settings:1";

enum class Setting : std::uint8_t { always, on_mention, never };

/// What <notify/> says to a client of that service discovery identity: the most specific element counts (section 4).
/// Null where none is for it.
std::optional<Setting> setting(xml::Element notify, std::string_view category, std::string_view type);

} // namespace epode::xep::notification_settings
