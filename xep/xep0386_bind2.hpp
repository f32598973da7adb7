// SPDX-License-Identifier: MIT
// XEP-0386: a resource and what a session needs at its beginning, asked for inside the login of XEP-0388.
#pragma once

#include "core/base/result.hpp"
#include "core/xml/builder.hpp"
#include "core/xml/element.hpp"

#include <string>
#include <string_view>

namespace epode::xep::bind2 {

inline constexpr std::string_view ns = "urn:xmpp:bind:0";

/// `<bind><tag>…</tag>`; children of other namespaces are for whoever knows them.
struct Bind {
    static constexpr std::string_view ns = bind2::ns;
    static constexpr std::string_view name = "bind";

    std::string tag; ///< what the resource begins with; "" where there is none

    Bind() = default;
    static Result<Bind> decode(xml::Element element) {
        Bind read;
        read.tag = element.child_text("tag").str();
        return read;
    }
    void encode(xml::Builder& builder) const {
        builder.open(name, ns);
        if (!tag.empty()) builder.leaf("tag", tag);
        builder.close();
    }
};

/// In the list of what may be asked for with it (the <inline/> is open).
inline void write_feature(xml::Builder& builder, std::string_view var) {
    builder.open("feature", ns).attr("var", var).close();
}

} // namespace epode::xep::bind2
