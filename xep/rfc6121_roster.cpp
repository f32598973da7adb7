// SPDX-License-Identifier: MIT
#include "xep/rfc6121_roster.hpp"

#include <algorithm>

namespace epode::xep {

namespace {

std::unexpected<StanzaError> refuse(Condition condition, std::string text) {
    return std::unexpected(StanzaError(condition, ErrorType::modify, std::move(text)));
}

bool yes(std::string_view boolean) { return boolean == "true" || boolean == "1"; }

} // namespace

Result<RosterItem, StanzaError> RosterItem::decode(xml::Element element) {
    RosterItem item;
    const auto address = element.attr("jid");
    if (address.empty()) return refuse(Condition::bad_request, "an item needs a jid");
    auto jid = Jid::parse(address);
    if (!jid) return refuse(Condition::jid_malformed, std::move(jid.error().text));
    item.jid = jid->bare();
    item.name = element.attr("name").str();
    item.subscription = element.attr("subscription").str();
    item.ask = element.attr("ask") == "subscribe";
    item.approved = yes(element.attr("approved"));
    for (xml::Element child : element.children())
        if (child.is("group", roster::ns)) item.groups.push_back(child.text().str());
    if (std::ranges::any_of(item.groups, &std::string::empty))
        return refuse(Condition::not_acceptable, "a group needs a name");
    auto sorted = item.groups;
    std::ranges::sort(sorted);
    if (std::ranges::adjacent_find(sorted) != sorted.end())
        return refuse(Condition::bad_request, "the same group twice");
    return item;
}

void RosterItem::encode(xml::Builder& builder) const {
    builder.open("item", roster::ns)
        .attr("jid", jid.text())
        .attr_if("name", name)
        .attr_if("subscription", subscription);
    if (ask) builder.attr("ask", "subscribe");
    if (approved) builder.attr("approved", "true");
    for (const auto& group : groups) builder.leaf("group", roster::ns, group);
    builder.close();
}

Result<RosterGet, StanzaError> RosterGet::decode(xml::Element query) {
    if (query.child("item", ns)) return refuse(Condition::bad_request, "a roster get has no items");
    RosterGet get;
    if (auto ver = query.find_attr("ver")) get.ver = ver->str();
    return get;
}

void RosterGet::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    if (ver) builder.attr("ver", *ver);
    builder.close();
}

Result<RosterSet, StanzaError> RosterSet::decode(xml::Element query) {
    auto all = RosterQuery::decode(query);
    if (!all) return std::unexpected(std::move(all.error()));
    if (all->items.size() != 1) return refuse(Condition::bad_request, "a roster set has exactly one item");
    RosterSet set;
    set.item = std::move(all->items.front());
    if (set.item.subscription != "remove") set.item.subscription.clear();
    set.item.ask = set.item.approved = false;
    return set;
}

void RosterSet::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    item.encode(builder);
    builder.close();
}

Result<RosterQuery, StanzaError> RosterQuery::decode(xml::Element query) {
    RosterQuery all;
    all.ver = query.attr("ver").str();
    for (xml::Element child : query.children()) {
        if (!child.is("item", ns)) continue;
        auto item = RosterItem::decode(child);
        if (!item) return std::unexpected(std::move(item.error()));
        all.items.push_back(std::move(*item));
    }
    return all;
}

void RosterQuery::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr_if("ver", ver);
    for (const auto& item : items) item.encode(builder);
    builder.close();
}

} // namespace epode::xep
