// SPDX-License-Identifier: MIT
// ServicePlace: the nodes of a publish-subscribe service at a domain of its own. Each belongs to those who are its
// owners; the host's administrators own all of them. Lives on the domain's home shard alone.
#pragma once

#include "core/module.hpp"
#include "modules/common/pubsub/place.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace epode::pubsub {

class ServicePlace final : public Place {
public:
    /// `may_create` says it of a bare address.
    ServicePlace(Module& module, Host& host, std::function<bool(const Jid&)> may_create);

    /// Reads the nodes, once; before anything else.
    Task<> load();
    void set_address(Jid address) { address_ = std::move(address); }
    /// Somebody's account is gone: he is nothing here any more. The nodes that nobody owns now are returned.
    std::vector<std::string> forget(Batch& batch, const Jid& bare);

    const Jid& address() const override { return address_; }
    Owner owner() const override { return host_.owner(); }
    const Nodes& nodes() const override { return nodes_; }
    Standing standing(const Jid& who) const override;
    bool of_one() const noexcept override { return false; }
    Configuration defaults() const override;
    std::vector<Jid> owners(const Node& node) const override;
    void put(Batch& batch, std::string name, Node node) override;
    void erase(Batch& batch, std::string_view name) override;
    void tell(const std::string& name, const Node& node, Ref<xml::Document> message) override;
    void changed(const std::string&, const xep::pubsub::Event&) override {}
    void tell(const Stanza& message) override { host_.route(message); }

private:
    Host& host_;
    std::function<bool(const Jid&)> may_create_;
    Store<Node> stored_;
    Nodes nodes_;
    Jid address_;
    bool loaded_ = false;
};

} // namespace epode::pubsub
