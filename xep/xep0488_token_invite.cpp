// SPDX-License-Identifier: MIT
#include "xep/xep0488_token_invite.hpp"

#include <charconv>

namespace epode::xep {

namespace {

/// Null where there is no such attribute; false where it is no number.
bool read(xml::Element element, std::string_view name, std::optional<std::uint32_t>& into) {
    const auto text = element.attr(name);
    const std::string_view view = text;
    if (view.empty()) return true;
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), number);
    if (error != std::errc() || end != view.data() + view.size()) return false;
    into = number;
    return true;
}

} // namespace

Result<TokenRequest> TokenRequest::decode(xml::Element element) {
    TokenRequest request;
    if (!read(element, "delay", request.delay)) return fail("the delay is no number of seconds");
    if (!read(element, "counter", request.counter)) return fail("the counter is no number");
    return request;
}

void TokenInvite::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    if (delay) builder.attr("delay", std::to_string(*delay));
    if (counter) builder.attr("counter", std::to_string(*counter));
    builder.text(text).close();
}

void TokenList::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    for (const TokenInvite& token : tokens) token.encode(builder);
    builder.close();
}

Result<TokenRevocation> TokenRevocation::decode(xml::Element element) {
    TokenRevocation revocation;
    revocation.text = element.text().str();
    if (revocation.text.empty()) return fail("no token is named");
    return revocation;
}

} // namespace epode::xep
