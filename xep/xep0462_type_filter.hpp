// SPDX-License-Identifier: MIT
// XEP-0462: of which types the nodes shall be that a publish-subscribe service lists.
#pragma once

#include "core/base/result.hpp"
#include "xep/xep0004_forms.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace epode::xep {

struct TypeFilter {
    static constexpr std::string_view ns = "urn:xmpp:pubsub-filter:0";
    static constexpr std::string_view name = "filter";

    std::vector<std::string> types; ///< "" stands for nodes without a type
    bool excludes = false;          ///< all but these

    TypeFilter() = default;
    /// Both kinds at once are an error, none is too.
    static Result<TypeFilter> decode(xml::Element element) {
        const auto form = xep::Form::decode(element.child(Form::name, Form::ns));
        if (!element.is(name, ns) || !form) return fail("a filter has a form");
        const auto* included = form->find("included-types");
        const auto* excluded = form->find("excluded-types");
        if (!included == !excluded) return fail("either included-types or excluded-types");
        TypeFilter filter;
        filter.excludes = excluded != nullptr;
        filter.types = (included ? included : excluded)->values;
        return filter;
    }
    bool matches(std::string_view type) const { return (std::ranges::find(types, type) != types.end()) != excludes; }
};

} // namespace epode::xep
