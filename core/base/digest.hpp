// SPDX-License-Identifier: MIT
// Plain digests by name, so that codecs and modules need no OpenSSL header.
#pragma once

#include "core/base/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace epode {

/// Raw bytes. Throws std::runtime_error where the cryptographic library has no such digest (a broken installation).
Bytes sha1(BytesView data);
Bytes sha256(BytesView data);
/// RFC 2104.
Bytes hmac_sha1(BytesView key, BytesView data);
/// By its IANA textual name ("sha-1", "sha-256", "sha-384", "sha-512"); null for any other.
std::optional<Bytes> digest(std::string_view name, BytesView data);
/// Hexadecimal, lower case.
std::string hex(BytesView bytes);

} // namespace epode
