// SPDX-License-Identifier: MIT
// For tests of logins by XEP-0388: the client's elements, and the client's half of HT.
#pragma once

#include "core/base/base64.hpp"
#include "core/service/credentials.hpp"
#include "core/xml/parser.hpp"
#include "tests/catch.hpp"
#include "tests/core/sasl_kit.hpp"
#include "tests/harness/test_server.hpp"

#include <string>
#include <string_view>

namespace epode::test {

inline constexpr std::string_view phone = "d4565fa7-4d72-4749-b3d3-740edbf87770";
inline constexpr std::string_view laptop = "11111111-2222-4333-8444-555555555555";

inline std::string stream_header(std::string_view from = "romeo@example.org") {
    return "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.org' "
           "from='" +
           std::string(from) + "' version='1.0'>";
}

/// `<authenticate/>` with an initial response and whatever follows it.
inline std::string authenticate(std::string_view mechanism, std::string_view data, std::string_view inside = {}) {
    return "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='" + std::string(mechanism) + "'><initial-response>" +
           base64::encode(data) + "</initial-response>" + std::string(inside) + "</authenticate>";
}
inline std::string agent(std::string_view id = phone) {
    return "<user-agent id='" + std::string(id) +
           "'><software>AwesomeXMPP</software><device>Kiva&apos;s Phone</device></user-agent>";
}
inline std::string plain(std::string_view name, std::string_view password) {
    return std::string(1, '\0') + std::string(name) + std::string(1, '\0') + std::string(password);
}
inline std::string bind(std::string_view inside = {}) {
    return "<bind xmlns='urn:xmpp:bind:0'><tag>AwesomeXMPP</tag>" + std::string(inside) + "</bind>";
}
inline std::string request_token(std::string_view mechanism = "HT-SHA-256-NONE") {
    return "<request-token xmlns='urn:xmpp:fast:0' mechanism='" + std::string(mechanism) + "'/>";
}

/// A stream of its own that has got its features.
inline Client& stranger(TestServer& server, std::string_view from = "romeo@example.org") {
    auto& client = server.connect();
    client.send(stream_header(from));
    client.drain();
    return client;
}

/// A child of what has come, as text.
inline std::string part(const Received& received, std::string_view name) {
    if (!received) return {};
    const auto fragment = received.fragment();
    return fragment.element().child(name).text().str();
}
inline std::string identifier(const Received& received) { return part(received, "authorization-identifier"); }
/// The name of what has come, of a failure its condition.
inline std::string said(const Received& received) {
    if (!received) return "nothing";
    const auto fragment = received.fragment();
    const auto root = fragment.element();
    return std::string(root.name() == "failure" ? root.first().name() : root.name());
}
inline std::string attr_of(const Received& received, std::string_view child, std::string_view attribute) {
    if (!received) return {};
    const auto fragment = received.fragment();
    return fragment.element().child(child).attr(attribute).str();
}

/// Logs in with the password and keeps the token.
inline std::string token_of(TestServer& server, std::string_view device = phone,
                            std::string_view mechanism = "HT-SHA-256-NONE") {
    auto& client = stranger(server);
    client.send(authenticate("PLAIN", plain("romeo", "secret"), agent(device) + request_token(mechanism)));
    return attr_of(client.receive(), "token", "token");
}

/// The client's message of HT.
inline std::string hashed(std::string_view token, std::string_view binding = {}, ScramHash hash = ScramHash::sha256,
                          std::string_view name = "romeo") {
    return std::string(name) + std::string(1, '\0') + hmac(hash, token, "Initiator" + std::string(binding));
}
/// A login by token, as the only one of a new stream: what it is answered.
inline Received by_token(TestServer& server, std::string_view token, std::string_view device = phone,
                         std::string_view fast = {}, std::string_view more = {}) {
    auto& client = stranger(server);
    client.send(
        authenticate("HT-SHA-256-NONE", hashed(token),
                     agent(device) + "<fast xmlns='urn:xmpp:fast:0'" + std::string(fast) + "/>" + std::string(more)));
    for (int i = 0; i < 30 && client.silent(); ++i) server.advance(500ms); // a failure may be slowed
    return client.receive();
}

} // namespace epode::test
