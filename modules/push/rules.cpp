// SPDX-License-Identifier: MIT
#include "modules/push/rules.hpp"

#include <algorithm>

namespace epode::push {
namespace {

constexpr std::string_view muc_user = "http://jabber.org/protocol/muc#user";
constexpr std::string_view mentions_ns = "urn:xmpp:mmn:0";
constexpr std::string_view omemo_old = "eu.siacs.conversations.axolotl";

/// With something in it: OMEMO also sends keys in messages that say nothing.
bool is_encrypted(xml::Element child) {
    const auto ns = child.ns();
    if (child.is("encrypted", omemo_old)) return static_cast<bool>(child.child("payload", omemo_old));
    if (child.name() == "encrypted" && ns.starts_with("urn:xmpp:omemo:"))
        return static_cast<bool>(child.child("payload", ns));
    return child.is("openpgp", "urn:xmpp:openpgp:0") || child.is("x", "jabber:x:encrypted");
}

bool is_invitation(xml::Element child) {
    return child.is("x", "jabber:x:conference") ||
           (child.is("x", muc_user) && static_cast<bool>(child.child("invite", muc_user)));
}

/// Takes something back; its body is for clients that do not know that.
bool takes_back(xml::Element child) {
    return (child.name() == "retract" || child.name() == "retracted" || child.name() == "apply-to") &&
           (child.ns().starts_with("urn:xmpp:message-retract:") || child.ns().starts_with("urn:xmpp:fasten:"));
}

bool is_letter(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/// As a word; ASCII letters without their case.
bool names(std::string_view text, std::string_view nick) {
    if (nick.empty()) return false;
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    for (auto from = text.begin();;) {
        const auto at = std::search(from, text.end(), nick.begin(), nick.end(),
                                    [&](char a, char b) { return lower(a) == lower(b); });
        if (at == text.end()) return false;
        const auto end = at + static_cast<std::ptrdiff_t>(nick.size());
        if ((at == text.begin() || !is_letter(at[-1])) && (end == text.end() || !is_letter(*end))) return true;
        from = at + 1;
    }
}

bool refers_to(std::string_view address, const Jid& account, const Jid& room, std::string_view nick) {
    if (address.starts_with("xmpp:")) address.remove_prefix(5);
    const auto jid = Jid::parse(address.substr(0, address.find_first_of("?#")));
    if (!jid) return false;
    if (room && jid->bare() == room) return !nick.empty() && jid->resource() == nick;
    return jid->bare() == account;
}

} // namespace

Stanza carried(const Stanza& stanza) {
    if (!stanza.is_message()) return stanza;
    const auto inside = stanza.root()
                            .child("received", "urn:xmpp:carbons:2")
                            .child("forwarded", "urn:xmpp:forward:0")
                            .child("message", epode::ns::client);
    if (!inside) return stanza;
    auto message = Stanza::from_element(inside);
    return message ? *message : stanza;
}

Worth worth(const Stanza& message) {
    if (!message.is_message()) return Worth::nothing;
    const auto type = message.type();
    if (type == "error" || type == "headline") return Worth::nothing;
    auto found = Worth::nothing;
    for (const xml::Element child : message.root().children()) {
        if (takes_back(child)) return Worth::nothing;
        if (child.is("propose", "urn:xmpp:jingle-message:0")) return Worth::call;
        const bool says = (child.is("body", epode::ns::client) && !child.text().empty()) || is_encrypted(child) ||
                          is_invitation(child) || child.is("mentions", mentions_ns);
        if (says) found = Worth::message;
    }
    return found;
}

bool mentions(const Stanza& message, const Jid& account, const Jid& room, std::string_view nick) {
    if (is_personal(message)) return true;
    if (room && names(message.root().child_text("body"), nick)) return true;
    for (const xml::Element child : message.root().children()) {
        if (child.is("reference", "urn:xmpp:reference:0") && child.attr("type") == "mention" &&
            refers_to(child.attr("uri"), account, room, nick))
            return true;
        if (child.is("reply", "urn:xmpp:reply:0") && refers_to(child.attr("to"), account, room, nick)) return true;
    }
    return false;
}

bool is_personal(const Stanza& message) {
    const auto type = message.type();
    return (type == "chat" && static_cast<bool>(message.root().child("x", muc_user))) ||
           static_cast<bool>(message.root().child("mentions", mentions_ns));
}

} // namespace epode::push
