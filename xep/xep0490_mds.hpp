// SPDX-License-Identifier: MIT
// XEP-0490: up to which message a user has seen a chat, told to all devices: an item of a node in PEP, or put into a
// message so that the server publishes it ("server assist").
#pragma once

#include "xep/xep0359_sid.hpp"

#include <string_view>

namespace epode::xep {

struct Displayed {
    static constexpr std::string_view ns = "urn:xmpp:mds:displayed:0"; ///< of the element, and the node's name
    static constexpr std::string_view name = "displayed";
    static constexpr std::string_view assist = "urn:xmpp:mds:server-assist:0"; ///< the feature

    std::string id; ///< the stanza-id of the last message that was shown
    Jid by;         ///< who gave it: the account, or the room

    Displayed() = default;
    Displayed(std::string which, Jid who) : id(std::move(which)), by(std::move(who)) {}
    static Result<Displayed> decode(xml::Element element) {
        if (!element.is(name, ns)) return fail("nothing displayed");
        auto sid = StanzaId::decode(element.child(StanzaId::name, StanzaId::ns));
        if (!sid) return std::unexpected(sid.error());
        return Displayed(std::move(sid->id), std::move(sid->by));
    }
    void encode(xml::Builder& builder) const {
        builder.open(name, ns);
        StanzaId(id, by).encode(builder);
        builder.close();
    }
};

} // namespace epode::xep
