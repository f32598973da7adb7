// SPDX-License-Identifier: MIT
// The messages by which subscribers hear of a node. Pure.
#pragma once

#include "core/base/clock.hpp"
#include "core/stanza.hpp"
#include "core/xml/document.hpp"
#include "modules/common/pubsub/node.hpp"
#include "xep/xep0060_pubsub.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace epode::pubsub {

/// A headline with the event; `published` of an item that is sent again (XEP-0203).
Ref<xml::Document> message_of(const xep::pubsub::Event& event, std::optional<WallTime> published = std::nullopt);
/// The same for a subscription that was asked for: it carries the id (12.16), so that nobody takes it for one that
/// presence brings.
Stanza with_subid(const Stanza& message, const std::string& subid);
/// Tells a subscriber what he is from now on (12.14): "subscribed", "pending", "none".
Ref<xml::Document> message_of(const std::string& node, const Jid& subscriber, std::string_view state);
/// Asks an owner whether somebody may subscribe (8.6), and what he answers; null for any other message.
Ref<xml::Document> request_of(const std::string& node, const Subscription& subscription);
struct Decision {
    std::string node, subid;
    Jid subscriber;
    std::optional<bool> allowed; ///< null: he does not decide now
};
std::optional<Decision> decision_in(const Stanza& message);
/// The node that an event for contacts is about; "" for any other message.
std::string node_of(const Stanza& message);

} // namespace epode::pubsub
