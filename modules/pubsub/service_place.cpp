// SPDX-License-Identifier: MIT
#include "modules/pubsub/service_place.hpp"

#include <algorithm>

namespace epode::pubsub {

using xep::pubsub::Affiliation;

ServicePlace::ServicePlace(Module& module, Host& host, std::function<bool(const Jid&)> may_create)
    : host_(host), may_create_(std::move(may_create)), stored_(module, "nodes") {}

Task<> ServicePlace::load() {
    if (loaded_) co_return;
    auto rows = co_await stored_.scan(owner());
    if (loaded_) co_return; // somebody else was faster
    for (auto& [name, node] : rows) nodes_.emplace(std::move(name), std::move(node));
    loaded_ = true;
}

std::vector<std::string> ServicePlace::forget(Batch& batch, const Jid& bare) {
    const std::string text(bare.text());
    std::vector<std::string> names, ownerless;
    for (const auto& [name, node] : nodes_) {
        const bool subscribes =
            std::ranges::any_of(node.subscriptions, [&](const Subscription& each) { return each.jid.bare() == bare; });
        if (subscribes || node.affiliations.contains(text)) names.push_back(name);
    }
    for (const std::string& name : names) {
        Node node = nodes_.at(name);
        const bool owned = node.affiliation(bare) == Affiliation::owner;
        node.affiliations.erase(text);
        std::erase_if(node.subscriptions, [&](const Subscription& each) { return each.jid.bare() == bare; });
        if (owned && owners(node).empty()) ownerless.push_back(name);
        put(batch, name, std::move(node));
    }
    return ownerless;
}

Standing ServicePlace::standing(const Jid& who) const {
    Standing standing;
    standing.bare = who.bare();
    standing.owner = host_.role_of(standing.bare) == Role::admin;
    standing.creates = standing.owner || may_create_(standing.bare);
    return standing;
}

Configuration ServicePlace::defaults() const {
    Configuration defaults;
    defaults.access = Access::open;
    defaults.max_items = 0;
    defaults.send_last = SendLast::on_sub;
    return defaults;
}

std::vector<Jid> ServicePlace::owners(const Node& node) const {
    std::vector<Jid> owners;
    for (const auto& [text, part] : node.affiliations)
        if (part == Affiliation::owner)
            if (auto jid = Jid::parse(text)) owners.push_back(std::move(*jid));
    return owners;
}

void ServicePlace::put(Batch& batch, std::string name, Node node) {
    stored_.put(batch, owner(), name, node);
    nodes_.insert_or_assign(std::move(name), std::move(node));
}

void ServicePlace::erase(Batch& batch, std::string_view name) {
    stored_.erase(batch, owner(), name);
    if (const auto found = nodes_.find(name); found != nodes_.end()) nodes_.erase(found);
}

void ServicePlace::tell(const std::string&, const Node& node, Ref<xml::Document> message) {
    std::vector<Jid> listeners;
    for (const Subscription& each : node.subscriptions)
        if (!each.pending && !may_read(node, standing(each.jid))) listeners.push_back(each.jid);
    if (!listeners.empty()) host_.route(Stanza(std::move(message), address_, Jid()), std::move(listeners));
}

} // namespace epode::pubsub
