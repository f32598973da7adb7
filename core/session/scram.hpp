// SPDX-License-Identifier: MIT
// SCRAM (RFC 5802, RFC 7677) with channel binding (RFC 5929, RFC 9266). A name without an account goes the same way
// with keys made up for it, to the same failure.
#pragma once

#include "core/session/sasl.hpp"

namespace epode::sasl {

inline constexpr std::string_view tls_exporter = "tls-exporter";
inline constexpr std::string_view tls_unique = "tls-unique";
inline constexpr std::string_view tls_server_end_point = "tls-server-end-point";

struct ScramSetup {
    std::string domain;
    ScramHash hash = ScramHash::sha256;
    bool plus = false;
    net::ChannelBindings bindings; ///< empty where none was offered
    std::uint32_t iterations = 0;  ///< told for names without an account
    Secret pretence_key;
    std::string nonce;      ///< our half
    std::string extensions; ///< at the end of the server's first message: ",h=…" or nothing

    ScramSetup() = default;
};

class Scram final : public Mechanism {
public:
    explicit Scram(ScramSetup setup);

    Step account_found(std::optional<Credentials> found) override;

protected:
    Step message(Bytes data) override;

private:
    enum class State : std::uint8_t { first, asking, last, done };

    Step first_message(BytesView data);
    Step last_message(BytesView data);
    std::optional<Failure> check_flag(std::string_view flag);
    Step check_proof(BytesView without_proof, BytesView proof);
    ScramKeys pretended_keys() const;

    ScramSetup setup_;
    State state_ = State::first;
    Bytes binding_input_; ///< gs2 header and channel binding data: what "c=" must say
    Bytes first_bare_;    ///< client-first-message-bare
    Bytes server_first_;
    Bytes nonce_; ///< both halves
    ScramKeys keys_;
    AccountState account_state_ = AccountState::active;
};

} // namespace epode::sasl
