// SPDX-License-Identifier: MIT
// Who may do what with a node (XEP-0060 sections 4.1 and 4.5). Pure.
#pragma once

#include "core/stanza.hpp"
#include "modules/common/pubsub/node.hpp"

#include <optional>

namespace epode::pubsub {

/// What somebody is to the owner of the nodes.
struct Standing {
    Jid bare;
    bool owner = false;              ///< of all nodes there are
    bool creates = false;            ///< may make nodes, and owns those he has made
    bool sees_presence = false;      ///< is subscribed to the owner's presence
    std::vector<std::string> groups; ///< of the owner's roster in which he is
};

Affiliation affiliation(const Node& node, const Standing& who);
/// Why not; null where he may.
std::optional<StanzaError> may_read(const Node& node, const Standing& who);
/// The same, but where an owner decides about each one (4.5, authorize) anybody may ask.
std::optional<StanzaError> may_subscribe(const Node& node, const Standing& who);
/// Whether an owner has to decide about him.
bool must_wait(const Node& node, const Standing& who);
std::optional<StanzaError> may_publish(const Node& node, const Standing& who);

} // namespace epode::pubsub
