// SPDX-License-Identifier: MIT
#include "xep/xep0425_moderation.hpp"

namespace epode::xep {

Result<Moderate> Moderate::decode(xml::Element element) {
    Moderate query;
    query.id = element.attr("id").str();
    if (query.id.empty()) return fail("no message is named");
    if (!element.child("retract", retract_ns)) return fail("all that can be done to a message is to retract it");
    query.reason = element.child_text("reason").str();
    return query;
}

void Moderate::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr("id", id).open("retract", retract_ns).close();
    if (!reason.empty()) builder.leaf("reason", reason);
    builder.close();
}

void Moderated::encode(xml::Builder& builder) const {
    builder.open("retract", retract_ns).attr("id", what.id);
    encode_inner(builder);
    builder.close();
}

void Moderated::encode_inner(xml::Builder& builder) const {
    builder.open("moderated", moderate_ns).attr_if("by", by.text());
    if (!occupant.empty()) builder.open("occupant-id", "urn:xmpp:occupant-id:0").attr("id", occupant).close();
    builder.close();
    if (!what.reason.empty()) builder.leaf("reason", what.reason);
}

} // namespace epode::xep
