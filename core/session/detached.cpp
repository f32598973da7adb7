// SPDX-License-Identifier: MIT
#include "core/session/detached.hpp"

#include "core/jid.hpp"

#include <string>

namespace epode {

namespace {

constexpr std::string_view chat_states_ns = "http://jabber.org/protocol/chatstates";

bool only_chat_state(const Stanza& message) {
    bool state = false;
    for (const auto child : message.root().children()) {
        if (child.ns() == chat_states_ns)
            state = true;
        else if (!child.is("thread", ns::client) && child.ns() != "urn:xmpp:hints")
            return false;
    }
    return state;
}

std::uint64_t key_of(const Stanza& stanza) {
    std::string text(stanza.is_presence() ? "p" : "m");
    if (stanza.is_message()) text += stanza.type().view();
    text += '\n';
    text += stanza.from().text();
    text += '\n';
    text += stanza.to().text();
    return keyed_hash(text);
}

} // namespace

bool is_passing(const Stanza& stanza) {
    const auto type = stanza.type();
    if (stanza.is_presence()) return type.empty() || type == "unavailable";
    return stanza.is_message() && type != "error" && only_chat_state(stanza);
}

bool Detached::replaces(const Stanza& stanza) {
    if (states_.empty() || !is_passing(stanza)) return false;
    const auto found = states_.find(key_of(stanza));
    if (found == states_.end()) return false;
    outbox.replace(found->second, stanza);
    return true;
}

void Detached::queued(const Stanza& stanza) {
    if (is_passing(stanza)) states_[key_of(stanza)] = outbox.waiting() - 1;
}

} // namespace epode
