// SPDX-License-Identifier: MIT
#include "modules/archive/rules.hpp"

#include "xep/xep0334_hints.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace epode::archive {

namespace {

/// Namespaces of children for which a message without a body is kept as well.
constexpr std::array<std::string_view, 17> telling{
    "eu.siacs.conversations.axolotl", // XEP-0384 before version 0.4
    "jabber:x:conference",            // XEP-0249
    "jabber:x:encrypted",             // XEP-0027
    "jabber:x:oob",                   // XEP-0066
    "urn:xmpp:call-invites:0",        // XEP-0482
    "urn:xmpp:chat-markers:0",        // XEP-0333
    "urn:xmpp:fasten:0",              // XEP-0422
    "urn:xmpp:jingle-message:0",      // XEP-0353
    "urn:xmpp:jingle-message:1",
    "urn:xmpp:message-attaching:1", // XEP-0367
    "urn:xmpp:message-correct:0",   // XEP-0308
    "urn:xmpp:message-retract:0",   // XEP-0424
    "urn:xmpp:message-retract:1",
    "urn:xmpp:omemo:2",     // XEP-0384
    "urn:xmpp:openpgp:0",   // XEP-0373
    "urn:xmpp:reactions:0", // XEP-0444
    "urn:xmpp:sfs:0",       // XEP-0447
};

bool tells(xml::Element child) {
    const auto space = child.ns();
    if (space == ns::client) return child.name() == "body";
    if (space == "urn:xmpp:receipts") return child.name() == "received"; // a request alone says nothing
    if (space == "http://jabber.org/protocol/muc#user") return static_cast<bool>(child.child("invite", space));
    return std::ranges::binary_search(telling, space);
}

} // namespace

bool says_something(const Stanza& message) {
    static_assert(std::ranges::is_sorted(telling));
    const auto hints = xep::Hints::of(message);
    if (hints.no_store || hints.no_permanent_store) return false;
    if (hints.store) return true;
    for (xml::Element child : message.root().children())
        if (tells(child)) return true;
    return false;
}

bool worth_keeping(const Stanza& message) {
    if (!message.is_message()) return false;
    const auto type = message.type();
    return type != "error" && type != "headline" && type != "groupchat" && says_something(message);
}

} // namespace epode::archive
