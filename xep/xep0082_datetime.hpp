// SPDX-License-Identifier: MIT
// XEP-0082: points in time as XMPP writes them. Reading takes every form the profile allows (offsets, fractions, the
// old 20020910T23:41:07 of XEP-0091); writing always says UTC.
#pragma once

#include "core/base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace epode::xep {

/// "2002-09-10T23:08:25Z", with fraction digits to the microsecond only where there are any.
std::string format_datetime(WallTime time);
/// Null where the text is no DateTime of the profile, names a day that does not exist or a year beyond 1 to 9999.
std::optional<WallTime> parse_datetime(std::string_view text);

} // namespace epode::xep
