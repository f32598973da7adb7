// SPDX-License-Identifier: MIT
#include "xep/xep0484_fast.hpp"

#include "xep/xep0082_datetime.hpp"

#include <charconv>
#include <limits>

namespace epode::xep::fast {

namespace {

/// xs:int, of which only the positive half makes sense here.
Result<std::optional<std::uint32_t>> count_of(const std::optional<xml::Text>& text) {
    if (!text) return std::nullopt;
    const auto digits = text->view();
    std::uint32_t count = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() ||
        count > static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max()))
        return fail("count is a positive number");
    return count;
}

} // namespace

Result<RequestToken> RequestToken::decode(xml::Element element) {
    RequestToken read;
    read.mechanism = element.attr("mechanism").str();
    if (read.mechanism.empty()) return fail("request-token names a mechanism");
    return read;
}

void RequestToken::encode(xml::Builder& builder) const { builder.open(name, ns).attr("mechanism", mechanism).close(); }

Result<Fast> Fast::decode(xml::Element element) {
    auto count = count_of(element.find_attr("count"));
    if (!count) return std::unexpected(count.error());
    Fast read;
    read.count = *count;
    const auto invalidate = element.attr("invalidate");
    read.invalidate = invalidate == "true" || invalidate == "1";
    return read;
}

void Fast::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    if (count) builder.attr("count", std::to_string(*count));
    if (invalidate) builder.attr("invalidate", "true");
    builder.close();
}

Result<Token> Token::decode(xml::Element element) {
    const auto expiry = parse_datetime(element.attr("expiry"));
    if (!expiry) return fail("a token has an expiry");
    Token read;
    read.token = element.attr("token").str();
    read.expiry = *expiry;
    if (read.token.empty()) return fail("a token is not empty");
    return read;
}

void Token::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr("expiry", format_datetime(expiry)).attr("token", token).close();
}

} // namespace epode::xep::fast
