// SPDX-License-Identifier: MIT
#include "xep/xep0478_limits.hpp"

#include <charconv>
#include <string>

namespace epode::xep {

namespace {

Result<std::optional<std::uint32_t>> number_in(xml::Element element) {
    if (!element) return std::nullopt;
    const auto text = element.text();
    const std::string_view digits = text.view();
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size())
        return fail(std::string(element.name()) + " must be a number");
    return value;
}

} // namespace

Result<StreamLimits> StreamLimits::decode(xml::Element element) {
    StreamLimits limits;
    auto bytes = number_in(element.child("max-bytes", ns));
    if (!bytes) return std::unexpected(std::move(bytes).error());
    auto seconds = number_in(element.child("idle-seconds", ns));
    if (!seconds) return std::unexpected(std::move(seconds).error());
    limits.max_bytes = *bytes;
    limits.idle_seconds = *seconds;
    return limits;
}

void StreamLimits::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    if (max_bytes) builder.leaf("max-bytes", std::to_string(*max_bytes));
    if (idle_seconds) builder.leaf("idle-seconds", std::to_string(*idle_seconds));
    builder.close();
}

} // namespace epode::xep
