// SPDX-License-Identifier: MIT
#include "modules/common/pubsub/events.hpp"

#include "core/base/id.hpp"
#include "xep/xep0203_delay.hpp"

namespace epode::pubsub {

namespace {
constexpr std::string_view headers_ns = "http://jabber.org/protocol/shim";
constexpr std::string_view authorization_form = "http://jabber.org/protocol/pubsub#subscribe_authorization";
constexpr const char* node_var = "pubsub#node";
constexpr const char* subid_var = "pubsub#subid";
constexpr const char* subscriber_var = "pubsub#subscriber_jid";
constexpr const char* allow_var = "pubsub#allow";
} // namespace

Ref<xml::Document> message_of(const xep::pubsub::Event& event, std::optional<WallTime> published) {
    xml::Builder builder;
    builder.open("message", ns::client).attr("type", "headline").attr("id", random_id(64));
    event.encode(builder);
    if (published) xep::Delay(Jid(), *published).encode(builder);
    return builder.close().finish();
}

Ref<xml::Document> message_of(const std::string& node, const Jid& subscriber, std::string_view state) {
    xml::Builder builder;
    builder.open("message", ns::client).attr("type", "headline").attr("id", random_id(64));
    builder.open(xep::pubsub::Event::name, xep::pubsub::event_ns);
    builder.open("subscription").attr("node", node).attr("jid", subscriber.text()).attr("subscription", state);
    return builder.close().close().close().finish();
}

Ref<xml::Document> request_of(const std::string& node, const Subscription& subscription) {
    xep::Form form(xep::Form::Type::form, authorization_form);
    form.title = "A request to subscribe";
    form.instructions = {"Submit it with the last field set to let this entity subscribe, or not set to refuse."};
    form.add(xep::FormField(xep::FieldType::hidden, subid_var).value(subscription.subid));
    form.add(xep::FormField(xep::FieldType::text_single, node_var, "Node").value(node));
    form.add(xep::FormField(xep::FieldType::jid_single, subscriber_var, "Who asks")
                 .value(std::string(subscription.jid.text())));
    form.add(xep::FormField(xep::FieldType::boolean, allow_var, "Let it subscribe?").value("false"));
    xml::Builder builder;
    builder.open("message", ns::client).attr("id", random_id(64));
    builder.leaf("body", std::string(subscription.jid.text()) + " asks to subscribe to " + node);
    form.encode(builder);
    return builder.close().finish();
}

std::optional<Decision> decision_in(const Stanza& message) {
    const auto form = xep::Form::decode(message.root().child(xep::Form::name, xep::Form::ns));
    if (!form || (form->type != xep::Form::Type::submit && form->type != xep::Form::Type::cancel)) return std::nullopt;
    const auto text = [&](const char* var) {
        const auto* field = form->find(var);
        return field ? std::string(field->text()) : std::string();
    };
    if (text("FORM_TYPE") != authorization_form) return std::nullopt;
    if (form->type == xep::Form::Type::cancel) return Decision();
    auto subscriber = Jid::parse(text(subscriber_var));
    const auto* allow = form->find(allow_var);
    const auto allowed = allow ? allow->boolean() : std::nullopt;
    if (!subscriber || !allowed) return std::nullopt;
    return Decision{text(node_var), text(subid_var), std::move(*subscriber), *allowed};
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
    const auto what = event.first();
    return what.name() == "subscription" ? std::string() : what.attr("node").str(); // that concerns one subscriber
}

} // namespace epode::pubsub
