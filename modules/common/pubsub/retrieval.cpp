// SPDX-License-Identifier: MIT
// XEP-0060 section 6.5: items are read, all of them, some, or page by page (XEP-0059), in the order of publication.
#include "modules/common/pubsub/engine.hpp"
#include "modules/common/pubsub/events.hpp"

#include <algorithm>

namespace epode::pubsub {

namespace protocol = xep::pubsub;

namespace {

/// An answer ends after the item that goes beyond; the rest is for the next page.
constexpr std::size_t answer_bytes = 512 * 1024;
constexpr std::size_t most_ids = 1000;

struct Found {
    std::vector<Kept> items;
    bool cut = false; ///< there are more
};

Ref<xml::Document> answer_of(const protocol::Items& asked, const Node& node, const Found& found) {
    xml::Builder builder;
    builder.open("pubsub", protocol::ns).open("items").attr("node", asked.node);
    for (const Kept& kept : found.items) kept.item().encode(builder);
    builder.close();
    if (asked.page != xep::rsm::Request() || found.cut) {
        xep::rsm::Page page;
        page.count = node.count;
        if (!found.items.empty()) {
            page.first = found.items.front().id;
            page.last = found.items.back().id;
        }
        page.encode(builder);
    }
    return builder.close().finish();
}

} // namespace

Task<Reply> Engine::handle(Place& place, Jid asker, protocol::Items asked) {
    const Node* known = place.find(asked.node);
    if (!known) co_return error(Condition::item_not_found);
    if (auto refused = may_read(*known, place.standing(asker))) co_return error(std::move(*refused));
    if (!known->configuration.persist) co_return error(protocol::unsupported("persistent-items"));
    if (asked.page.index) co_return error(Condition::feature_not_implemented, "pages begin behind an item");
    const Node node = *known;
    const Owner owner = place.owner();
    Found found;
    if (!asked.ids.empty()) {
        if (asked.ids.size() > most_ids) co_return error(Condition::not_acceptable, "too many items at once");
        for (const auto& id : asked.ids) {
            const auto mark = co_await items_.find(owner, node.number, id);
            if (!mark) continue;
            auto kept = co_await items_.at(owner, node.number, mark->place);
            if (kept) found.items.push_back(std::move(*kept));
        }
        const protocol::Items plain{asked.node, {}, {}, {}, {}};
        co_return result(answer_of(plain, node, found));
    }
    // Without a page the newest are what is wanted (6.5.7), with one its side.
    const bool backwards = asked.page.backwards() || (asked.page == xep::rsm::Request());
    std::uint64_t from = 0;
    const auto& edge = asked.page.backwards() ? asked.page.before : asked.page.after;
    if (edge && !edge->empty()) {
        const auto mark = co_await items_.find(owner, node.number, *edge);
        if (!mark) co_return error(Condition::item_not_found, "there is no such item to go on from");
        from = mark->place;
    }
    const auto most = std::min<std::uint64_t>(asked.max.value_or(limits_.items), limits_.items);
    const std::size_t limit = asked.page.limit(static_cast<std::size_t>(most));
    std::size_t bytes = 0;
    while (found.items.size() < limit) {
        const auto batch = std::min<std::size_t>(limit - found.items.size(), 32);
        auto rows = co_await items_.page(owner, node.number, from, batch, backwards);
        for (auto& [place_of, kept] : rows) {
            if (found.cut) break;
            from = place_of;
            bytes += kept.payload.size();
            found.items.push_back(std::move(kept));
            found.cut = bytes > answer_bytes && found.items.size() < limit;
        }
        if (found.cut || rows.size() < batch) break;
    }
    if (backwards) std::ranges::reverse(found.items);
    co_return result(answer_of(asked, node, found));
}

Task<std::vector<protocol::Item>> Engine::all(Owner owner, Node node) {
    std::vector<protocol::Item> items;
    std::uint64_t from = 0;
    constexpr std::size_t at_once = 64;
    for (bool more = true; more;) {
        const auto rows = co_await items_.page(owner, node.number, from, at_once, false);
        for (const Placed& each : rows) {
            from = each.place;
            items.push_back(each.kept.item());
        }
        more = rows.size() == at_once;
    }
    co_return items;
}

Task<std::optional<protocol::Item>> Engine::one(Owner owner, Node node, std::string id) {
    const auto mark = co_await items_.find(owner, node.number, std::move(id));
    if (!mark) co_return std::nullopt;
    const auto kept = co_await items_.at(owner, node.number, mark->place);
    if (!kept) co_return std::nullopt;
    co_return kept->item();
}

Task<Ref<xml::Document>> Engine::last(Owner owner, std::string name, Node node) {
    const auto& configuration = node.configuration;
    if (configuration.send_last == SendLast::never || !configuration.persist || !configuration.notify || !node.count)
        co_return Ref<xml::Document>();
    const auto rows = co_await items_.page(owner, node.number, 0, 1, true);
    if (rows.empty()) co_return Ref<xml::Document>();
    const Kept& kept = rows.front().kept;
    protocol::Event event(protocol::Event::Kind::items, std::move(name));
    event.items.push_back(kept.item(configuration.payloads));
    co_return message_of(event, kept.published);
}

} // namespace epode::pubsub
