// SPDX-License-Identifier: MIT
#include "xep/xep0424_retraction.hpp"

#include "xep/xep0082_datetime.hpp"
#include "xep/xep0359_sid.hpp"

namespace epode::xep {

Result<Retract> Retract::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("this is no retraction");
    Retract retract(element.attr("id").str());
    if (retract.id.empty()) return fail("a retraction names the message that is taken back");
    return retract;
}

void Retract::encode(xml::Builder& builder) const { builder.open(name, ns).attr("id", id).close(); }

Result<Retracted> Retracted::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("this is no tombstone");
    Retracted mark;
    mark.id = element.attr("id").str();
    if (mark.id.empty()) return fail("a tombstone names the retraction");
    if (const auto stamp = element.find_attr("stamp")) {
        mark.stamp = parse_datetime(stamp->view());
        if (!mark.stamp) return fail("a tombstone's stamp is no point in time");
    }
    return mark;
}

void Retracted::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr("id", id);
    if (stamp) builder.attr("stamp", format_datetime(*stamp));
    builder.close();
}

Stanza tombstone(const Stanza& message, const Retracted& mark) {
    xml::Builder builder;
    mark.encode(builder);
    const auto left = builder.finish();
    const auto says = [](xml::Element child) { return child.ns() != sid_ns; };
    return message.without_children(says).with_child(xml::Element::root(left));
}

} // namespace epode::xep
