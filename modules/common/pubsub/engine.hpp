// SPDX-License-Identifier: MIT
// Engine: what can be asked of a publish-subscribe service (XEP-0060), whoever's it is. It checks, changes nodes and
// items in one batch, and lets the Place tell those who listen; the answer follows when all of it is durable.
#pragma once

#include "core/module.hpp"
#include "core/store/turns.hpp"
#include "modules/common/pubsub/configuration.hpp"
#include "modules/common/pubsub/events.hpp"
#include "modules/common/pubsub/items.hpp"
#include "modules/common/pubsub/place.hpp"
#include "xep/xep0060_pubsub.hpp"

#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace epode::pubsub {

inline constexpr std::uint64_t any_number = std::numeric_limits<std::uint64_t>::max();

struct Limits {
    std::uint64_t nodes = 0;         ///< of one owner
    std::uint64_t items = 0;         ///< of one node
    std::uint64_t item_bytes = 0;    ///< of one payload
    std::uint64_t bytes = 0;         ///< of all items of one owner; any_number is not counted
    std::uint64_t subscriptions = 0; ///< of one node; affiliations, too
    bool contacts = true;            ///< Bounds::contacts
};

class Engine {
public:
    explicit Engine(Module& module, Host& host) : host_(host), items_(module) {}

    void limit(const Limits& limits) noexcept { limits_ = limits; }
    Bounds bounds() const noexcept { return {limits_.items, limits_.item_bytes, limits_.contacts}; }

    /// The place must live until the task is done.
    Task<Reply> answer(Place& place, Jid asker, xep::pubsub::Request request);
    Task<Reply> answer(Place& place, Jid asker, xep::pubsub::OwnerRequest request);

    /// An owner has said whether somebody may subscribe (8.6). The place must live until the task is done.
    Task<> decide(Place& place, Jid asker, Decision decision);

    /// Deletes a node, if it is there, and tells its subscribers.
    Task<> remove(Place& place, std::string name, std::string redirect = {});

    /// Items of a node as they are kept, for other modules.
    Task<std::vector<xep::pubsub::Item>> all(Owner owner, Node node);
    Task<std::optional<xep::pubsub::Item>> one(Owner owner, Node node, std::string id);

    /// The message with a node's last item; null where there is none or nobody is to be sent one by himself.
    Task<Ref<xml::Document>> last(Owner owner, std::string name, Node node);

private:
    // publishing.cpp
    Task<Reply> handle(Place& place, Jid asker, xep::pubsub::Publish publish);
    Task<Reply> handle(Place& place, Jid asker, xep::pubsub::Retract retract);
    Task<Reply> handle(Place& place, Jid asker, xep::pubsub::Purge purge);
    // retrieval.cpp
    Task<Reply> handle(Place& place, Jid asker, xep::pubsub::Items asked);
    // nodes.cpp
    Task<Reply> handle(Place& place, Jid asker, xep::pubsub::Create create);
    Task<Reply> handle(Place& place, Jid asker, xep::pubsub::Configure configure);
    Task<Reply> handle(Place& place, Jid asker, xep::pubsub::Default asked);
    Task<Reply> handle(Place& place, Jid asker, xep::pubsub::Delete gone);
    // subscribers.cpp
    Task<Reply> handle(Place& place, Jid asker, xep::pubsub::Subscribe subscribe);
    Task<Reply> handle(Place& place, Jid asker, xep::pubsub::Unsubscribe unsubscribe);
    Task<Reply> handle(Place& place, Jid asker, xep::pubsub::Subscriptions asked);
    Task<Reply> handle(Place& place, Jid asker, xep::pubsub::Affiliations asked);
    Task<Reply> handle(Place& place, Jid asker, xep::pubsub::Affiliates given);
    Task<Reply> handle(Place& place, Jid asker, xep::pubsub::Subscribers given);

    /// A node that is to be made, not yet anywhere; the error is what to answer.
    std::expected<Node, StanzaError> fresh(const Place& place, const std::string& name, const Standing& maker) const;
    std::optional<StanzaError> unfit(const Node& node, const xep::pubsub::Publish& publish) const;
    /// Tells a subscriber that he is one now, with the last item, or that he is none.
    Task<> tell_subscriber(Place& place, std::string name, Node node, Subscription subscription, bool subscribed);
    /// Why the owner's request cannot be, or null.
    static std::optional<StanzaError> not_owner(const Place& place, const Jid& asker, const Node* node);

    Host& host_;
    Items items_;
    Turns turns_;
    Limits limits_;
};

} // namespace epode::pubsub
