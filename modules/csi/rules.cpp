// SPDX-License-Identifier: MIT
#include "modules/csi/rules.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>

namespace epode::csi {
namespace {

constexpr std::string_view muc_user = "http://jabber.org/protocol/muc#user";
constexpr std::string_view carbons = "urn:xmpp:carbons:2";
constexpr std::string_view forward = "urn:xmpp:forward:0";
constexpr std::string_view chat_states = "http://jabber.org/protocol/chatstates";
constexpr std::string_view pubsub_event = "http://jabber.org/protocol/pubsub#event";

/// Says something about the message that it stands in, and nothing by itself.
bool is_about(xml::Element child) {
    const auto ns = child.ns();
    return ns == "urn:xmpp:hints" || ns == "urn:xmpp:sid:0" || ns == "urn:xmpp:delay" ||
           ns == "urn:xmpp:occupant-id:0" || ns == "jabber:x:delay" || ns == "http://jabber.org/protocol/address" ||
           child.is("thread", epode::ns::client) || child.is("markable", "urn:xmpp:chat-markers:0") ||
           child.is("request", "urn:xmpp:receipts") || child.is("private", carbons) ||
           (child.is("x", muc_user) && child.children().empty());
}

Kind kind_of(xml::Element child) {
    const auto ns = child.ns();
    if (ns == chat_states) return Kind::chat_state;
    if (ns == "urn:xmpp:chat-markers:0") return Kind::marker;
    if (child.is("received", "urn:xmpp:receipts")) return Kind::receipt;
    if (child.is("reactions", "urn:xmpp:reactions:0")) return Kind::reaction;
    if (child.is("event", pubsub_event)) return Kind::event;
    return Kind::important;
}

std::uint64_t key(char what, std::initializer_list<std::string_view> parts) {
    std::string text(1, what);
    for (const std::string_view part : parts) text.append(1, '\n').append(part);
    return keyed_hash(text) | 1U;
}

/// An item that is published or retracted again; with several in one event, or a whole node, order matters.
std::uint64_t event_key(xml::Element event, std::string_view from) {
    const auto items = event.child("items", pubsub_event);
    const auto children = items.children();
    if (children.empty() || std::next(children.begin()) != children.end()) return 0;
    const auto item = *children.begin();
    const auto id = item.attr("id");
    if (id.empty() || (item.name() != "item" && item.name() != "retract")) return 0;
    return key('e', {from, items.attr("node"), id});
}

/// Who says it to whom: the message's own addresses, or those of what it carries.
struct Talk {
    std::string_view from;
    std::string_view to;
};

/// Important where one of its children is. A chat state beside something that goes at once still makes an earlier one
/// void; of several things that may wait none does.
Finding classify(xml::Element message, const Talk& talk) {
    std::size_t things = 0;
    xml::Element said; ///< the first of them that is no chat state, else the chat state
    bool important = false, state = false;
    for (const xml::Element child : message.children()) {
        if (is_about(child)) continue;
        const auto kind = kind_of(child);
        ++things;
        important = important || kind == Kind::important;
        state = state || kind == Kind::chat_state;
        if (!said || kind_of(said) == Kind::chat_state) said = child;
    }
    Finding found;
    if (state && (important || things == 1)) found.key = key('s', {talk.from, talk.to});
    if (important || things == 0) return found;
    found.kind = kind_of(said);
    if (things > 1) return found;
    // Whoever has read up to here has read what came before (XEP-0333 section 4.1), within a thread.
    if (found.kind == Kind::marker && said.name() == "displayed")
        found.key = key('m', {talk.from, talk.to, message.child_text("thread").view()});
    if (found.kind == Kind::event) found.key = event_key(said, talk.from);
    return found;
}

Finding presence(const Stanza& stanza) {
    Finding found;
    const auto type = stanza.type();
    if (!type.empty() && type != "unavailable") return found; // subscriptions, errors
    if (const auto room = stanza.root().child("x", muc_user))
        for (const xml::Element child : room.children())
            if (child.name() == "status" && child.attr("code") == "110") return found; // one's own place in a room
    found.kind = Kind::presence;
    found.key = key('p', {stanza.from().text()});
    return found;
}

} // namespace

Finding classify(const Stanza& stanza) {
    if (stanza.is_presence()) return presence(stanza);
    if (!stanza.is_message() || stanza.is_error()) return {};
    const auto root = stanza.root();
    if (const auto copy = root.child_in(carbons); copy && copy.name() != "private") {
        const auto message = copy.child("forwarded", forward).child("message", epode::ns::client);
        if (!message || message.attr("type") == "error") return {};
        const auto from = message.attr("from");
        const auto to = message.attr("to");
        return classify(message, {from, to});
    }
    return classify(root, {stanza.from().text(), stanza.to().text()});
}

} // namespace epode::csi
