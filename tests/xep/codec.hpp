// SPDX-License-Identifier: MIT
// For the tables of codec tests: XML in, value, XML out.
#pragma once

#include "core/xml/parser.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace epode::test {

inline xml::Fragment parsed(std::string_view text) {
    auto document = xml::parse(text);
    if (!document) throw std::runtime_error(std::string(text) + ": " + document.error().text);
    return xml::Fragment(*document);
}

/// What `payload` encodes to, canonical.
template <typename P> std::string encoded(const P& payload) {
    xml::Builder builder;
    payload.encode(builder);
    const auto document = builder.finish();
    return xml::Element::root(document).str();
}

/// The same through decode.
template <typename P> std::string recoded(std::string_view text) {
    const auto fragment = parsed(text);
    auto payload = P::decode(fragment);
    if (!payload) return "error: " + payload.error().text;
    return encoded(*payload);
}

template <typename P> bool accepted(std::string_view text) {
    const auto fragment = parsed(text);
    return P::decode(fragment).has_value();
}

/// As `encoded` writes it, for expectations written by hand.
inline std::string canonical(std::string_view text) { return parsed(text).element().str(); }

} // namespace epode::test
