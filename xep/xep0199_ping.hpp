// SPDX-License-Identifier: MIT
// XEP-0199: is anybody there? The answer is an empty result.
#pragma once

#include "core/base/result.hpp"
#include "core/xml/builder.hpp"

#include <string_view>

namespace epode::xep {

struct Ping {
    static constexpr std::string_view ns = "urn:xmpp:ping";
    static constexpr std::string_view name = "ping";

    Ping() = default;
    static Result<Ping> decode(xml::Element element) {
        if (!element.is(name, ns)) return fail("not a ping");
        return Ping();
    }
    void encode(xml::Builder& builder) const { builder.open(name, ns).close(); }
};

} // namespace epode::xep
