// SPDX-License-Identifier: MIT
// What every test of rooms begins with: the coven.
#pragma once

#include "tests/harness/test_server.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace epode::test::muc {

inline void join(Client& client, std::string_view nick, std::string_view inside = {}) {
    client.send("<presence to='coven@conference.example.org/" + std::string(nick) +
                "'><x xmlns='http://jabber.org/protocol/muc'>" + std::string(inside) + "</x></presence>");
}

/// Submits a configuration of these fields: <field var=…><value/></field>.
inline void configure(Client& owner, std::string_view fields) {
    owner.send("<iq type='set' id='configure' to='coven@conference.example.org'>"
               "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>" +
               std::string(fields) + "</x></query></iq>");
}
inline void accept(Client& owner) {
    configure(owner, {});
    owner.drain();
}

inline std::string field(std::string_view var, std::string_view value) {
    return "<field var='muc#" + std::string(var) + "'><value>" + std::string(value) + "</value></field>";
}

/// "auth forbidden": type and condition of an error; "" where it is none.
inline std::string error_of(const Received& received) {
    if (received.attr("type") != "error") return {};
    const auto kept = received.fragment();
    const auto error = kept.element().child("error");
    return error.attr("type").str() + ' ' + std::string(error.child_in("urn:ietf:params:xml:ns:xmpp-stanzas").name());
}

/// The codes of a presence or message, in order: "110 201".
inline std::string codes_of(const Received& received) {
    const auto kept = received.fragment();
    std::string codes;
    for (const auto child : kept.element().child("x", "http://jabber.org/protocol/muc#user").children())
        if (child.name() == "status") codes += (codes.empty() ? "" : " ") + child.attr("code").str();
    return codes;
}

/// An attribute of its <item/>.
inline std::string item_of(const Received& received, std::string_view attribute) {
    const auto kept = received.fragment();
    return kept.element().child("x", "http://jabber.org/protocol/muc#user").child("item").attr(attribute).str();
}

inline std::string admin(std::string_view type, std::string_view items) {
    return "<iq type='" + std::string(type) +
           "' id='a' to='coven@conference.example.org'><query xmlns='http://jabber.org/protocol/muc#admin'>" +
           std::string(items) + "</query></iq>";
}

inline std::string says(std::string_view text) {
    return "<message type='groupchat' to='coven@conference.example.org' id='m'><body>" + std::string(text) +
           "</body></message>";
}

/// Logs in, makes the room and accepts it.
inline Client& found(TestServer& server, std::string_view jid, std::string_view nick) {
    auto& client = server.login(jid);
    join(client, nick);
    client.drain();
    accept(client);
    return client;
}

/// Logs in and comes into the room; what that brings is read by everybody given.
inline Client& come(TestServer& server, std::string_view jid, std::string_view nick,
                    std::initializer_list<Client*> others = {}) {
    auto& client = server.login(jid);
    join(client, nick);
    client.drain();
    for (auto* other : others) other->drain();
    return client;
}

/// What most tests begin with: a room, who made it, and somebody in it. `auto& [server, crone, hag] = witches;`
struct Witches {
    TestServer server;
    Client& crone;
    Client& hag;

    explicit Witches(std::string_view options = {}, std::initializer_list<const char*> modules = {"muc"})
        : server(modules, options), crone(found(server, "crone1@example.org/desktop", "firstwitch")),
          hag(come(server, "hag66@example.org/pda", "thirdwitch", {&crone})) {}
};

} // namespace epode::test::muc
