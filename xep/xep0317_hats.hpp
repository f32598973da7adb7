// SPDX-License-Identifier: MIT
// XEP-0317: hats: what somebody is in a room beside his role and affiliation, for people to see.
#pragma once

#include "core/xml/builder.hpp"

#include <string>
#include <string_view>

namespace epode::xep {

inline constexpr std::string_view hats_ns = "urn:xmpp:hats:0";
inline constexpr std::string_view hats_form = "urn:xmpp:hats:commands";

struct Hat {
    std::string uri;   ///< which one
    std::string title; ///< for people
    std::string hue;   ///< an angle; "" for none

    Hat() = default;
    Hat(std::string what, std::string shown, std::string color = {})
        : uri(std::move(what)), title(std::move(shown)), hue(std::move(color)) {}
    void fields(auto& f) { f(uri, title, hue); }
    /// <hat/>, inside of <hats/>.
    void encode(xml::Builder& builder) const {
        builder.open("hat", hats_ns).attr("title", title).attr("uri", uri).attr_if("hue", hue).close();
    }
};

} // namespace epode::xep
