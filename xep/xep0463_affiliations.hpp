// SPDX-License-Identifier: MIT
// XEP-0463: which version of a room's lists somebody has, and what has changed since.
#pragma once

#include "core/xml/builder.hpp"

#include <string>
#include <string_view>

namespace epode::xep {

struct Mav {
    static constexpr std::string_view ns = "urn:xmpp:muc:affiliations:1";
    static constexpr std::string_view name = "mav";

    std::string since; ///< "" where it begins with nothing
    std::string until; ///< "" from a client

    Mav() = default;
    static Mav decode(xml::Element element) {
        Mav mav;
        mav.since = element.attr("since").str();
        mav.until = element.attr("until").str();
        return mav;
    }
    void encode(xml::Builder& builder) const {
        builder.open(name, ns).attr_if("since", since).attr_if("until", until).close();
    }
};

} // namespace epode::xep
