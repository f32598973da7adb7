// SPDX-License-Identifier: MIT
// XEP-0060 sections 5.6, 5.7, 6.1, 6.2, 8.8 and 8.9: who listens by his own wish, and who has a part in a node.
#include "core/base/id.hpp"
#include "modules/common/pubsub/engine.hpp"
#include "modules/common/pubsub/events.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace epode::pubsub {

namespace protocol = xep::pubsub;
using protocol::refusal;

namespace {

void write(xml::Builder& builder, const std::string& node, const Subscription& subscription) {
    builder.open("subscription").attr_if("node", node).attr("jid", subscription.jid.text());
    builder.attr("subscription", subscription.pending ? "pending" : "subscribed");
    builder.attr("subid", subscription.subid).close();
}

auto find(std::vector<Subscription>& all, const Jid& jid) {
    return std::ranges::find(all, jid, [](const Subscription& each) -> const Jid& { return each.jid; });
}

} // namespace

Task<Reply> Engine::handle(Place& place, Jid asker, protocol::Subscribe subscribe) {
    auto turn = co_await turns_.take(place.owner());
    if (subscribe.jid.bare() != asker.bare())
        co_return error(refusal(Condition::bad_request, "invalid-jid", "subscribe yourself"));
    if (subscribe.node.empty()) co_return error(refusal(Condition::bad_request, "nodeid-required"));
    const Node* found = place.find(subscribe.node);
    if (!found) co_return error(Condition::item_not_found);
    const auto who = place.standing(asker);
    if (auto refused = may_subscribe(*found, who)) co_return error(std::move(*refused));
    Node node = *found;
    Subscription subscription;
    const auto known = find(node.subscriptions, subscribe.jid);
    if (known != node.subscriptions.end()) {
        if (known->pending) co_return error(refusal(Condition::not_authorized, "pending-subscription"));
        subscription = *known;
    } else {
        if (node.subscriptions.size() >= limits_.subscriptions)
            co_return error(refusal(Condition::not_allowed, "too-many-subscriptions"));
        subscription.jid = subscribe.jid;
        subscription.subid = random_id();
        subscription.pending = must_wait(node, who);
        node.subscriptions.push_back(subscription);
        Ref<xml::Document> item;
        if (!subscription.pending) item = co_await last(place.owner(), subscribe.node, node);
        const auto owners = place.owners(node);
        Batch batch;
        place.put(batch, subscribe.node, std::move(node));
        co_await host_.commit(std::move(batch));
        if (item) {
            const Stanza message(item, place.address(), subscription.jid);
            place.tell(with_subid(message, subscription.subid));
        }
        if (subscription.pending)
            for (const Jid& owner : owners)
                place.tell(Stanza(request_of(subscribe.node, subscription), place.address(), owner));
    }
    xml::Builder answer;
    answer.open("pubsub", protocol::ns);
    write(answer, subscribe.node, subscription);
    co_return result(answer.close().finish());
}

Task<> Engine::tell_subscriber(Place& place, std::string name, Node node, Subscription subscription, bool subscribed) {
    place.tell(Stanza(message_of(name, subscription.jid, subscribed ? "subscribed" : "none"), place.address(),
                      subscription.jid));
    if (!subscribed) co_return;
    const auto item = co_await last(place.owner(), std::move(name), std::move(node));
    if (item) place.tell(with_subid(Stanza(item, place.address(), subscription.jid), subscription.subid));
}

Task<> Engine::decide(Place& place, Jid asker, Decision decision) {
    auto turn = co_await turns_.take(place.owner());
    const Node* found = place.find(decision.node);
    if (not_owner(place, asker, found)) co_return;
    Node node = *found;
    const auto known = find(node.subscriptions, decision.subscriber);
    if (known == node.subscriptions.end() || !known->pending || known->subid != decision.subid) co_return;
    known->pending = false;
    const Subscription subscription = *known;
    if (!*decision.allowed) node.subscriptions.erase(known);
    Batch batch;
    place.put(batch, decision.node, node);
    co_await host_.commit(std::move(batch));
    co_await tell_subscriber(place, std::move(decision.node), std::move(node), subscription, *decision.allowed);
}

Task<Reply> Engine::handle(Place& place, Jid asker, protocol::Unsubscribe unsubscribe) {
    auto turn = co_await turns_.take(place.owner());
    if (unsubscribe.node.empty()) co_return error(refusal(Condition::bad_request, "nodeid-required"));
    const Node* found = place.find(unsubscribe.node);
    if (!found) co_return error(Condition::item_not_found);
    if (unsubscribe.jid.bare() != asker.bare()) co_return error(Condition::forbidden);
    Node node = *found;
    const auto known = find(node.subscriptions, unsubscribe.jid);
    if (known == node.subscriptions.end()) co_return error(refusal(Condition::unexpected_request, "not-subscribed"));
    if (!unsubscribe.subid.empty() && unsubscribe.subid != known->subid)
        co_return error(refusal(Condition::not_acceptable, "invalid-subid"));
    node.subscriptions.erase(known);
    Batch batch;
    place.put(batch, unsubscribe.node, std::move(node));
    co_await host_.commit(std::move(batch));
    co_return result();
}

Task<Reply> Engine::handle(Place& place, Jid asker, protocol::Subscriptions asked) {
    if (!asked.node.empty() && !place.find(asked.node)) co_return error(Condition::item_not_found);
    xml::Builder answer;
    answer.open("pubsub", protocol::ns).open("subscriptions").attr_if("node", asked.node);
    for (const auto& [name, node] : place.nodes()) {
        if (!asked.node.empty() && asked.node != name) continue;
        for (const auto& each : node.subscriptions)
            if (each.jid.bare() == asker.bare()) write(answer, name, each);
    }
    co_return result(answer.close().close().finish());
}

Task<Reply> Engine::handle(Place& place, Jid asker, protocol::Affiliations asked) {
    if (!asked.node.empty() && !place.find(asked.node)) co_return error(Condition::item_not_found);
    const auto who = place.standing(asker);
    xml::Builder answer;
    answer.open("pubsub", protocol::ns).open("affiliations").attr_if("node", asked.node);
    for (const auto& [name, node] : place.nodes()) {
        if (!asked.node.empty() && asked.node != name) continue;
        const auto part = affiliation(node, who);
        if (part != Affiliation::none)
            answer.open("affiliation").attr("node", name).attr("affiliation", protocol::name(part)).close();
    }
    co_return result(answer.close().close().finish());
}

Task<Reply> Engine::handle(Place& place, Jid asker, protocol::Affiliates given) {
    auto turn = co_await turns_.take(place.owner());
    const Node* found = place.find(given.node);
    if (auto refused = not_owner(place, asker, found)) co_return error(std::move(*refused));
    if (given.list.empty()) {
        xml::Builder answer;
        answer.open("pubsub", protocol::owner_ns).open("affiliations").attr("node", given.node);
        const auto write_part = [&answer](std::string_view jid, Affiliation part) {
            answer.open("affiliation").attr("jid", jid).attr("affiliation", protocol::name(part)).close();
        };
        if (place.of_one()) write_part(place.address().text(), Affiliation::owner);
        for (const auto& [jid, part] : found->affiliations) write_part(jid, part);
        co_return result(answer.close().close().finish());
    }
    Node node = *found;
    for (const auto& each : given.list) {
        if (place.of_one()) {
            const bool owner = place.standing(each.jid).owner;
            if (owner != (each.affiliation == Affiliation::owner))
                co_return error(Condition::not_acceptable, "a node here has one owner, who stays it");
            if (owner) continue;
        }
        std::string jid(each.jid.text());
        if (each.affiliation == Affiliation::none)
            node.affiliations.erase(jid);
        else
            node.affiliations.insert_or_assign(std::move(jid), each.affiliation);
    }
    if (!place.of_one() && place.owners(node).empty())
        co_return error(Condition::not_acceptable, "a node has an owner"); // 8.9.2.4
    if (node.affiliations.size() > limits_.subscriptions)
        co_return error(Condition::resource_constraint, "there are too many affiliations");
    Batch batch;
    place.put(batch, given.node, std::move(node));
    co_await host_.commit(std::move(batch));
    co_return result();
}

Task<Reply> Engine::handle(Place& place, Jid asker, protocol::Subscribers given) {
    auto turn = co_await turns_.take(place.owner());
    const Node* found = place.find(given.node);
    if (auto refused = not_owner(place, asker, found)) co_return error(std::move(*refused));
    if (given.list.empty()) {
        xml::Builder answer;
        answer.open("pubsub", protocol::owner_ns).open("subscriptions").attr("node", given.node);
        for (const auto& each : found->subscriptions) write(answer, {}, each);
        co_return result(answer.close().close().finish());
    }
    Node node = *found;
    std::vector<std::pair<Subscription, bool>> changed;
    for (const auto& each : given.list) {
        const auto known = find(node.subscriptions, each.jid);
        if (!each.subscribed) {
            if (known == node.subscriptions.end()) continue;
            changed.emplace_back(*known, false);
            node.subscriptions.erase(known);
        } else if (known != node.subscriptions.end() && known->pending) {
            known->pending = false;
            changed.emplace_back(*known, true);
        } else if (known == node.subscriptions.end()) {
            // Who has not asked for anything hears only from those whose presence he wanted.
            const auto who = place.standing(each.jid);
            const bool known_here = affiliation(node, who) != Affiliation::none;
            if (!known_here && !who.sees_presence) co_return error(Condition::not_allowed);
            if (node.subscriptions.size() >= limits_.subscriptions)
                co_return error(refusal(Condition::not_allowed, "too-many-subscriptions"));
            auto& added = node.subscriptions.emplace_back();
            added.jid = each.jid;
            added.subid = random_id();
            changed.emplace_back(added, true);
        }
    }
    Batch batch;
    place.put(batch, given.node, node);
    co_await host_.commit(std::move(batch));
    for (const auto& [subscription, subscribed] : changed)
        co_await tell_subscriber(place, given.node, node, subscription, subscribed);
    co_return result();
}

} // namespace epode::pubsub
