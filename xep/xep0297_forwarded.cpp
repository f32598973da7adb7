// SPDX-License-Identifier: MIT
#include "xep/xep0297_forwarded.hpp"

namespace epode::xep {

namespace {

bool is_stanza(xml::Element element) {
    return element.ns() == epode::ns::client &&
           (element.name() == "message" || element.name() == "presence" || element.name() == "iq");
}

} // namespace

Result<Forwarded> Forwarded::decode(xml::Element element) {
    Forwarded forwarded;
    for (xml::Element child : element.children()) {
        if (child.is(Delay::name, Delay::ns)) {
            auto delay = Delay::decode(child);
            if (!delay) return std::unexpected(std::move(delay).error());
            forwarded.delay = std::move(*delay);
        } else if (!forwarded.stanza && is_stanza(child)) {
            auto stanza = Stanza::from_element(child);
            if (!stanza) return std::unexpected(std::move(stanza).error());
            forwarded.stanza = std::move(*stanza);
        }
    }
    if (!forwarded.stanza) return fail("a forwarded element must hold a stanza of jabber:client");
    return forwarded;
}

void Forwarded::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    if (delay) delay->encode(builder);
    stanza.write(builder);
    builder.close();
}

} // namespace epode::xep
