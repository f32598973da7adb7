// SPDX-License-Identifier: MIT
// Tokens (XEP-0488): whoever enters with one in the place of a password becomes a member.
#pragma once

#include "core/base/clock.hpp"
#include "core/jid.hpp"
#include "xep/xep0488_token_invite.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace epode::muc {

struct Token {
    std::string text;
    Jid creator; ///< bare
    std::optional<WallTime> ends;
    std::optional<std::uint32_t> left; ///< people who may still use it

    void fields(auto& f) { f(text, creator, ends, left); }
    bool valid(WallTime now) const noexcept { return (!ends || now < *ends) && (!left || *left > 0); }
    xep::TokenInvite told(WallTime now) const;
};

/// Of one room. Those that are no good any more are let go on the way.
class Tokens {
public:
    static constexpr std::size_t most = 100; ///< that are good at a time

    Tokens() = default;
    explicit Tokens(std::vector<Token> all) : all_(std::move(all)) {}

    /// A new one, of at most so many seconds; null where there are too many.
    const Token* issue(const Jid& creator, const xep::TokenRequest& wanted, std::uint32_t longest, WallTime now);
    bool knows(std::string_view text, WallTime now) const noexcept { return find(text, now) != nullptr; }
    /// Somebody has come in with it; false where it is none.
    bool use(std::string_view text, WallTime now);
    /// False where there is none, or none of `by` (null: anybody's).
    bool revoke(std::string_view text, const Jid& by, WallTime now);
    void forget(const Jid& creator);
    /// Those of `creator` (null: anybody's).
    xep::TokenList list(const Jid& creator, WallTime now) const;

    const std::vector<Token>& all() const noexcept { return all_; }

private:
    const Token* find(std::string_view text, WallTime now) const noexcept;
    void tidy(WallTime now);
    std::vector<Token> all_;
};

} // namespace epode::muc
