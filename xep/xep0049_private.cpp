// SPDX-License-Identifier: MIT
#include "xep/xep0049_private.hpp"

#include "core/base/digest.hpp"
#include "core/xml/parser.hpp"

namespace epode::xep {

std::string PrivateFragment::key() const {
    constexpr std::size_t longest = 200; // beyond it a hash, since storage bounds its keys
    std::string key(element().name());
    key += ' ';
    key += element().ns();
    return key.size() <= longest ? key : "# " + hex(sha256(key)); // '#' begins no name
}

PrivateFragment PrivateFragment::emptied() const {
    xml::Builder builder;
    builder.open(element().name(), element().ns()).close();
    return PrivateFragment(xml::Fragment(builder.finish()));
}

std::string PrivateFragment::bytes() const {
    xml::Builder builder;
    builder.append(element());
    return std::string(builder.finish()->bytes());
}

Result<PrivateFragment> PrivateFragment::from_bytes(std::string_view bytes) {
    auto document = xml::from_canonical(bytes);
    if (!document) return fail("damaged XML");
    return PrivateFragment(xml::Fragment(std::move(document)));
}

Result<Private> Private::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("not a private storage query");
    Private query;
    for (const xml::Element child : element.children()) {
        if (child.ns() == ns || child.ns().empty()) return fail("a fragment has a namespace of its own");
        query.fragments.emplace_back(xml::Fragment(child));
    }
    if (query.fragments.empty()) return fail("name the fragment by an element");
    return query;
}

void Private::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    for (const PrivateFragment& fragment : fragments) builder.append(fragment.element());
    builder.close();
}

} // namespace epode::xep
