// SPDX-License-Identifier: MIT
#include "xep/xep0191_blocking.hpp"

#include <algorithm>

namespace epode::xep::blocking {

namespace {

Result<Items, StanzaError> decode_items(xml::Element element) {
    Items items;
    for (xml::Element child : element.children()) {
        if (!child.is("item", ns)) continue;
        const auto text = child.find_attr("jid");
        if (!text) return std::unexpected(StanzaError(Condition::bad_request, "an item must have a jid"));
        auto jid = Jid::parse(*text);
        if (!jid) return std::unexpected(StanzaError(Condition::jid_malformed, std::move(jid.error().text)));
        if (std::find(items.begin(), items.end(), *jid) == items.end()) items.push_back(std::move(*jid));
    }
    return items;
}

template <typename P> Result<P, StanzaError> decode_as(xml::Element element) {
    auto items = decode_items(element);
    if (!items) return std::unexpected(std::move(items).error());
    return P(std::move(*items));
}

void encode_items(xml::Builder& builder, std::string_view name, const Items& items) {
    builder.open(name, ns);
    for (const Jid& jid : items) builder.open("item").attr("jid", jid.text()).close();
    builder.close();
}

} // namespace

Result<BlockList, StanzaError> BlockList::decode(xml::Element element) { return decode_as<BlockList>(element); }
void BlockList::encode(xml::Builder& builder) const { encode_items(builder, name, items); }

Result<Block, StanzaError> Block::decode(xml::Element element) {
    auto block = decode_as<Block>(element);
    if (block && block->items.empty())
        return std::unexpected(StanzaError(Condition::bad_request, "block must name at least one item"));
    return block;
}
void Block::encode(xml::Builder& builder) const { encode_items(builder, name, items); }

Result<Unblock, StanzaError> Unblock::decode(xml::Element element) { return decode_as<Unblock>(element); }
void Unblock::encode(xml::Builder& builder) const { encode_items(builder, name, items); }

std::array<std::string_view, 3> matches(const Jid& jid) noexcept {
    // user@domain/resource, user@domain, domain; or domain/resource, domain; or domain: the parts of one text.
    const auto full = jid.text();
    const auto resource = jid.resource();
    const auto bare = resource.empty() ? full : full.substr(0, full.size() - resource.size() - 1);
    std::array<std::string_view, 3> all;
    std::size_t count = 0;
    all[count++] = full;
    if (bare.size() != full.size()) all[count++] = bare;
    if (!jid.local().empty()) all[count] = jid.domain();
    return all;
}

StanzaError blocked_error() {
    xml::Builder builder;
    builder.open("blocked", errors_ns).close();
    return StanzaError(Condition::not_acceptable, ErrorType::cancel, "You have blocked this address.")
        .with(xml::Fragment(builder.finish()));
}

} // namespace epode::xep::blocking
