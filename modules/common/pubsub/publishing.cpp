// SPDX-License-Identifier: MIT
// XEP-0060 sections 7 and 8.5: items come and go.
#include "core/base/id.hpp"
#include "modules/common/pubsub/engine.hpp"
#include "modules/common/pubsub/events.hpp"

#include <algorithm>

namespace epode::pubsub {

namespace protocol = xep::pubsub;
using protocol::refusal;

namespace {

constexpr std::size_t longest_id = 4096;

StanzaError not_met(std::string text) { return refusal(Condition::conflict, "precondition-not-met", std::move(text)); }

std::string bytes_of(const xml::Fragment& payload) {
    if (!payload) return {};
    xml::Builder builder;
    builder.append(payload.element());
    return std::string(builder.finish()->bytes());
}

std::uint64_t all_bytes(const Nodes& nodes) {
    std::uint64_t all = 0;
    for (const auto& [name, node] : nodes) all += node.bytes;
    return all;
}

} // namespace

std::optional<StanzaError> Engine::unfit(const Node& node, const protocol::Publish& publish) const {
    const auto& configuration = node.configuration;
    if (publish.items.size() > 1) return StanzaError(Condition::bad_request, "one item at a time");
    if (publish.items.empty()) {
        if (!configuration.persist && !configuration.payloads) return std::nullopt;
        return refusal(Condition::bad_request, "item-required");
    }
    const auto& item = publish.items.front();
    if (!configuration.persist && !configuration.payloads) return refusal(Condition::bad_request, "item-forbidden");
    if (item.id.size() > longest_id) return StanzaError(Condition::not_acceptable, "the item's id is too long");
    if (!item.payload) return refusal(Condition::bad_request, "payload-required");
    if (!configuration.type.empty() && item.payload.element().ns() != configuration.type)
        return refusal(Condition::bad_request, "invalid-payload", "the payload is of another type than the node");
    if (item.payload.element().bytes().size() > limits_.item_bytes)
        return refusal(Condition::not_acceptable, "payload-too-big");
    return std::nullopt;
}

Task<Reply> Engine::handle(Place& place, Jid asker, protocol::Publish publish) {
    auto turn = co_await turns_.take(place.owner());
    const auto who = place.standing(asker);
    const Node* found = place.find(publish.node);
    Node node;
    if (found) {
        if (auto refused = may_publish(*found, who)) co_return error(std::move(*refused));
        node = *found;
    } else {
        if (!who.creates) co_return error(Condition::item_not_found);
        auto made = fresh(place, publish.node, who);
        if (!made) co_return error(std::move(made.error()));
        node = std::move(*made);
    }
    const bool is_new = !found;
    if (publish.options) {
        auto wanted = with_options(node.configuration, *publish.options, bounds());
        if (!wanted) co_return error(not_met(wanted.error().text));
        if (is_new)
            node.configuration = std::move(*wanted);
        else if (*wanted != node.configuration)
            co_return error(not_met("the node is configured in another way"));
    }
    if (auto refused = unfit(node, publish)) co_return error(std::move(*refused));

    Kept kept;
    if (!publish.items.empty()) {
        auto& item = publish.items.front();
        kept.id = item.id.empty() ? random_id() : std::move(item.id);
        if (!who.owner) kept.publisher = std::string(who.bare.text());
        kept.published = host_.wall();
        kept.payload = bytes_of(item.payload);
    }
    const bool stores = node.configuration.persist && !publish.items.empty();
    std::optional<Mark> before;
    std::vector<Placed> oldest;
    if (stores && !is_new) {
        before = co_await items_.find(place.owner(), node.number, kept.id);
        const auto most = node.configuration.max_items == 0 ? limits_.items : node.configuration.max_items;
        if (!before && node.count >= most)
            oldest = co_await items_.page(place.owner(), node.number, 0, node.count - most + 1, false);
    }
    if (stores) {
        auto freed = before ? before->bytes : 0;
        for (const Placed& old : oldest) freed += old.kept.bytes();
        if (limits_.bytes != any_number && all_bytes(place.nodes()) + kept.bytes() > limits_.bytes + freed)
            co_return error(StanzaError(Condition::resource_constraint, "there is no room for more items"));
    }

    Batch batch;
    if (before) {
        items_.erase(batch, place.owner(), node.number, before->place, kept.id);
        node.bytes -= std::min(node.bytes, before->bytes);
        --node.count;
    }
    for (const Placed& old : oldest) {
        items_.erase(batch, place.owner(), node.number, old.place, old.kept.id);
        node.bytes -= std::min(node.bytes, old.kept.bytes());
        --node.count;
    }
    if (stores) {
        items_.put(batch, place.owner(), node.number, node.next++, kept);
        node.bytes += kept.bytes();
        ++node.count;
    }
    if (stores || is_new) place.put(batch, publish.node, node);
    co_await host_.commit(std::move(batch));
    protocol::Event event(protocol::Event::Kind::items, publish.node);
    if (!publish.items.empty()) event.items.push_back(kept.item());
    place.changed(publish.node, event);
    if (node.configuration.notify) {
        if (!node.configuration.payloads)
            for (auto& item : event.items) item.payload = {};
        place.tell(publish.node, node, message_of(event));
    }

    xml::Builder answer;
    answer.open("pubsub", protocol::ns).open("publish").attr("node", publish.node);
    if (!publish.items.empty()) answer.open("item").attr("id", kept.id).close();
    co_return result(answer.close().close().finish());
}

Task<Reply> Engine::handle(Place& place, Jid asker, protocol::Retract retract) {
    auto turn = co_await turns_.take(place.owner());
    const Node* found = place.find(retract.node);
    if (!found) co_return error(Condition::item_not_found);
    const auto who = place.standing(asker);
    if (auto refused = may_publish(*found, who)) co_return error(std::move(*refused));
    if (!found->configuration.persist) co_return error(protocol::unsupported("persistent-items"));
    Node node = *found;
    std::vector<Mark> marks;
    for (const auto& id : retract.ids) {
        auto mark = co_await items_.find(place.owner(), node.number, id);
        if (!mark) co_return error(Condition::item_not_found);
        // Who may publish here but owns nothing takes back what is his.
        if (!who.owner) {
            const auto kept = co_await items_.at(place.owner(), node.number, mark->place);
            if (!kept || kept->publisher != who.bare.text()) co_return error(Condition::forbidden);
        }
        marks.push_back(*mark);
    }
    Batch batch;
    protocol::Event event(protocol::Event::Kind::items, retract.node);
    for (std::size_t i = 0; i < marks.size(); ++i) {
        if (std::ranges::find(event.retracts, retract.ids[i]) != event.retracts.end()) continue;
        items_.erase(batch, place.owner(), node.number, marks[i].place, retract.ids[i]);
        node.bytes -= std::min(node.bytes, marks[i].bytes);
        --node.count;
        event.retracts.push_back(retract.ids[i]);
    }
    place.put(batch, retract.node, node);
    co_await host_.commit(std::move(batch));
    place.changed(retract.node, event);
    if (retract.notify || node.configuration.notify_retract) place.tell(retract.node, node, message_of(event));
    co_return result();
}

Task<Reply> Engine::handle(Place& place, Jid asker, protocol::Purge purge) {
    auto turn = co_await turns_.take(place.owner());
    const Node* found = place.find(purge.node);
    if (auto refused = not_owner(place, asker, found)) co_return error(std::move(*refused));
    if (!found->configuration.persist) co_return error(protocol::unsupported("persistent-items"));
    Node node = *found;
    node.count = 0;
    node.bytes = 0;
    Batch batch;
    items_.erase_all(batch, place.owner(), node.number);
    place.put(batch, purge.node, node);
    co_await host_.commit(std::move(batch));
    const protocol::Event event(protocol::Event::Kind::purged, purge.node);
    place.changed(purge.node, event);
    if (node.configuration.notify_retract) place.tell(purge.node, node, message_of(event));
    co_return result();
}

} // namespace epode::pubsub
