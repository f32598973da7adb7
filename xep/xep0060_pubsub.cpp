// SPDX-License-Identifier: MIT
#include "xep/xep0060_pubsub.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace epode::xep::pubsub {

namespace {

constexpr std::array<std::string_view, 6> affiliation_names = {"none",         "owner",  "publisher",
                                                               "publish-only", "member", "outcast"};

using Failure = std::unexpected<StanzaError>;

Failure bad(std::string text) { return Failure(StanzaError(Condition::bad_request, std::move(text))); }
Failure bad(std::string_view own, std::string text) {
    return Failure(refusal(Condition::bad_request, own, std::move(text)));
}
Failure unknown_action() {
    return Failure(StanzaError(Condition::feature_not_implemented, "nothing of this kind can be asked here"));
}

bool boolean(std::string_view text) { return text == "1" || text == "true"; }

/// The form inside of `element`; of another FORM_TYPE than `type` it is an error.
std::expected<std::optional<Form>, StanzaError> form_in(xml::Element element, std::string_view type) {
    auto form = Form::inside(element);
    if (!form) return bad(form.error().text);
    if (*form && (*form)->type != Form::Type::cancel && (*form)->form_type() != type)
        return bad("the form's FORM_TYPE is " + std::string(type));
    return std::move(*form);
}

std::expected<Jid, StanzaError> jid_of(xml::Element element) {
    auto jid = Jid::parse(element.attr("jid").view());
    if (!jid) return bad("invalid-jid", "jid: " + jid.error().text);
    return std::move(*jid);
}

Item item_of(xml::Element element) {
    Item item(element.attr("id").str());
    item.publisher = element.attr("publisher").str();
    if (const auto payload = element.first()) item.payload = xml::Fragment(payload);
    return item;
}

std::expected<std::vector<std::string>, StanzaError> ids_of(xml::Element element) {
    std::vector<std::string> ids;
    for (const xml::Element child : element.children()) {
        if (child.name() != Item::name || child.ns() != element.ns()) continue;
        ids.push_back(child.attr("id").str());
        if (ids.back().empty()) return bad("item-required", "an item is named by its id");
    }
    return ids;
}

void write_ids(xml::Builder& builder, const std::vector<std::string>& ids) {
    for (const auto& id : ids) builder.open(Item::name).attr("id", id).close();
}

void write_form(xml::Builder& builder, std::string_view name, const std::optional<Form>& form) {
    if (!form) return;
    builder.open(name);
    form->encode(builder);
    builder.close();
}

// ---- Requests of anybody ------------------------------------------------------------------------------------------

using Read = std::expected<Request, StanzaError>;

Read read_publish(xml::Element element, xml::Element request) {
    Publish publish;
    publish.node = element.attr("node").str();
    if (publish.node.empty()) return bad("nodeid-required", "the node is named");
    for (const xml::Element child : element.children()) {
        if (!child.is(Item::name, ns)) continue;
        auto children = child.children();
        if (!children.empty() && ++children.begin() != children.end())
            return bad("invalid-payload", "an item holds one element");
        publish.items.push_back(item_of(child));
        publish.items.back().publisher.clear();
    }
    if (const auto options = request.child("publish-options", ns)) {
        auto form = form_in(options, options_form);
        if (!form) return Failure(std::move(form.error()));
        if (!*form) return bad("publish-options hold a form");
        publish.options = std::move(*form);
    }
    return Request(std::move(publish));
}

Read read_retract(xml::Element element) {
    Retract retract;
    retract.node = element.attr("node").str();
    if (retract.node.empty()) return bad("nodeid-required", "the node is named");
    retract.notify = boolean(element.attr("notify").view());
    auto ids = ids_of(element);
    if (!ids) return Failure(std::move(ids.error()));
    if (ids->empty()) return bad("item-required", "the item is named");
    retract.ids = std::move(*ids);
    return Request(std::move(retract));
}

Read read_items(xml::Element element, xml::Element request) {
    Items items;
    items.node = element.attr("node").str();
    if (items.node.empty()) return bad("nodeid-required", "the node is named");
    items.subid = element.attr("subid").str();
    if (const auto text = element.find_attr("max_items")) {
        const auto view = text->view();
        std::uint64_t most = 0;
        const auto [end, fault] = std::from_chars(view.data(), view.data() + view.size(), most);
        if (fault != std::errc() || end != view.data() + view.size()) return bad("max_items is a number");
        items.max = most;
    }
    auto ids = ids_of(element);
    if (!ids) return Failure(std::move(ids.error()));
    items.ids = std::move(*ids);
    auto page = rsm::Request::inside(request);
    if (!page) return bad(page.error().text);
    items.page = std::move(*page);
    return Request(std::move(items));
}

Read read_create(xml::Element element, xml::Element request) {
    Create create;
    create.node = element.attr("node").str();
    if (const auto configure = request.child("configure", ns)) {
        auto form = form_in(configure, config_form);
        if (!form) return Failure(std::move(form.error()));
        create.configuration = std::move(*form);
    }
    return Request(std::move(create));
}

Read read_subscribe(xml::Element element, xml::Element request) {
    Subscribe subscribe;
    subscribe.node = element.attr("node").str();
    auto jid = jid_of(element);
    if (!jid) return Failure(std::move(jid.error()));
    subscribe.jid = std::move(*jid);
    if (const auto options = request.child("options", ns)) {
        auto form = Form::inside(options);
        if (!form) return bad(form.error().text);
        subscribe.options = std::move(*form);
    }
    return Request(std::move(subscribe));
}

Read read_unsubscribe(xml::Element element) {
    Unsubscribe unsubscribe;
    unsubscribe.node = element.attr("node").str();
    auto jid = jid_of(element);
    if (!jid) return Failure(std::move(jid.error()));
    unsubscribe.jid = std::move(*jid);
    unsubscribe.subid = element.attr("subid").str();
    return Request(std::move(unsubscribe));
}

struct Writer {
    xml::Builder& builder;

    void operator()(const Publish& publish) const {
        builder.open("publish").attr("node", publish.node);
        for (const auto& item : publish.items) item.encode(builder);
        builder.close();
        write_form(builder, "publish-options", publish.options);
    }
    void operator()(const Retract& retract) const {
        builder.open("retract").attr("node", retract.node);
        if (retract.notify) builder.attr("notify", "true");
        write_ids(builder, retract.ids);
        builder.close();
    }
    void operator()(const Items& items) const {
        builder.open("items").attr("node", items.node).attr_if("subid", items.subid);
        if (items.max) builder.attr("max_items", std::to_string(*items.max));
        write_ids(builder, items.ids);
        builder.close();
        if (items.page != rsm::Request()) items.page.encode(builder);
    }
    void operator()(const Create& create) const {
        builder.open("create").attr_if("node", create.node).close();
        write_form(builder, "configure", create.configuration);
    }
    void operator()(const Subscribe& subscribe) const {
        builder.open("subscribe").attr_if("node", subscribe.node).attr("jid", subscribe.jid.text()).close();
        write_form(builder, "options", subscribe.options);
    }
    void operator()(const Unsubscribe& unsubscribe) const {
        builder.open("unsubscribe").attr_if("node", unsubscribe.node).attr("jid", unsubscribe.jid.text());
        builder.attr_if("subid", unsubscribe.subid).close();
    }
    void operator()(const Subscriptions& asked) const {
        builder.open("subscriptions").attr_if("node", asked.node).close();
    }
    void operator()(const Affiliations& asked) const {
        builder.open("affiliations").attr_if("node", asked.node).close();
    }

    void operator()(const Configure& configure) const {
        builder.open("configure").attr("node", configure.node);
        if (configure.form) configure.form->encode(builder);
        builder.close();
    }
    void operator()(const Default&) const { builder.open("default").close(); }
    void operator()(const Delete& gone) const {
        builder.open("delete").attr("node", gone.node);
        if (!gone.redirect.empty()) builder.open("redirect").attr("uri", gone.redirect).close();
        builder.close();
    }
    void operator()(const Purge& purge) const { builder.open("purge").attr("node", purge.node).close(); }
    void operator()(const Affiliates& affiliates) const {
        builder.open("affiliations").attr("node", affiliates.node);
        for (const auto& each : affiliates.list)
            builder.open("affiliation")
                .attr("jid", each.jid.text())
                .attr("affiliation", name(each.affiliation))
                .close();
        builder.close();
    }
    void operator()(const Subscribers& subscribers) const {
        builder.open("subscriptions").attr("node", subscribers.node);
        for (const auto& each : subscribers.list)
            builder.open("subscription")
                .attr("jid", each.jid.text())
                .attr("subscription", each.subscribed ? "subscribed" : "none")
                .attr_if("subid", each.subid)
                .close();
        builder.close();
    }
};

// ---- Requests of owners -------------------------------------------------------------------------------------------

using OwnerRead = std::expected<OwnerRequest, StanzaError>;

OwnerRead read_affiliates(xml::Element element, std::string node) {
    Affiliates affiliates;
    affiliates.node = std::move(node);
    for (const xml::Element child : element.children()) {
        if (!child.is("affiliation", owner_ns)) continue;
        auto jid = jid_of(child);
        if (!jid) return Failure(std::move(jid.error()));
        const auto which = affiliation(child.attr("affiliation").view());
        if (!which) return bad("there is no such affiliation");
        affiliates.list.push_back({jid->bare(), *which});
    }
    return OwnerRequest(std::move(affiliates));
}

OwnerRead read_subscribers(xml::Element element, std::string node) {
    Subscribers subscribers;
    subscribers.node = std::move(node);
    for (const xml::Element child : element.children()) {
        if (!child.is("subscription", owner_ns)) continue;
        auto jid = jid_of(child);
        if (!jid) return Failure(std::move(jid.error()));
        const auto state = child.attr("subscription");
        if (state != "subscribed" && state != "none") return bad("a subscription is subscribed or none here");
        subscribers.list.push_back({std::move(*jid), child.attr("subid").str(), state == "subscribed"});
    }
    return OwnerRequest(std::move(subscribers));
}

} // namespace

std::string_view name(Affiliation affiliation) noexcept {
    return affiliation_names.at(static_cast<std::size_t>(affiliation));
}

std::optional<Affiliation> affiliation(std::string_view text) noexcept {
    for (std::size_t i = 0; i < affiliation_names.size(); ++i)
        if (affiliation_names.at(i) == text) return static_cast<Affiliation>(i);
    return std::nullopt;
}

StanzaError refusal(Condition condition, std::string_view own, std::string text) {
    xml::Builder builder;
    builder.open(own, errors_ns).close();
    return StanzaError(condition, std::move(text)).with(xml::Fragment(builder.finish()));
}

StanzaError unsupported(std::string_view feature) {
    xml::Builder builder;
    builder.open("unsupported", errors_ns).attr("feature", feature).close();
    return StanzaError(Condition::feature_not_implemented).with(xml::Fragment(builder.finish()));
}

void Item::encode(xml::Builder& builder) const {
    builder.open(name).attr_if("id", id).attr_if("publisher", publisher);
    if (payload) builder.append(payload.element());
    builder.close();
}

Read Request::decode(xml::Element element) {
    if (!element.is(name, ns)) return bad("not a pubsub request");
    for (const xml::Element child : element.children()) {
        if (child.ns() != ns) continue;
        const auto action = child.name();
        if (action == "publish") return read_publish(child, element);
        if (action == "retract") return read_retract(child);
        if (action == "items") return read_items(child, element);
        if (action == "create") return read_create(child, element);
        if (action == "subscribe") return read_subscribe(child, element);
        if (action == "unsubscribe") return read_unsubscribe(child);
        if (action == "subscriptions") return Request(Subscriptions(child.attr("node").str()));
        if (action == "affiliations") return Request(Affiliations(child.attr("node").str()));
        if (action == "options") return Failure(unsupported("subscription-options"));
        if (action == "default") return Failure(unsupported("retrieve-default-sub"));
        return unknown_action();
    }
    return bad("the request is empty");
}

void Request::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    std::visit(Writer{builder}, action);
    builder.close();
}

bool Request::changes() const noexcept {
    return !std::holds_alternative<Items>(action) && !std::holds_alternative<Subscriptions>(action) &&
           !std::holds_alternative<Affiliations>(action);
}

OwnerRead OwnerRequest::decode(xml::Element element) {
    if (!element.is(name, ns)) return bad("not a pubsub request");
    const auto child = element.child_in(ns);
    if (!child) return bad("the request is empty");
    const auto action = child.name();
    if (action == "default") return OwnerRequest(Default());
    auto node = child.attr("node").str();
    if (node.empty()) return bad("nodeid-required", "the node is named");
    if (action == "configure") {
        auto form = form_in(child, config_form);
        if (!form) return Failure(std::move(form.error()));
        Configure configure;
        configure.node = std::move(node);
        configure.form = std::move(*form);
        return OwnerRequest(std::move(configure));
    }
    if (action == "delete") return OwnerRequest(Delete(std::move(node), child.child("redirect", ns).attr("uri").str()));
    if (action == "purge") return OwnerRequest(Purge(std::move(node)));
    if (action == "affiliations") return read_affiliates(child, std::move(node));
    if (action == "subscriptions") return read_subscribers(child, std::move(node));
    return unknown_action();
}

void OwnerRequest::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    std::visit(Writer{builder}, action);
    builder.close();
}

bool OwnerRequest::changes() const noexcept {
    if (const auto* configure = std::get_if<Configure>(&action)) return configure->form.has_value();
    if (const auto* affiliates = std::get_if<Affiliates>(&action)) return !affiliates->list.empty();
    if (const auto* subscribers = std::get_if<Subscribers>(&action)) return !subscribers->list.empty();
    return !std::holds_alternative<Default>(action);
}

Result<Event> Event::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("not an event");
    const auto what = element.child_in(ns);
    Event event;
    event.node = what.attr("node").str();
    if (event.node.empty()) return fail("an event names its node");
    if (what.name() == "items") {
        for (const xml::Element child : what.children()) {
            if (child.is(Item::name, ns)) event.items.push_back(item_of(child));
            if (child.is("retract", ns)) event.retracts.push_back(child.attr("id").str());
        }
    } else if (what.name() == "purge") {
        event.kind = Kind::purged;
    } else if (what.name() == "delete") {
        event.kind = Kind::deleted;
        event.redirect = what.child("redirect", ns).attr("uri").str();
    } else if (what.name() == "configuration") {
        event.kind = Kind::configured;
        auto form = Form::inside(what);
        if (!form) return fail(form.error().text);
        event.form = std::move(*form);
    } else {
        return fail("no such event");
    }
    return event;
}

void Event::encode(xml::Builder& builder) const {
    constexpr std::array<std::string_view, 4> names = {"items", "purge", "delete", "configuration"};
    builder.open(name, ns).open(names.at(static_cast<std::size_t>(kind))).attr("node", node);
    for (const auto& id : retracts) builder.open("retract").attr("id", id).close();
    for (const auto& item : items) item.encode(builder);
    if (form) form->encode(builder);
    if (!redirect.empty()) builder.open("redirect").attr("uri", redirect).close();
    builder.close().close();
}

} // namespace epode::xep::pubsub
