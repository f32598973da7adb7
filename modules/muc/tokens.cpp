// SPDX-License-Identifier: MIT
#include "modules/muc/tokens.hpp"

#include "core/base/id.hpp"
#include "modules/muc/room.hpp"

#include <algorithm>
#include <utility>

namespace epode::muc {

xep::TokenInvite Token::told(WallTime now) const {
    xep::TokenInvite token;
    token.text = text;
    token.counter = left;
    if (ends) token.delay = static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(*ends - now).count());
    return token;
}

const Token* Tokens::issue(const Jid& creator, const xep::TokenRequest& wanted, std::uint32_t longest, WallTime now) {
    tidy(now);
    if (all_.size() >= most) return nullptr;
    Token& token = all_.emplace_back();
    token.text = random_id(128);
    token.creator = creator;
    token.ends = now + std::chrono::seconds(std::min(wanted.delay.value_or(longest), longest));
    token.left = wanted.counter;
    return &token;
}

const Token* Tokens::find(std::string_view text, WallTime now) const noexcept {
    const auto found =
        std::ranges::find_if(all_, [&](const Token& token) { return token.text == text && token.valid(now); });
    return found == all_.end() ? nullptr : &*found;
}

bool Tokens::use(std::string_view text, WallTime now) {
    const Token* found = find(text, now);
    if (!found) return false;
    Token& token = all_[static_cast<std::size_t>(found - all_.data())];
    if (token.left) --*token.left;
    tidy(now);
    return true;
}

bool Tokens::revoke(std::string_view text, const Jid& by, WallTime now) {
    tidy(now);
    return std::erase_if(all_, [&](const Token& token) { return token.text == text && (!by || token.creator == by); }) >
           0;
}

void Tokens::forget(const Jid& creator) {
    std::erase_if(all_, [&](const Token& token) { return token.creator == creator; });
}

xep::TokenList Tokens::list(const Jid& creator, WallTime now) const {
    xep::TokenList list;
    for (const Token& token : all_)
        if (token.valid(now) && (!creator || token.creator == creator)) list.tokens.push_back(token.told(now));
    return list;
}

void Tokens::tidy(WallTime now) {
    std::erase_if(all_, [&](const Token& token) { return !token.valid(now); });
}

// ---- The room's ---------------------------------------------------------------------------------------------------

bool Room::has_token(std::string_view text) const { return !text.empty() && tokens_.knows(text, host_.wall()); }

StanzaError Room::expired_token() {
    xml::Builder builder;
    builder.open("expired-token", xep::token_ns);
    return StanzaError(Condition::not_authorized, "that is no password, and no token that is still good")
        .with(xml::Fragment(builder.close().finish()));
}

/// Whoever has one is a member from now on.
void Room::redeem(Arrival& arrival, const std::string& token) {
    tokens_.use(token, host_.wall());
    Deed deed;
    deed.batch = std::move(arrival.batch());
    set_affiliate(deed, Affiliate(arrival.stanza.from().bare(), Affiliation::member), Change());
    arrival.batch() = std::move(deed.batch);
    tell(deed);
}

Result<Deed, StanzaError> Room::issue_token(const Jid& actor, const xep::TokenRequest& wanted, std::uint32_t longest) {
    if (!may_invite(actor)) return std::unexpected(StanzaError(Condition::forbidden, "you may not invite"));
    if (wanted.counter == 0U || wanted.delay == 0U)
        return std::unexpected(StanzaError(Condition::bad_request, "a token for nobody"));
    Deed deed;
    deed.old_tokens = tokens_;
    const WallTime now = host_.wall();
    const Token* token = tokens_.issue(actor.bare(), wanted, longest, now);
    if (!token) return std::unexpected(StanzaError(Condition::resource_constraint, "there are too many tokens"));
    xml::Builder builder;
    token->told(now).encode(builder);
    deed.answer = builder.finish();
    if (keeps()) put_record(deed.batch);
    return deed;
}

/// Everybody his own, moderators and admins all.
Reply Room::list_tokens(const Jid& asker) const {
    const auto who = standing(asker);
    const bool all = who.role == Role::moderator || who.affiliation >= Affiliation::admin;
    if (!all && !may_invite(asker)) return error(Condition::forbidden);
    return result(tokens_.list(all ? Jid() : asker.bare(), host_.wall()));
}

Result<Deed, StanzaError> Room::revoke_token(const Jid& actor, const xep::TokenRevocation& revoked) {
    const auto who = standing(actor);
    const bool all = who.role == Role::moderator || who.affiliation >= Affiliation::admin;
    if (!all && !may_invite(actor)) return std::unexpected(StanzaError(Condition::forbidden));
    Deed deed;
    deed.old_tokens = tokens_;
    if (!tokens_.revoke(revoked.text, all ? Jid() : actor.bare(), host_.wall()))
        return std::unexpected(StanzaError(Condition::item_not_found, "there is no such token of yours"));
    if (keeps()) put_record(deed.batch);
    return deed;
}

} // namespace epode::muc
