// SPDX-License-Identifier: MIT
// XEP-0484: a token instead of a password, asked for and used inside the login of XEP-0388.
#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/xml/builder.hpp"
#include "core/xml/element.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace epode::xep::fast {

inline constexpr std::string_view ns = "urn:xmpp:fast:0";

/// A token for that mechanism is wanted.
struct RequestToken {
    static constexpr std::string_view ns = fast::ns;
    static constexpr std::string_view name = "request-token";

    std::string mechanism;

    RequestToken() = default;
    static Result<RequestToken> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

/// This login is by a token.
struct Fast {
    static constexpr std::string_view ns = fast::ns;
    static constexpr std::string_view name = "fast";

    std::optional<std::uint32_t> count; ///< grows with each attempt, against replays
    bool invalidate = false;            ///< this was the token's last use

    Fast() = default;
    static Result<Fast> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

/// What the server gives.
struct Token {
    static constexpr std::string_view ns = fast::ns;
    static constexpr std::string_view name = "token";

    std::string token;
    WallTime expiry{};

    Token() = default;
    static Result<Token> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

} // namespace epode::xep::fast
