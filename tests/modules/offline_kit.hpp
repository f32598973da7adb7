// SPDX-License-Identifier: MIT
// What every test of offline messages begins with: Romeo writes, Juliet is away.
#pragma once

#include "tests/harness/test_server.hpp"

#include <string>
#include <string_view>

namespace epode::test::offline {

inline constexpr std::string_view offline_ns = "http://jabber.org/protocol/offline";

inline std::string body(const Received& received) { return received.fragment().element().child("body").text().str(); }

/// Bodies of all messages that arrived, with blanks between them.
inline std::string bodies(Client& client) {
    std::string all;
    for (const auto& received : client.receive_all())
        if (received.fragment().element().name() == "message")
            all.append(all.empty() ? "" : " ").append(body(received));
    return all;
}

inline bool refuses(const Received& received, std::string_view type, std::string_view condition) {
    const auto fragment = received.fragment();
    const auto error = fragment.element().child("error");
    return received.attr("type") == "error" && error.attr("type") == type &&
           error.child(condition, "urn:ietf:params:xml:ns:xmpp-stanzas");
}

/// Romeo writes; Juliet is away.
struct Verona {
    TestServer server;
    Client* romeo;

    explicit Verona(std::string_view options = "")
        : server({"offline"}, options), romeo(&server.login("romeo@example.net/orchard")) {
        server.account("juliet@example.org");
    }
    void say(std::string_view text, std::string_view attributes = "type='chat'") {
        send("<body>" + std::string(text) + "</body>", attributes);
    }
    void send(std::string_view children, std::string_view attributes = "type='chat'") {
        romeo->send("<message to='juliet@example.org' " + std::string(attributes) + ">" + std::string(children) +
                    "</message>");
    }
    void enter() { romeo = &server.login("romeo@example.net/orchard"); } // after a restart
    Client& juliet(const std::string& resource = "balcony") { return server.login("juliet@example.org/" + resource); }
    /// Juliet comes, and what she gets is confirmed.
    std::string collected(const std::string& resource = "balcony") {
        auto& client = juliet(resource);
        client.send("<presence/>");
        server.advance(1s);
        auto all = bodies(client);
        client.close();
        return all;
    }
};

/// So many messages, together more than half of what may wait for a client: giving them has to stop in between.
inline constexpr int many = 200;
inline void fill(Verona& verona) {
    for (int i = 0; i < many; ++i) verona.say(std::to_string(i) + std::string(30'000, '.'));
}

/// Turns on XEP-0198, so that what is sent counts as delivered when the client says so.
inline void acknowledge_by_hand(Client& client) {
    client.send("<enable xmlns='urn:xmpp:sm:3'/>");
    client.drain();
}

inline std::string node_of(const Received& received) {
    const auto fragment = received.fragment();
    return fragment.element().child("offline", offline_ns).child("item", offline_ns).attr("node").str();
}

} // namespace epode::test::offline
