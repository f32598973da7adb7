// SPDX-License-Identifier: MIT
#include "xep/xep0013_offline.hpp"

#include <optional>

namespace epode::xep {

namespace {

std::optional<Offline::Action> action_named(std::string_view text) {
    if (text == "view") return Offline::Action::view;
    if (text == "remove") return Offline::Action::remove;
    if (text.empty()) return Offline::Action::none;
    return std::nullopt;
}

std::string_view name_of(Offline::Action action) {
    switch (action) {
    case Offline::Action::view:
        return "view";
    case Offline::Action::remove:
        return "remove";
    case Offline::Action::none:
        break;
    }
    return {};
}

} // namespace

Result<Offline> Offline::decode(xml::Element element) {
    Offline asked;
    for (xml::Element child : element.children()) {
        if (child.is("fetch", ns)) asked.fetch = true;
        if (child.is("purge", ns)) asked.purge = true;
        if (!child.is("item", ns)) continue;
        const auto action = action_named(child.attr("action"));
        if (!action) return fail("the action of an item must be view or remove");
        Item item(*action, child.attr("node").str());
        if (item.node.empty()) return fail("an item must have a node");
        asked.items.push_back(std::move(item));
    }
    if (!asked.fetch && !asked.purge && asked.items.empty()) return fail("offline must hold fetch, purge or an item");
    return asked;
}

void Offline::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    if (fetch) builder.open("fetch").close();
    if (purge) builder.open("purge").close();
    for (const Item& item : items)
        builder.open("item").attr_if("action", name_of(item.action)).attr("node", item.node).close();
    builder.close();
}

} // namespace epode::xep
