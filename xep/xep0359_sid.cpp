// SPDX-License-Identifier: MIT
#include "xep/xep0359_sid.hpp"

namespace epode::xep {

namespace {

bool is_stanza_id_by(xml::Element child, const Jid& by) {
    if (!child.is(StanzaId::name, StanzaId::ns)) return false;
    const auto text = child.attr("by");
    if (text == by.text()) return true;
    const auto jid = Jid::parse(text); // a forger need not prepare it
    return jid && *jid == by;
}

} // namespace

Result<StanzaId> StanzaId::decode(xml::Element element) {
    StanzaId id;
    id.id = element.attr("id").str();
    if (id.id.empty()) return fail("a stanza-id must have an id");
    auto by = Jid::parse(element.attr("by"));
    if (!by) return std::unexpected(std::move(by).error());
    id.by = std::move(*by);
    return id;
}

void StanzaId::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr("id", id).attr("by", by.text()).close();
}

Result<OriginId> OriginId::decode(xml::Element element) {
    OriginId id(element.attr("id").str());
    if (id.id.empty()) return fail("an origin-id must have an id");
    return id;
}

void OriginId::encode(xml::Builder& builder) const { builder.open(name, ns).attr("id", id).close(); }

std::optional<std::string> stanza_id(const Stanza& stanza, const Jid& by) {
    for (xml::Element child : stanza.root().children())
        if (is_stanza_id_by(child, by)) return child.attr("id").str();
    return std::nullopt;
}

std::string origin_id(const Stanza& stanza) {
    return stanza.root().child(OriginId::name, OriginId::ns).attr("id").str();
}

Stanza without_stanza_id(const Stanza& stanza, const Jid& by) {
    return stanza.without_children([&by](xml::Element child) { return is_stanza_id_by(child, by); });
}

Stanza with_stanza_id(const Stanza& stanza, const StanzaId& id) {
    if (stanza_id(stanza, id.by) == id.id) return stanza;
    xml::Builder builder;
    id.encode(builder);
    const auto document = builder.finish();
    return without_stanza_id(stanza, id.by).with_child(xml::Element::root(document));
}

} // namespace epode::xep
