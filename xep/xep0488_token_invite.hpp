// SPDX-License-Identifier: MIT
// XEP-0488: tokens that let whoever has one into a room: asked for, listed, taken back.
#pragma once

#include "core/base/result.hpp"
#include "core/xml/builder.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace epode::xep {

inline constexpr std::string_view token_ns = "urn:xmpp:muc-token-invite:0";

/// <request/>: a token is asked for, perhaps for so many people, perhaps for so long.
struct TokenRequest {
    static constexpr std::string_view ns = token_ns;
    static constexpr std::string_view name = "request";

    std::optional<std::uint32_t> delay; ///< seconds
    std::optional<std::uint32_t> counter;

    TokenRequest() = default;
    /// An error where a limit is no number.
    static Result<TokenRequest> decode(xml::Element element);
};

/// <token/>: what is left of it.
struct TokenInvite {
    static constexpr std::string_view ns = token_ns;
    static constexpr std::string_view name = "token";

    std::string text;
    std::optional<std::uint64_t> delay; ///< seconds
    std::optional<std::uint32_t> counter;

    TokenInvite() = default;
    void encode(xml::Builder& builder) const;
};

/// <tokens/>: those that who asks may take back; empty in the question.
struct TokenList {
    static constexpr std::string_view ns = token_ns;
    static constexpr std::string_view name = "tokens";

    std::vector<TokenInvite> tokens;

    TokenList() = default;
    static Result<TokenList> decode(xml::Element) { return TokenList(); }
    void encode(xml::Builder& builder) const;
};

/// <revoke/>: it is taken back.
struct TokenRevocation {
    static constexpr std::string_view ns = token_ns;
    static constexpr std::string_view name = "revoke";

    std::string text;

    TokenRevocation() = default;
    static Result<TokenRevocation> decode(xml::Element element);
};

} // namespace epode::xep
