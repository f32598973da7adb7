// SPDX-License-Identifier: MIT
// Base64 (RFC 4648 section 4), strict: padding must be there, nothing else may be, and unused bits must be zero.
#pragma once

#include "core/base/bytes.hpp"

#include <optional>

namespace epode::base64 {

Bytes encode(BytesView bytes);
/// Null for anything that `encode` would not have written. "" is the empty string.
std::optional<Bytes> decode(std::string_view text);
/// The same, with white space anywhere: texts that people's programs break into lines (RFC 2045).
std::optional<Bytes> decode_spaced(std::string_view text);

} // namespace epode::base64
