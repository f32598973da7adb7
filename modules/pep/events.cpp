// SPDX-License-Identifier: MIT
#include "modules/pep/events.hpp"

#include "core/base/id.hpp"
#include "xep/xep0203_delay.hpp"

namespace epode::pep {

namespace {
constexpr std::string_view headers_ns = "http://jabber.org/protocol/shim";
}

Ref<xml::Document> message_of(const xep::pubsub::Event& event, std::optional<WallTime> published) {
    xml::Builder builder;
    builder.open("message", ns::client).attr("type", "headline").attr("id", random_id(64));
    event.encode(builder);
    if (published) xep::Delay(Jid(), *published).encode(builder);
    return builder.close().finish();
}

Stanza with_subid(const Stanza& message, const std::string& subid) {
    xml::Builder builder;
    builder.open("headers", headers_ns);
    builder.open("header").attr("name", "SubID").text(subid).close();
    const auto headers = builder.close().finish();
    return message.with_child(xml::Element::root(headers));
}

std::string node_of(const Stanza& message) {
    const auto event = message.root().child(xep::pubsub::Event::name, xep::pubsub::event_ns);
    if (!event || message.root().child("headers", headers_ns)) return {};
    return event.first().attr("node").str();
}

} // namespace epode::pep
