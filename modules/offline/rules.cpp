// SPDX-License-Identifier: MIT
#include "modules/offline/rules.hpp"

#include "xep/xep0334_hints.hpp"
#include "xep/xep0359_sid.hpp"

#include <string_view>

namespace epode::offline {

namespace {

/// What may stand beside a chat state without saying anything.
bool is_wrapping(xml::Element child) {
    const auto space = child.ns();
    return space == xep::Hints::ns || space == xep::sid_ns || child.is("thread", ns::client);
}

bool only_chat_state(const Stanza& message) {
    bool state = false;
    for (xml::Element child : message.root().children()) {
        if (child.ns() == "http://jabber.org/protocol/chatstates")
            state = true;
        else if (!is_wrapping(child))
            return false;
    }
    return state;
}

} // namespace

Fate fate(const Stanza& message) {
    if (!message.is_message()) return Fate::refuse;
    const auto type = message.type();
    if (type == "groupchat" || type == "headline" || type == "error") return Fate::refuse;
    const auto hints = xep::Hints::of(message);
    if (!hints.store && only_chat_state(message)) return Fate::forget;
    if (hints.no_store) return Fate::refuse;
    return Fate::keep;
}

} // namespace epode::offline
