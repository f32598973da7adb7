// SPDX-License-Identifier: MIT
#include "xep/xep0280_carbons.hpp"

#include "xep/xep0297_forwarded.hpp"

namespace epode::xep::carbons {

namespace {

constexpr std::string_view muc_user_ns = "http://jabber.org/protocol/muc#user";
constexpr std::string_view direct_invitation_ns = "jabber:x:conference";

/// What of section 6.1 depends on the message's children, gathered in one walk.
struct Findings {
    bool excluded = false; ///< <private/>, or the hint <no-copy/> of XEP-0334
    bool body = false;
    bool im_payload = false; ///< receipts, chat states, markers
    bool invitation = false; ///< to a room, direct or mediated
    bool muc = false;        ///< a room or an occupant is involved
};

void look_at(Findings& found, xml::Element child) {
    const auto space = child.ns();
    if (space == epode::ns::client) {
        found.body = found.body || child.name() == "body";
    } else if (space == ns) {
        found.excluded = found.excluded || child.name() == "private";
    } else if (space == "urn:xmpp:hints") {
        found.excluded = found.excluded || child.name() == "no-copy";
    } else if (space == "urn:xmpp:receipts" || space == "http://jabber.org/protocol/chatstates" ||
               space == "urn:xmpp:chat-markers:0") {
        found.im_payload = true;
    } else if (child.is("x", muc_user_ns)) {
        found.muc = true;
        found.invitation = found.invitation || static_cast<bool>(child.child("invite", muc_user_ns));
    } else if (child.is("x", direct_invitation_ns)) {
        found.invitation = true;
    }
}

/// RFC 6121 5.2.2: a type that nobody knows counts as normal.
bool is_normal(std::string_view type) { return type != "chat" && type != "headline"; }

} // namespace

Eligible eligible(const Stanza& message, Side side) {
    if (!message.is_message()) return Eligible::no;
    const auto type = message.type();
    if (type == "groupchat") return Eligible::no;
    if (type == "error") return Eligible::if_answer;
    Findings found;
    for (xml::Element child : message.root().children()) look_at(found, child);
    if (found.excluded) return Eligible::no;
    if (found.invitation) return Eligible::yes;
    // Rooms send private messages to each joined device themselves, so only the sent ones need a copy.
    if (found.muc && side == Side::received && message.from().is_full()) return Eligible::no;
    if (found.muc && side == Side::sent && message.to().is_full()) return Eligible::yes;
    const bool talk = type == "chat" || found.im_payload || (found.body && is_normal(type));
    return talk ? Eligible::yes : Eligible::no;
}

Stanza wrap(const Stanza& message, Side side, const Jid& owner) {
    xml::Builder builder;
    builder.open("message").attr_if("type", message.type());
    builder.open(side == Side::sent ? "sent" : "received", ns);
    Forwarded(message).encode(builder);
    builder.close().close();
    return Stanza(builder.finish(), owner, Jid());
}

} // namespace epode::xep::carbons
