// SPDX-License-Identifier: MIT
#include "xep/xep0203_delay.hpp"

#include "xep/xep0082_datetime.hpp"

namespace epode::xep {

namespace {

bool is_delay_from(xml::Element child, const Jid& who) {
    if (!child.is(Delay::name, Delay::ns)) return false;
    const auto from = child.attr("from");
    if (from == who.text()) return true;
    const auto jid = Jid::parse(from); // others may write it unprepared
    return jid && *jid == who;
}

} // namespace

Result<Delay> Delay::decode(xml::Element element) {
    Delay delay;
    if (const auto from = element.attr("from"); !from.empty()) {
        auto jid = Jid::parse(from);
        if (!jid) return std::unexpected(std::move(jid).error());
        delay.from = std::move(*jid);
    }
    const auto stamp = parse_datetime(element.attr("stamp"));
    if (!stamp) return fail("the stamp of a delay must be a date and time such as 2002-09-10T23:08:25Z");
    delay.stamp = *stamp;
    delay.reason = element.text().str();
    return delay;
}

void Delay::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr_if("from", from.text()).attr("stamp", format_datetime(stamp));
    if (!reason.empty()) builder.text(reason);
    builder.close();
}

bool has_delay_from(const Stanza& stanza, const Jid& who) {
    for (xml::Element child : stanza.root().children())
        if (is_delay_from(child, who)) return true;
    return false;
}

Stanza without_delay_from(const Stanza& stanza, const Jid& who) {
    return stanza.without_children([&who](xml::Element child) { return is_delay_from(child, who); });
}

Stanza with_delay(const Stanza& stanza, const Delay& delay) {
    xml::Builder builder;
    delay.encode(builder);
    const auto document = builder.finish();
    return stanza.with_child(xml::Element::root(document));
}

} // namespace epode::xep
