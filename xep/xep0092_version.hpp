// SPDX-License-Identifier: MIT
// XEP-0092: which software, which version, on which system.
#pragma once

#include "core/base/result.hpp"
#include "core/xml/builder.hpp"

#include <string>
#include <string_view>

namespace epode::xep {

struct Version {
    static constexpr std::string_view ns = "jabber:iq:version";
    static constexpr std::string_view name = "query";

    std::string software, version, os; ///< all "" in a question; "" is not written

    Version() = default;
    Version(std::string what, std::string which, std::string where = {})
        : software(std::move(what)), version(std::move(which)), os(std::move(where)) {}
    static Result<Version> decode(xml::Element element) {
        if (!element.is(name, ns)) return fail("not a version query");
        return Version(element.child_text("name").str(), element.child_text("version").str(),
                       element.child_text("os").str());
    }
    void encode(xml::Builder& builder) const {
        builder.open(name, ns);
        if (!software.empty()) builder.leaf("name", software);
        if (!version.empty()) builder.leaf("version", version);
        if (!os.empty()) builder.leaf("os", os);
        builder.close();
    }
};

} // namespace epode::xep
