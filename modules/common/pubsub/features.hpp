// SPDX-License-Identifier: MIT
// What the engine does as a whole, as service discovery tells it (XEP-0060 section 10): behind
// http://jabber.org/protocol/pubsub#. What depends on whose the nodes are is told by each module.
#pragma once

#include "xep/xep0060_pubsub.hpp"

#include <string>
#include <string_view>

namespace epode::pubsub {

inline constexpr std::string_view engine_features[] = {"auto-create",
                                                       "config-node",
                                                       "config-node-max",
                                                       "create-and-configure",
                                                       "create-nodes",
                                                       "delete-items",
                                                       "delete-nodes",
                                                       "instant-nodes",
                                                       "item-ids",
                                                       "manage-subscriptions",
                                                       "member-affiliation",
                                                       "meta-data",
                                                       "modify-affiliations",
                                                       "multi-items",
                                                       "outcast-affiliation",
                                                       "persistent-items",
                                                       "publish",
                                                       "publish-only-affiliation",
                                                       "publish-options",
                                                       "publisher-affiliation",
                                                       "purge-nodes",
                                                       "retract-items",
                                                       "retrieve-affiliations",
                                                       "retrieve-default",
                                                       "retrieve-items",
                                                       "retrieve-subscriptions",
                                                       "subscribe",
                                                       "subscription-notifications"};

inline std::string feature_name(std::string_view name) {
    return std::string(xep::pubsub::ns) + '#' + std::string(name);
}

} // namespace epode::pubsub
