// SPDX-License-Identifier: MIT
// SASL's server side as a state machine without I/O (RFC 4422). The driver, session negotiation, moves elements; a
// Mechanism turns messages into steps. What is slow is asked for: the driver looks up credentials or has a password
// checked and hands the answer in, so nothing here waits, and a test needs no server.
//
//     auto mechanism = sasl::make_mechanism(auth.mechanism, policy, channel);   // or a Failure
//     Step step = (*mechanism)->start(auth.initial);
//     Challenge      send it; step = respond(response)
//     NeedAccount    step = account_found(co_await authenticator.credentials(local))
//     NeedVerdict    step = verdict(co_await authenticator.verify(local, password))
//     NeedToken      step = token_verdict(co_await tokens.redeem(…, proof))
//     Success, Failure   the end
//
// <abort/> and faults of the outer base64 are the driver's. A driver whose look-up throws answers
// temporary-auth-failure.
#pragma once

#include "core/base/bytes.hpp"
#include "core/jid.hpp"
#include "core/net/byte_stream.hpp"
#include "core/service/authenticator.hpp"
#include "core/service/credentials.hpp"
#include "xep/rfc6120_sasl.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace epode::sasl {

using Condition = xep::sasl::Condition;

/// Goes to the client; it answers.
struct Challenge {
    Bytes data;
    explicit Challenge(Bytes given) : data(std::move(given)) {}
};
/// The mechanism wants the credentials of `account().local()`.
struct NeedAccount {
    NeedAccount() noexcept {}
};
/// The mechanism wants to know whether this is the password of `account().local()`.
struct NeedVerdict {
    Secret password;
    explicit NeedVerdict(Secret given) : password(std::move(given)) {}
};
/// What only who has a token of `account()` could make of it (XEP-0484).
struct TokenProof {
    ScramHash hash = ScramHash::sha256;
    Bytes binding; ///< of the channel; "" where the mechanism binds to none
    Bytes hashed;

    TokenProof() = default;
    TokenProof(ScramHash with, Bytes channel, Bytes given)
        : hash(with), binding(std::move(channel)), hashed(std::move(given)) {}
    /// The answer that proves that the server has this token too; null where the proof was not made with it.
    std::optional<Bytes> answer(BytesView token) const;
};
/// The mechanism wants to know whether `account()` has a token that fits.
struct NeedToken {
    TokenProof proof;
    explicit NeedToken(TokenProof given) : proof(std::move(given)) {}
};
/// `account()` is who it said it is; `data` goes with <success/>.
struct Success {
    Bytes data;
    explicit Success(Bytes given = {}) : data(std::move(given)) {}
};
/// `text` never tells whether the account exists.
struct Failure {
    Condition condition;
    std::string text;
    explicit Failure(Condition c, std::string sentence = {}) : condition(c), text(std::move(sentence)) {}
};
using Step = std::variant<Challenge, NeedAccount, NeedVerdict, NeedToken, Success, Failure>;

/// What became of a NeedToken.
struct TokenVerdict {
    PasswordVerdict verdict = PasswordVerdict::refused;
    Bytes answer; ///< TokenProof::answer, where it is accepted

    TokenVerdict() = default;
    TokenVerdict(PasswordVerdict what, Bytes proof = {}) : verdict(what), answer(std::move(proof)) {}
};

/// What the host allows; one per host, from the configuration and the authenticator.
struct Policy {
    std::string domain;            ///< prepared
    std::vector<ScramHash> hashes; ///< SCRAM is offered with these
    bool plain = true;
    bool unencrypted = false;         ///< whether SASL may be tried without TLS at all; PLAIN never may
    std::uint32_t iterations = 10000; ///< for new passwords, and for names without an account
    /// Makes salts for names without an account. Stored, so that such a salt does not change at a restart and give
    /// itself away; 32 random bytes. Empty: a key of the process.
    Secret pretence_key;

    Policy() = default;
};

/// What the stream stands on.
struct Channel {
    bool encrypted = false;
    net::ChannelBindings bindings;
    /// What the features listed, with `binding_types` beside it. Not empty: SCRAM tells the client a hash of both, so
    /// that it notices who took something out (XEP-0474).
    std::vector<std::string> advertised;
    std::string tls_version; ///< as XEP-0515 writes it: "0304"; "" where it is not known

    Channel() = default;
};

/// One attempt at authentication. Belongs to its stream; not reusable after Success or Failure.
class Mechanism {
public:
    virtual ~Mechanism() = default;

    /// The content of <auth/>; null where there was no initial response (then the first Challenge is empty).
    Step start(std::optional<Bytes> initial);
    /// The answer to the last Challenge.
    Step respond(Bytes response);
    /// Answers to NeedAccount, NeedVerdict and NeedToken. Throw std::logic_error when it was not asked.
    virtual Step account_found(std::optional<Credentials> found);
    virtual Step verdict(PasswordVerdict verdict);
    virtual Step token_verdict(TokenVerdict verdict);

    /// Who it claims to be, as a bare JID; null before it said so or where that was no address.
    const Jid& account() const noexcept { return account_; }

protected:
    explicit Mechanism(std::string domain) : domain_(std::move(domain)) {}
    virtual Step message(Bytes data) = 0;
    /// Takes the names a client sent; sets `account()`. An authzid may only be the account itself.
    std::optional<Failure> claim(std::string_view authcid, std::string_view authzid);

private:
    std::string domain_;
    Jid account_;
};

/// What to offer, strongest first: -PLUS where there are channel bindings, SCRAM, PLAIN. Empty where TLS must come
/// first.
std::vector<std::string_view> mechanisms(const Policy& policy, const Channel& channel);
/// What tokens may be asked for here, strongest first (XEP-0484, draft-schmaus-kitten-sasl-ht): those that bind to what
/// this channel has, then those that bind to nothing. Empty without TLS.
std::vector<std::string_view> token_mechanisms(const Channel& channel);
/// Channel binding types for XEP-0440, in our order of preference.
std::vector<std::string_view> binding_types(const Channel& channel);

/// The mechanism a client chose, or why it may not: invalid-mechanism, encryption-required, mechanism-too-weak.
/// `nonce` is for tests; "" takes a random one.
Result<std::unique_ptr<Mechanism>, Failure> make_mechanism(std::string_view name, const Policy& policy,
                                                           const Channel& channel, std::string nonce = {});

/// A mechanism of `token_mechanisms`; anything else is invalid-mechanism.
Result<std::unique_ptr<Mechanism>, Failure> make_token_mechanism(std::string_view name, std::string domain,
                                                                 const Channel& channel);

/// "TLSv1.3 …", as the transport describes itself, the way XEP-0515 writes it; "" for anything else.
std::string tls_version(std::string_view description);

/// The failure that stands for a verdict other than accepted.
Failure refusal(PasswordVerdict verdict);

} // namespace epode::sasl
