// SPDX-License-Identifier: MIT
#include "xep/xep0480_upgrade.hpp"

#include "core/base/base64.hpp"

#include <algorithm>
#include <charconv>

namespace epode::xep::upgrade {

namespace {

/// The text without the blanks around it, decoded; null for none.
std::optional<Bytes> content(xml::Element element) {
    constexpr std::string_view blanks = " \t\r\n";
    const xml::Text all = element.text();
    std::string_view text = all;
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    auto bytes = base64::decode(text.substr(0, text.find_last_not_of(blanks) + 1));
    if (bytes && bytes->empty()) return std::nullopt;
    return bytes;
}

} // namespace

Result<Salt> Salt::decode(xml::Element element) {
    auto bytes = content(element);
    if (!bytes) return fail("a salt is base64");
    Salt read;
    read.salt = std::move(*bytes);
    const auto text = element.attr("iterations");
    const auto digits = text.view();
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), read.iterations);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
        return fail("iterations is a number");
    return read;
}

void Salt::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr("iterations", std::to_string(iterations)).text(base64::encode(salt)).close();
}

Result<Hash> Hash::decode(xml::Element element) {
    auto bytes = content(element);
    if (!bytes) return fail("a hash is base64");
    Hash read;
    read.salted_password = Secret(std::move(*bytes));
    return read;
}

void Hash::encode(xml::Builder& builder) const {
    builder.open(name, ns).text(base64::encode(salted_password.view())).close();
}

} // namespace epode::xep::upgrade
