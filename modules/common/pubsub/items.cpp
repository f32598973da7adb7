// SPDX-License-Identifier: MIT
#include "modules/common/pubsub/items.hpp"

#include "core/xml/parser.hpp"

namespace epode::pubsub {

namespace {

std::string number(std::uint64_t value) {
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (56 - 8 * i));
    return bytes;
}

std::uint64_t place_in(std::string_view key) {
    std::uint64_t value = 0;
    for (const char c : key.substr(8)) value = value << 8 | static_cast<std::uint8_t>(c);
    return value;
}

} // namespace

xep::pubsub::Item Kept::item(bool with_payload) const {
    xep::pubsub::Item item(id);
    item.publisher = publisher;
    if (!with_payload || payload.empty()) return item;
    auto document = xml::from_canonical(payload);
    if (!document) throw storage::Failure("a damaged item");
    item.payload = xml::Fragment(std::move(document));
    return item;
}

Task<std::vector<std::pair<std::string, Kept>>> ItemStore::page(Owner owner, std::string prefix, std::string after,
                                                                std::size_t limit, bool backwards) {
    auto rows = co_await read_all(owner, std::move(prefix), std::move(after), limit, backwards);
    std::vector<std::pair<std::string, Kept>> page;
    page.reserve(rows.size());
    for (auto& [key, bytes] : rows) {
        auto kept = decode_value<Kept>(bytes);
        if (!kept) throw storage::Failure(kept.error().text);
        page.emplace_back(std::move(key), std::move(*kept));
    }
    co_return page;
}

Task<std::optional<Mark>> Items::find(Owner owner, std::uint64_t node, std::string id) {
    return marks_.get(owner, number(node) + id);
}

Task<std::optional<Kept>> Items::at(Owner owner, std::uint64_t node, std::uint64_t place) {
    return items_.get(owner, number(node) + number(place));
}

Task<std::vector<Placed>> Items::page(Owner owner, std::uint64_t node, std::uint64_t after, std::size_t limit,
                                      bool backwards) {
    std::string from;
    if (after != 0) from = number(node) + number(after);
    auto rows = co_await items_.page(owner, number(node), std::move(from), limit, backwards);
    std::vector<Placed> page;
    page.reserve(rows.size());
    for (auto& [key, kept] : rows) page.emplace_back(place_in(key), std::move(kept));
    co_return page;
}

void Items::put(Batch& batch, Owner owner, std::uint64_t node, std::uint64_t place, const Kept& kept) {
    items_.put(batch, owner, number(node) + number(place), kept);
    Mark mark;
    mark.place = place;
    mark.bytes = kept.bytes();
    marks_.put(batch, owner, number(node) + kept.id, mark);
}

void Items::erase(Batch& batch, Owner owner, std::uint64_t node, std::uint64_t place, const std::string& id) {
    items_.erase(batch, owner, number(node) + number(place));
    marks_.erase(batch, owner, number(node) + id);
}

void Items::erase_all(Batch& batch, Owner owner, std::uint64_t node) {
    items_.erase_all(batch, owner, number(node));
    marks_.erase_all(batch, owner, number(node));
}

} // namespace epode::pubsub
