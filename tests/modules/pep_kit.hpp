// SPDX-License-Identifier: MIT
// What tests of personal eventing share: requests, answers, and clients with capabilities.
#pragma once

#include "tests/harness/test_server.hpp"
#include "xep/xep0030_disco.hpp"
#include "xep/xep0060_pubsub.hpp"
#include "xep/xep0115_caps.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace epode::test::pep {

/// An iq with a request to a pubsub service: to oneself where nobody is named.
inline std::string iq(std::string_view type, std::string_view inside, std::string_view to = {},
                      std::string_view owner = {}) {
    std::string text = "<iq id='p' type='" + std::string(type) + "'";
    if (!to.empty()) text += " to='" + std::string(to) + "'";
    return text + "><pubsub xmlns='http://jabber.org/protocol/pubsub" + std::string(owner) + "'>" +
           std::string(inside) + "</pubsub></iq>";
}
inline std::string owner_iq(std::string_view type, std::string_view inside, std::string_view to = {}) {
    return iq(type, inside, to, "#owner");
}

inline std::string field(std::string_view var, std::string_view value) {
    return "<field var='pubsub#" + std::string(var) + "'><value>" + std::string(value) + "</value></field>";
}
inline std::string form(std::string_view type, std::string_view fields) {
    return "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"
           "<value>http://jabber.org/protocol/pubsub#" +
           std::string(type) + "</value></field>" + std::string(fields) + "</x>";
}
inline std::string options(std::string_view fields) {
    return "<publish-options>" + form("publish-options", fields) + "</publish-options>";
}
inline std::string item(std::string_view id, std::string_view text) {
    return "<item id='" + std::string(id) + "'><tune xmlns='urn:example:tune'>" + std::string(text) + "</tune></item>";
}
inline std::string publish(std::string_view node, std::string_view id, std::string_view text,
                           std::string_view option_fields = {}) {
    return "<publish node='" + std::string(node) + "'>" + item(id, text) + "</publish>" +
           (option_fields.empty() ? std::string() : options(option_fields));
}
inline std::string items(std::string_view node, std::string_view more = {}) {
    return "<items node='" + std::string(node) + "'>" + std::string(more) + "</items>";
}

/// "result", or "error auth not-authorized presence-subscription-required".
inline std::string said(const Received& received) {
    if (received.attr("type") != "error") return received.attr("type");
    const auto kept = received.fragment();
    const auto error = kept.element().child("error");
    std::string all = "error " + error.attr("type").str();
    for (const auto child : error.children())
        if (child.name() != "text") all += " " + std::string(child.name());
    return all;
}
/// Sends it and says how it was answered.
inline std::string ask(Client& client, std::string_view request) {
    client.send(request);
    std::string answer = "silence";
    for (const auto& received : client.receive_all())
        if (received.attr("id") == "p") answer = said(received);
    return answer;
}
/// The items of an answer, "id=text" each.
inline std::string read(Client& client, std::string_view request) {
    client.send(request);
    const auto received = client.receive();
    if (received.attr("type") != "result") return said(received);
    const auto kept = received.fragment();
    std::string all;
    for (const auto each : kept.element().first().child("items").children())
        all += (all.empty() ? "" : " ") + each.attr("id").str() + "=" + each.first().text().str();
    return all;
}
/// What it hears: "from node id=text", "from node -id", "from node purge", one a line.
inline std::string heard(Client& client) {
    std::string all;
    for (const auto& received : client.receive_all()) {
        const auto kept = received.fragment();
        const auto event =
            xep::pubsub::Event::decode(kept.element().child(xep::pubsub::Event::name, xep::pubsub::event_ns));
        if (!event) continue;
        all += (all.empty() ? "" : "\n") + received.attr("from") + " " + event->node;
        if (event->kind == xep::pubsub::Event::Kind::purged) all += " purge";
        if (event->kind == xep::pubsub::Event::Kind::deleted) all += " delete";
        if (event->kind == xep::pubsub::Event::Kind::configured) all += " configuration";
        for (const auto& each : event->items) all += " " + each.id + "=" + each.payload.element().text().str();
        for (const auto& each : event->retracts) all += " -" + each;
    }
    return all;
}

/// A client's capabilities: what it says of itself when it is asked.
struct Software {
    xep::disco::Info info;
    xep::caps::Caps caps;

    explicit Software(std::initializer_list<const char*> nodes) {
        info.identities.emplace_back("client", "pc", "Exodus");
        for (const char* node : nodes) info.features.push_back(std::string(node) + "+notify");
        caps = xep::caps::Caps("sha-1", "urn:example:exodus", xep::caps::verification(info, "sha-1").value());
    }
    std::string presence() const { return "<presence>" + element() + "</presence>"; }
    std::string element() const {
        return "<c xmlns='http://jabber.org/protocol/caps' hash='" + caps.hash + "' node='" + caps.node + "' ver='" +
               caps.ver + "'/>";
    }
    /// The answer to a question of the server that has arrived; "" where that is none.
    std::string answer(const Received& question) const {
        const auto kept = question.fragment();
        const auto query = kept.element().child("query", xep::disco::info_ns);
        if (question.attr("type") != "get" || !query) return {};
        auto told = info;
        told.node = query.attr("node").str();
        xml::Builder builder;
        told.encode(builder);
        const auto document = builder.finish();
        return "<iq type='result' id='" + question.attr("id") + "' to='" + question.attr("from") + "'>" +
               xml::Element::root(document).str() + "</iq>";
    }
};

/// Available with these capabilities; says whether the server asked for them. What else has come is forgotten.
inline bool appear(Client& client, const Software& software) {
    client.send(software.presence());
    bool asked = false;
    for (const auto& received : client.receive_all()) {
        const auto answer = software.answer(received);
        if (answer.empty()) continue;
        asked = true;
        client.send(answer);
    }
    client.drain();
    return asked;
}

} // namespace epode::test::pep
