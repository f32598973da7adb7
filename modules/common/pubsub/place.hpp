// SPDX-License-Identifier: MIT
// Place: one publish-subscribe service as the engine sees it: whose nodes, where they are in memory, who is who and who
// hears of what happens. An account is one (AccountPlace); a domain of its own can be another.
#pragma once

#include "core/store/batch.hpp"
#include "core/xml/document.hpp"
#include "modules/common/pubsub/access.hpp"
#include "modules/common/pubsub/node.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace epode::pubsub {

class Place {
public:
    Place() = default;
    Place(const Place&) = delete;
    virtual ~Place() = default;

    virtual const Jid& address() const = 0;
    virtual Owner owner() const = 0;
    /// Good until the next suspension.
    virtual const Nodes& nodes() const = 0;
    virtual Standing standing(const Jid& who) const = 0;
    /// Whether all nodes are one owner's, who stays it.
    virtual bool of_one() const noexcept = 0;
    /// How a new node is configured.
    virtual Configuration defaults() const { return {}; }
    /// Who decides about those who want to subscribe; bare.
    virtual std::vector<Jid> owners(const Node& node) const = 0;
    /// In memory at once, durable with `batch`; the same for erase.
    virtual void put(Batch& batch, std::string name, Node node) = 0;
    virtual void erase(Batch& batch, std::string_view name) = 0;
    /// `message` (without addresses) to all who may hear of the node. What it tells is durable.
    virtual void tell(const std::string& name, const Node& node, Ref<xml::Document> message) = 0;
    /// What it tells is durable, whether anybody is told of it or not; for whoever keeps the same in another form.
    virtual void changed(const std::string& name, const xep::pubsub::Event& event) = 0;
    /// A message from this place to one.
    virtual void tell(const Stanza& message) = 0;

    const Node* find(std::string_view name) const {
        const auto found = nodes().find(name);
        return found == nodes().end() ? nullptr : &found->second;
    }
};

} // namespace epode::pubsub
