// SPDX-License-Identifier: MIT
// XEP-0440: a stream feature that tells which channel bindings the -PLUS mechanisms know here.
#pragma once

#include "core/xml/builder.hpp"

#include <span>
#include <string_view>

namespace epode::xep::channel_binding {

inline constexpr std::string_view ns = "urn:xmpp:sasl-cb:0";

/// Writes nothing where there is none.
inline void write(xml::Builder& out, std::span<const std::string_view> types) {
    if (types.empty()) return;
    out.open("sasl-channel-binding", ns);
    for (const std::string_view type : types) out.open("channel-binding").attr("type", type).close();
    out.close();
}

} // namespace epode::xep::channel_binding
