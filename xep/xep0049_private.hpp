// SPDX-License-Identifier: MIT
// XEP-0049: fragments of XML that a client keeps on the server, found again by element name and namespace.
#pragma once

#include "core/base/result.hpp"
#include "core/xml/builder.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace epode::xep {

/// One element, kept whole: also a value for Store.
class PrivateFragment {
public:
    PrivateFragment() = default;
    explicit PrivateFragment(xml::Fragment element) : element_(std::move(element)) {}

    xml::Element element() const noexcept { return element_.element(); }
    /// Name and namespace in one, for a row's key; of bounded length.
    std::string key() const;
    std::size_t size() const noexcept { return element().bytes().size(); }
    /// The same element without content: what a client gets where nothing is stored.
    PrivateFragment emptied() const;

    std::string bytes() const;
    static Result<PrivateFragment> from_bytes(std::string_view bytes);

private:
    xml::Fragment element_;
};

struct Private {
    static constexpr std::string_view ns = "jabber:iq:private";
    static constexpr std::string_view name = "query";

    std::vector<PrivateFragment> fragments;

    Private() = default;
    /// At least one child, each with a namespace of its own (section 3: "exactly one" to get; several are taken too).
    static Result<Private> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

} // namespace epode::xep
