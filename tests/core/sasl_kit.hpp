// SPDX-License-Identifier: MIT
// For the tests of SASL: a host's policy, a channel, and the client's side of SCRAM.
#pragma once

#include "core/base/base64.hpp"
#include "core/session/sasl.hpp"
#include "tests/catch.hpp"

namespace epode::sasl::test {

inline constexpr std::uint32_t iterations = 4096;

inline Policy policy() {
    Policy policy;
    policy.domain = "example.com";
    policy.hashes = {ScramHash::sha512, ScramHash::sha256, ScramHash::sha1};
    policy.iterations = iterations;
    policy.pretence_key = Secret(std::string(32, 'k'));
    return policy;
}

inline Channel tls() {
    Channel channel;
    channel.encrypted = true;
    channel.bindings.tls_exporter = "exported key material";
    channel.bindings.tls_server_end_point = "hash of the certificate";
    return channel;
}
/// Encrypted, but with nothing to bind to.
inline Channel unbound() {
    Channel channel;
    channel.encrypted = true;
    return channel;
}

inline std::unique_ptr<Mechanism> mechanism(std::string_view name, const Channel& channel = unbound(),
                                            std::string nonce = "server") {
    auto made = make_mechanism(name, policy(), channel, std::move(nonce));
    REQUIRE(made);
    return std::move(*made);
}

/// What the step is, for comparing: "challenge: …", "account", "password: …", "success: …", "not-authorized".
inline std::string shown(const Step& step) {
    if (const auto* challenge = std::get_if<Challenge>(&step)) return "challenge: " + challenge->data;
    if (std::holds_alternative<NeedAccount>(step)) return "account";
    if (const auto* need = std::get_if<NeedVerdict>(&step)) return "password: " + std::string(need->password.view());
    if (const auto* success = std::get_if<Success>(&step)) return "success: " + success->data;
    return std::string(xep::sasl::name(std::get<Failure>(step).condition));
}
inline std::string text_of(const Step& step) { return std::get<Failure>(step).text; }

/// SaltedPassword (RFC 5802): Hi() by its definition, independent of the server's derive().
inline Bytes salted_password(ScramHash hash, std::string_view password, const Bytes& salt, int count) {
    Bytes round = hmac(hash, password, salt + Bytes("\0\0\0\1", 4));
    Bytes salted = round;
    for (int i = 1; i < count; ++i) {
        round = hmac(hash, password, round);
        for (std::size_t k = 0; k < salted.size(); ++k) salted[k] = static_cast<char>(salted[k] ^ round[k]);
    }
    return salted;
}

/// client-final-message for the server-first-message in `challenge`.
inline Bytes client_final(ScramHash hash, std::string_view password, const Bytes& first_bare, const Bytes& challenge,
                          std::string_view binding_input = "n,,") {
    const auto field = [&](char name) {
        const std::size_t begin =
            challenge.find(std::string(name == 'r' ? "" : ",") + name + "=") + (name == 'r' ? 2 : 3);
        return challenge.substr(begin, challenge.find(',', begin) - begin);
    };
    const auto count = static_cast<int>(std::stoul(field('i')));
    const Bytes salt = *base64::decode(field('s'));
    const Bytes without_proof = "c=" + base64::encode(binding_input) + ",r=" + field('r');
    const Bytes salted = salted_password(hash, password, salt, count);
    const Bytes client_key = hmac(hash, salted, "Client Key");
    Bytes proof = hmac(hash, digest(hash, client_key), first_bare + "," + challenge + "," + without_proof);
    for (std::size_t k = 0; k < proof.size(); ++k) proof[k] = static_cast<char>(proof[k] ^ client_key[k]);
    return without_proof + ",p=" + base64::encode(proof);
}

} // namespace epode::sasl::test
