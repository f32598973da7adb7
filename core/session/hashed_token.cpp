// SPDX-License-Identifier: MIT
// The HT mechanisms (draft-schmaus-kitten-sasl-ht-09): one message each way, a keyed hash of what the channel is bound
// to with a token as its key. So a login costs two hashes, and nothing but the token could have made them.
#include "core/session/sasl.hpp"
#include "core/session/scram.hpp"

#include <algorithm>
#include <stdexcept>

namespace epode::sasl {

namespace {

struct TokenName {
    std::string_view text;
    ScramHash hash;
    std::string net::ChannelBindings::* binding; ///< null: none
};
constexpr TokenName token_names[] = {
    {"HT-SHA-512-EXPR", ScramHash::sha512, &net::ChannelBindings::tls_exporter},
    {"HT-SHA-256-EXPR", ScramHash::sha256, &net::ChannelBindings::tls_exporter},
    {"HT-SHA-512-UNIQ", ScramHash::sha512, &net::ChannelBindings::tls_unique},
    {"HT-SHA-256-UNIQ", ScramHash::sha256, &net::ChannelBindings::tls_unique},
    {"HT-SHA-512-ENDP", ScramHash::sha512, &net::ChannelBindings::tls_server_end_point},
    {"HT-SHA-256-ENDP", ScramHash::sha256, &net::ChannelBindings::tls_server_end_point},
    {"HT-SHA-512-NONE", ScramHash::sha512, nullptr},
    {"HT-SHA-256-NONE", ScramHash::sha256, nullptr},
};

bool serves(const TokenName& name, const Channel& channel) {
    return channel.encrypted && (!name.binding || !(channel.bindings.*name.binding).empty());
}

Bytes hashed(ScramHash hash, BytesView token, std::string_view who, BytesView binding) {
    Bytes message(who);
    message += binding;
    return hmac(hash, token, message);
}

class HashedToken final : public Mechanism {
public:
    HashedToken(std::string domain, ScramHash hash, Bytes binding)
        : Mechanism(std::move(domain)), hash_(hash), binding_(std::move(binding)) {}

    Step token_verdict(TokenVerdict verdict) override {
        if (!std::exchange(asked_, false)) throw std::logic_error("HT did not ask");
        if (verdict.verdict == PasswordVerdict::accepted) return Success(std::move(verdict.answer));
        return refusal(verdict.verdict);
    }

protected:
    /// The name, NUL, the hash.
    Step message(Bytes data) override {
        const std::size_t nul = data.find('\0');
        if (std::exchange(done_, true) || nul == Bytes::npos || data.size() - nul - 1 != size(hash_))
            return Failure(Condition::malformed_request, "HT is a name, NUL and a hash");
        if (auto failure = claim(BytesView(data).substr(0, nul), {})) return std::move(*failure);
        asked_ = true;
        return NeedToken(TokenProof(hash_, std::move(binding_), data.substr(nul + 1)));
    }

private:
    ScramHash hash_;
    Bytes binding_;
    bool done_ = false;
    bool asked_ = false;
};

} // namespace

std::optional<Bytes> TokenProof::answer(BytesView token) const {
    if (!equal_in_constant_time(sasl::hashed(hash, token, "Initiator", binding), hashed)) return std::nullopt;
    return sasl::hashed(hash, token, "Responder", binding);
}

std::vector<std::string_view> token_mechanisms(const Channel& channel) {
    std::vector<std::string_view> names;
    for (const TokenName& name : token_names)
        if (serves(name, channel)) names.push_back(name.text);
    return names;
}

Result<std::unique_ptr<Mechanism>, Failure> make_token_mechanism(std::string_view name, std::string domain,
                                                                 const Channel& channel) {
    const auto* known = std::ranges::find(token_names, name, &TokenName::text);
    if (known == std::end(token_names) || !serves(*known, channel))
        return std::unexpected(Failure(Condition::invalid_mechanism));
    auto binding = known->binding ? channel.bindings.*known->binding : std::string();
    return std::make_unique<HashedToken>(std::move(domain), known->hash, std::move(binding));
}

} // namespace epode::sasl
