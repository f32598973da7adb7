// SPDX-License-Identifier: MIT
#include "xep/xep0030_disco.hpp"

#include <algorithm>

namespace epode::xep::disco {
namespace {

/// Keeps the first of what is equal and sorts.
template <typename T> void sort_unique(std::vector<T>& all) {
    std::ranges::sort(all);
    const auto doubles = std::ranges::unique(all);
    all.erase(doubles.begin(), doubles.end());
}

Result<Identity> decode_identity(xml::Element element) {
    Identity identity(element.attr("category").str(), element.attr("type").str(), element.attr("name").str(),
                      element.attr("xml:lang").str());
    if (identity.category.empty() || identity.type.empty()) return fail("an identity has a category and a type");
    return identity;
}

} // namespace

Result<InfoRequest> InfoRequest::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("not a disco#info query");
    InfoRequest request;
    request.node = element.attr("node").str();
    return request;
}

Result<ItemsRequest> ItemsRequest::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("not a disco#items query");
    ItemsRequest request;
    request.node = element.attr("node").str();
    return request;
}

void Identity::encode(xml::Builder& builder) const {
    builder.open("identity", info_ns).attr("category", category).attr("type", type);
    if (!lang.empty()) builder.attr("lang", lang, xml::xml_ns);
    builder.attr_if("name", name).close();
}

Result<Info> Info::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("not a disco#info result");
    Info info;
    info.node = element.attr("node").str();
    for (const xml::Element child : element.children()) {
        if (child.is("identity", ns)) {
            auto identity = decode_identity(child);
            if (!identity) return std::unexpected(std::move(identity).error());
            info.identities.push_back(std::move(*identity));
        } else if (child.is("feature", ns)) {
            info.features.push_back(child.attr("var").str());
            if (info.features.back().empty()) return fail("a feature has a var");
        } else if (child.is(Form::name, Form::ns)) {
            auto form = Form::decode(child);
            if (!form) return std::unexpected(std::move(form).error());
            info.forms.push_back(std::move(*form));
        }
    }
    return info;
}

void Info::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr_if("node", node);
    for (const Identity& identity : identities) identity.encode(builder);
    for (const std::string& feature : features) builder.open("feature").attr("var", feature).close();
    for (const Form& form : forms) form.encode(builder);
    builder.close();
}

bool Info::has(std::string_view feature) const noexcept {
    return std::ranges::find(features, feature) != features.end();
}

void Info::tidy() {
    sort_unique(identities);
    // Section 3.1: never two names for one category, type and language.
    const auto doubles = std::ranges::unique(identities, [](const Identity& a, const Identity& b) {
        return a.category == b.category && a.type == b.type && a.lang == b.lang;
    });
    identities.erase(doubles.begin(), doubles.end());
    sort_unique(features);
}

void Item::encode(xml::Builder& builder) const {
    builder.open("item", items_ns).attr("jid", jid.text()).attr_if("node", node).attr_if("name", name).close();
}

Result<Items> Items::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("not a disco#items result");
    Items items;
    items.node = element.attr("node").str();
    for (const xml::Element child : element.children()) {
        if (!child.is("item", ns)) continue;
        auto jid = Jid::parse(child.attr("jid"));
        if (!jid) return fail("an item has a jid");
        items.items.emplace_back(std::move(*jid), child.attr("node").str(), child.attr("name").str());
    }
    return items;
}

void Items::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr_if("node", node);
    for (const Item& item : items) item.encode(builder);
    builder.close();
}

} // namespace epode::xep::disco
