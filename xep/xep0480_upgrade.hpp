// SPDX-License-Identifier: MIT
// XEP-0480: a client that has logged in with an old hash gives the server what a newer one needs, as a task of
// XEP-0388.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/xml/builder.hpp"
#include "core/xml/element.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace epode::xep::upgrade {

inline constexpr std::string_view ns = "urn:xmpp:sasl:upgrade:0";
inline constexpr std::string_view scram_ns = "urn:xmpp:scram-upgrade:0";

/// `<salt iterations='4096'>…</salt>`: what the client derives with.
struct Salt {
    static constexpr std::string_view ns = scram_ns;
    static constexpr std::string_view name = "salt";

    Bytes salt;
    std::uint32_t iterations = 0;

    Salt() = default;
    static Result<Salt> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

/// `<hash>…</hash>`: the SaltedPassword of RFC 5802.
struct Hash {
    static constexpr std::string_view ns = scram_ns;
    static constexpr std::string_view name = "hash";

    Secret salted_password;

    Hash() = default;
    static Result<Hash> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

} // namespace epode::xep::upgrade
