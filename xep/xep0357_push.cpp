// SPDX-License-Identifier: MIT
#include "xep/xep0357_push.hpp"

#include "xep/xep0060_pubsub.hpp"

namespace epode::xep::push {

namespace {

std::expected<Jid, StanzaError> service_in(xml::Element element) {
    const auto text = element.find_attr("jid");
    if (!text) return std::unexpected(StanzaError(Condition::bad_request, "no push service is named (jid)"));
    auto jid = Jid::parse(*text);
    if (!jid) return std::unexpected(StanzaError(Condition::jid_malformed, jid.error().text));
    return std::move(*jid);
}

} // namespace

std::expected<Enable, StanzaError> Enable::decode(xml::Element element) {
    auto service = service_in(element);
    if (!service) return std::unexpected(std::move(service).error());
    auto form = Form::inside(element);
    if (!form) return std::unexpected(StanzaError(Condition::bad_request, form.error().text));
    Enable enable;
    enable.service = std::move(*service);
    enable.node = element.attr("node").str();
    if (*form && (*form)->form_type() == pubsub::options_form) enable.options = std::move(*form);
    return enable;
}

void Enable::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr("jid", service.text()).attr_if("node", node);
    if (options) options->encode(builder);
    builder.close();
}

std::expected<Disable, StanzaError> Disable::decode(xml::Element element) {
    auto service = service_in(element);
    if (!service) return std::unexpected(std::move(service).error());
    Disable disable;
    disable.service = std::move(*service);
    if (const auto node = element.find_attr("node")) disable.node = node->str();
    return disable;
}

void Disable::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr("jid", service.text());
    if (node) builder.attr("node", *node);
    builder.close();
}

void Summary::encode(xml::Builder& builder) const {
    Form form(Form::Type::result, summary_form);
    if (messages) form.add(FormField("message-count", std::to_string(*messages)));
    if (requests) form.add(FormField("pending-subscription-count", std::to_string(*requests)));
    if (sender) form.add(FormField("last-message-sender", std::string(sender.text())));
    if (!body.empty()) form.add(FormField("last-message-body", body));
    form.encode(builder);
}

bool withdraws(const Stanza& message, const Jid& account, std::string_view node) {
    if (!message.is_message() || message.is_error()) return false;
    const auto told = message.root().child("pubsub", pubsub::ns);
    if (!told || !(told.attr("node") == node)) return false;
    for (const xml::Element child : told.children()) {
        if (!child.is("affiliation", pubsub::ns)) continue;
        const auto whose = Jid::parse(child.attr("jid"));
        const auto now = pubsub::affiliation(child.attr("affiliation"));
        if (whose && whose->bare() == account && now &&
            (*now == pubsub::Affiliation::none || *now == pubsub::Affiliation::outcast ||
             *now == pubsub::Affiliation::member))
            return true;
    }
    return false;
}

} // namespace epode::xep::push
