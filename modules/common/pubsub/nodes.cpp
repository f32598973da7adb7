// SPDX-License-Identifier: MIT
// XEP-0060 sections 8.1 to 8.4: nodes are made, configured and deleted; and the way of each request to its answer.
#include "core/base/id.hpp"
#include "modules/common/pubsub/engine.hpp"
#include "modules/common/pubsub/events.hpp"

#include <algorithm>
#include <variant>

namespace epode::pubsub {

namespace protocol = xep::pubsub;

namespace {

constexpr std::size_t longest_name = 1024;

} // namespace

Task<Reply> Engine::answer(Place& place, Jid asker, protocol::Request request) {
    return std::visit([&](auto& action) { return handle(place, std::move(asker), std::move(action)); }, request.action);
}

Task<Reply> Engine::answer(Place& place, Jid asker, protocol::OwnerRequest request) {
    return std::visit([&](auto& action) { return handle(place, std::move(asker), std::move(action)); }, request.action);
}

std::expected<Node, StanzaError> Engine::fresh(const Place& place, const std::string& name,
                                               const Standing& maker) const {
    using Failure = std::unexpected<StanzaError>;
    if (name.size() > longest_name)
        return Failure(StanzaError(Condition::not_acceptable, "the node's name is too long"));
    if (place.nodes().size() >= limits_.nodes)
        return Failure(protocol::refusal(Condition::conflict, "max-nodes-exceeded", "there are too many nodes"));
    Node node;
    for (const auto& [each, other] : place.nodes()) node.number = std::max(node.number, other.number);
    ++node.number;
    node.configuration = place.defaults();
    if (!place.of_one()) node.affiliations.emplace(maker.bare.text(), Affiliation::owner);
    return node;
}

std::optional<StanzaError> Engine::not_owner(const Place& place, const Jid& asker, const Node* node) {
    const auto who = place.standing(asker);
    if (!node) return StanzaError(Condition::item_not_found);
    if (affiliation(*node, who) != Affiliation::owner) return StanzaError(Condition::forbidden);
    return std::nullopt;
}

Task<Reply> Engine::handle(Place& place, Jid asker, protocol::Create create) {
    auto turn = co_await turns_.take(place.owner());
    const auto who = place.standing(asker);
    if (!who.creates) co_return error(Condition::forbidden);
    const bool instant = create.node.empty();
    if (instant) create.node = random_id();
    if (place.find(create.node)) co_return error(Condition::conflict, "the node exists");
    auto node = fresh(place, create.node, who);
    if (!node) co_return error(std::move(node.error()));
    if (create.configuration) {
        auto wanted = changed(node->configuration, *create.configuration, bounds());
        if (!wanted) co_return error(Condition::not_acceptable, wanted.error().text);
        node->configuration = std::move(*wanted);
    }
    Batch batch;
    place.put(batch, create.node, std::move(*node));
    co_await host_.commit(std::move(batch));
    if (!instant) co_return result();
    xml::Builder answer;
    answer.open("pubsub", protocol::ns).open("create").attr("node", create.node);
    co_return result(answer.close().close().finish());
}

Task<Reply> Engine::handle(Place& place, Jid asker, protocol::Configure configure) {
    auto turn = co_await turns_.take(place.owner());
    const Node* found = place.find(configure.node);
    if (auto refused = not_owner(place, asker, found)) co_return error(std::move(*refused));
    if (!configure.form) {
        xml::Builder answer;
        answer.open("pubsub", protocol::owner_ns).open("configure").attr("node", configure.node);
        form_of(found->configuration, xep::Form::Type::form, bounds()).encode(answer);
        co_return result(answer.close().close().finish());
    }
    if (configure.form->type == xep::Form::Type::cancel) co_return result();
    auto wanted = changed(found->configuration, *configure.form, bounds());
    if (!wanted) co_return error(Condition::not_acceptable, wanted.error().text);
    Node node = *found;
    node.configuration = std::move(*wanted);
    const auto most = node.configuration.max_items == 0 ? limits_.items : node.configuration.max_items;
    std::vector<Placed> beyond;
    if (node.configuration.persist && node.count > most)
        beyond = co_await items_.page(place.owner(), node.number, 0, node.count - most, false);
    Batch batch;
    for (const Placed& old : beyond) {
        items_.erase(batch, place.owner(), node.number, old.place, old.kept.id);
        node.bytes -= std::min(node.bytes, old.kept.bytes());
        --node.count;
    }
    if (!node.configuration.persist && node.count > 0) {
        items_.erase_all(batch, place.owner(), node.number);
        node.count = node.bytes = 0;
    }
    place.put(batch, configure.node, node);
    co_await host_.commit(std::move(batch));
    if (node.configuration.notify_config) {
        protocol::Event event(protocol::Event::Kind::configured, configure.node);
        if (node.configuration.payloads) event.form = form_of(node.configuration, xep::Form::Type::result, bounds());
        place.tell(configure.node, node, message_of(event));
    }
    co_return result();
}

Task<Reply> Engine::handle(Place& place, Jid asker, protocol::Default) {
    if (!place.standing(asker).creates) co_return error(Condition::forbidden);
    xml::Builder answer;
    answer.open("pubsub", protocol::owner_ns).open("default");
    form_of(place.defaults(), xep::Form::Type::form, bounds()).encode(answer);
    co_return result(answer.close().close().finish());
}

Task<Reply> Engine::handle(Place& place, Jid asker, protocol::Delete gone) {
    auto turn = co_await turns_.take(place.owner());
    const Node* found = place.find(gone.node);
    if (auto refused = not_owner(place, asker, found)) co_return error(std::move(*refused));
    co_await remove(place, std::move(gone.node), std::move(gone.redirect));
    co_return result();
}

/// In the turn of whoever calls.
Task<> Engine::remove(Place& place, std::string name, std::string redirect) {
    const Node* found = place.find(name);
    if (!found) co_return;
    const Node node = *found;
    Batch batch;
    items_.erase_all(batch, place.owner(), node.number);
    place.erase(batch, name);
    co_await host_.commit(std::move(batch));
    protocol::Event event(protocol::Event::Kind::deleted, name);
    event.redirect = std::move(redirect);
    place.changed(name, event);
    if (node.configuration.notify_delete) place.tell(name, node, message_of(event));
}

} // namespace epode::pubsub
