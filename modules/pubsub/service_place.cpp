// SPDX-License-Identifier: MIT
#include "modules/pubsub/service_place.hpp"

#include <algorithm>

namespace epode::pubsub {

using pep::Node;
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

Task<> ServicePlace::forget(Jid bare) {
    const std::string text(bare.text());
    Batch batch;
    std::vector<std::string> names;
    for (const auto& [name, node] : nodes_) {
        const bool subscribes = std::ranges::any_of(
            node.subscriptions, [&](const pep::Subscription& each) { return each.jid.bare() == bare; });
        if (subscribes || node.affiliations.contains(text)) names.push_back(name);
    }
    for (const std::string& name : names) {
        Node node = nodes_.at(name);
        node.affiliations.erase(text);
        std::erase_if(node.subscriptions, [&](const pep::Subscription& each) { return each.jid.bare() == bare; });
        put(batch, name, std::move(node));
    }
    if (!batch.empty()) co_await host_.commit(std::move(batch));
}

pep::Standing ServicePlace::standing(const Jid& who) const {
    pep::Standing standing;
    standing.bare = who.bare();
    standing.owner = host_.role_of(standing.bare) == Role::admin;
    standing.creates = standing.owner || may_create_(standing.bare);
    return standing;
}

pep::Configuration ServicePlace::defaults() const {
    pep::Configuration defaults;
    defaults.access = pep::Access::open;
    defaults.max_items = 0;
    defaults.send_last = pep::SendLast::on_sub;
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
    for (const pep::Subscription& each : node.subscriptions)
        if (!each.pending && !pep::may_read(node, standing(each.jid))) listeners.push_back(each.jid);
    if (!listeners.empty()) host_.route(Stanza(std::move(message), address_, Jid()), std::move(listeners));
}

} // namespace epode::pubsub
