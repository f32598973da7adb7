// SPDX-License-Identifier: MIT
#include "modules/common/pubsub/access.hpp"

#include <algorithm>

namespace epode::pubsub {

namespace {

using xep::pubsub::refusal;

/// Affiliations that may read whatever the access model is (4.1, table 1).
bool reads_anyway(Affiliation affiliation) {
    return affiliation == Affiliation::owner || affiliation == Affiliation::publisher ||
           affiliation == Affiliation::member;
}

bool in_group(const Configuration& configuration, const Standing& who) {
    return std::ranges::any_of(who.groups, [&](const std::string& group) {
        return std::ranges::find(configuration.groups, group) != configuration.groups.end();
    });
}

bool subscribed(const Node& node, const Standing& who) {
    return std::ranges::any_of(node.subscriptions,
                               [&](const auto& each) { return !each.pending && each.jid.bare() == who.bare; });
}

} // namespace

Affiliation affiliation(const Node& node, const Standing& who) {
    return who.owner ? Affiliation::owner : node.affiliation(who.bare);
}

std::optional<StanzaError> may_read(const Node& node, const Standing& who) {
    const auto part = affiliation(node, who);
    if (part == Affiliation::outcast || part == Affiliation::publish_only) return StanzaError(Condition::forbidden);
    if (reads_anyway(part)) return std::nullopt;
    switch (node.configuration.access) {
    case Access::open:
        return std::nullopt;
    case Access::presence:
        if (who.sees_presence) return std::nullopt;
        return refusal(Condition::not_authorized, "presence-subscription-required");
    case Access::roster:
        if (who.sees_presence && in_group(node.configuration, who)) return std::nullopt;
        return refusal(Condition::not_authorized, "not-in-roster-group");
    case Access::authorize:
        if (subscribed(node, who)) return std::nullopt;
        return refusal(Condition::not_authorized, "not-subscribed");
    case Access::whitelist:
        break;
    }
    return refusal(Condition::not_allowed, "closed-node");
}

bool must_wait(const Node& node, const Standing& who) {
    return node.configuration.access == Access::authorize && !reads_anyway(affiliation(node, who));
}

std::optional<StanzaError> may_subscribe(const Node& node, const Standing& who) {
    const auto part = affiliation(node, who);
    const bool kept_out = part == Affiliation::outcast || part == Affiliation::publish_only;
    return must_wait(node, who) && !kept_out ? std::nullopt : may_read(node, who);
}

std::optional<StanzaError> may_publish(const Node& node, const Standing& who) {
    const auto part = affiliation(node, who);
    if (part == Affiliation::owner || part == Affiliation::publisher || part == Affiliation::publish_only)
        return std::nullopt;
    if (part != Affiliation::outcast) {
        const auto model = node.configuration.publish_model;
        if (model == PublishModel::open) return std::nullopt;
        if (model == PublishModel::subscribers && subscribed(node, who) && !may_read(node, who)) return std::nullopt;
    }
    return StanzaError(Condition::forbidden);
}

} // namespace epode::pubsub
