// SPDX-License-Identifier: MIT
// AccountPlace: an account's nodes (XEP-0163). Who sees its presence is subscribed to all of them without asking, and
// hears of those that his clients want.
#pragma once

#include "core/module.hpp"
#include "core/service/blocking.hpp"
#include "core/service/roster.hpp"
#include "modules/common/pubsub/place.hpp"
#include "modules/pep/interests.hpp"

namespace epode::pep {

using pubsub::may_read;
using pubsub::Node;
using pubsub::Nodes;
using pubsub::Place;
using pubsub::Standing;
using pubsub::Subscription;

/// What the places of all accounts share.
struct AccountNodes {
    explicit AccountNodes(Module& module) : nodes(module, "nodes"), roster(module), blocking(module) {}

    ResidentMap<Node> nodes;
    Use<RosterService> roster;
    Use<BlockingService> blocking;
};

class AccountPlace : public Place {
public:
    AccountPlace(AccountNodes& shared, const Interests& interests, Account& account)
        : shared_(shared), interests_(interests), account_(account) {}

    const Jid& address() const override { return account_.bare(); }
    Owner owner() const override { return account_; }
    const Nodes& nodes() const override { return shared_.nodes.of(account_); }
    Standing standing(const Jid& who) const override;
    bool of_one() const noexcept override { return true; }
    std::vector<Jid> owners(const Node&) const override { return {account_.bare()}; }
    void put(Batch& batch, std::string name, Node node) override {
        shared_.nodes.put(batch, account_, std::move(name), std::move(node));
    }
    void erase(Batch& batch, std::string_view name) override { shared_.nodes.erase(batch, account_, name); }
    void tell(const std::string& name, const Node& node, Ref<xml::Document> message) override;
    void changed(const std::string& name, const xep::pubsub::Event& event) override;
    void tell(const Stanza& message) override { account_.host().route(message); }

    bool blocks(const Jid& who) const;

private:
    /// Who hears because he sees the owner's presence.
    std::vector<Jid> listeners(const Node& node) const;

    AccountNodes& shared_;
    const Interests& interests_;
    Account& account_;
};

} // namespace epode::pep
