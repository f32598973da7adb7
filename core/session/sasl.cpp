// SPDX-License-Identifier: MIT
#include "core/session/sasl.hpp"

#include "core/base/base64.hpp"
#include "core/base/id.hpp"
#include "core/session/scram.hpp"

#include <algorithm>
#include <stdexcept>

namespace epode::sasl {

namespace {

constexpr std::size_t longest_message = 16 * 1024;

struct ScramName {
    std::string_view text;
    ScramHash hash;
    bool plus;
};
constexpr ScramName scram_names[] = {
    {"SCRAM-SHA-512-PLUS", ScramHash::sha512, true}, {"SCRAM-SHA-256-PLUS", ScramHash::sha256, true},
    {"SCRAM-SHA-1-PLUS", ScramHash::sha1, true},     {"SCRAM-SHA-512", ScramHash::sha512, false},
    {"SCRAM-SHA-256", ScramHash::sha256, false},     {"SCRAM-SHA-1", ScramHash::sha1, false},
};

bool has_bindings(const Channel& channel) { return channel.encrypted && !binding_types(channel).empty(); }

bool allows(const Policy& policy, ScramHash hash) {
    return std::find(policy.hashes.begin(), policy.hashes.end(), hash) != policy.hashes.end();
}

/// RFC 4616: [authzid] NUL authcid NUL passwd.
class Plain final : public Mechanism {
public:
    explicit Plain(std::string domain) : Mechanism(std::move(domain)) {}

    Step verdict(PasswordVerdict verdict) override {
        if (!asked_) throw std::logic_error("PLAIN did not ask");
        asked_ = false;
        if (verdict == PasswordVerdict::accepted) return Success();
        return refusal(verdict);
    }

protected:
    Step message(Bytes data) override {
        Secret guarded(data);
        wipe(data);
        const BytesView all = guarded.view();
        const std::size_t first = all.find('\0');
        const std::size_t second = first == BytesView::npos ? first : all.find('\0', first + 1);
        if (done_ || second == BytesView::npos || all.find('\0', second + 1) != BytesView::npos ||
            second == first + 1 || second + 1 == all.size())
            return Failure(Condition::malformed_request, "PLAIN is [authzid] NUL authcid NUL password (RFC 4616)");
        done_ = true;
        if (auto failure = claim(all.substr(first + 1, second - first - 1), all.substr(0, first)))
            return std::move(*failure);
        asked_ = true;
        return NeedVerdict(Secret(Bytes(all.substr(second + 1))));
    }

private:
    bool done_ = false;
    bool asked_ = false;
};

void append_sorted(std::string& out, std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    for (std::size_t i = 0; i < names.size(); ++i) out.append(i == 0 ? "" : "\x1e").append(names[i]);
}

/// XEP-0474, "Server Sends Downgrade Protection Hash".
std::string downgrade_hash(ScramHash hash, const Channel& channel) {
    std::string list;
    append_sorted(list, channel.advertised);
    const auto types = binding_types(channel);
    if (!types.empty()) list += '\x1f';
    append_sorted(list, {types.begin(), types.end()});
    return base64::encode(digest(hash, list));
}

/// Better than a known key where the host has no stored one.
const Secret& process_key() {
    static const Secret key(random_id(256));
    return key;
}

std::unique_ptr<Mechanism> make_scram(const ScramName& chosen, const Policy& policy, const Channel& channel,
                                      std::string nonce) {
    ScramSetup setup;
    setup.domain = policy.domain;
    setup.hash = chosen.hash;
    setup.plus = chosen.plus;
    if (has_bindings(channel)) setup.bindings = channel.bindings;
    setup.iterations = policy.iterations;
    setup.pretence_key = policy.pretence_key.empty() ? process_key() : policy.pretence_key;
    setup.nonce = nonce.empty() ? random_id(144) : std::move(nonce);
    if (!channel.advertised.empty()) setup.extensions = ",h=" + downgrade_hash(chosen.hash, channel);
    if (!channel.tls_version.empty()) setup.extensions += ",t=" + channel.tls_version; // XEP-0515
    return std::make_unique<Scram>(std::move(setup));
}

} // namespace

Step Mechanism::start(std::optional<Bytes> initial) {
    if (!initial) return Challenge(Bytes());
    return respond(std::move(*initial));
}

Step Mechanism::respond(Bytes response) {
    if (response.size() > longest_message) return Failure(Condition::malformed_request, "the message is too long");
    return message(std::move(response));
}

Step Mechanism::account_found(std::optional<Credentials>) { throw std::logic_error("the mechanism did not ask"); }
Step Mechanism::verdict(PasswordVerdict) { throw std::logic_error("the mechanism did not ask"); }
Step Mechanism::token_verdict(TokenVerdict) { throw std::logic_error("the mechanism did not ask"); }

std::optional<Failure> Mechanism::claim(std::string_view authcid, std::string_view authzid) {
    // RFC 6120 6.3.8 wants the localpart; some clients send the bare JID.
    if (const std::size_t at = authcid.rfind('@'); at != std::string_view::npos)
        if (prepare::domain(authcid.substr(at + 1)) == domain_) authcid = authcid.substr(0, at);
    auto account = authcid.empty() ? Result<Jid>(fail("empty")) : Jid::make(authcid, domain_);
    if (!account) return Failure(Condition::not_authorized);
    account_ = std::move(*account);
    if (authzid.empty()) return std::nullopt;
    const auto wanted = Jid::parse(authzid);
    if (!wanted || *wanted != account_)
        return Failure(Condition::invalid_authzid, "an account may only act for itself");
    return std::nullopt;
}

std::vector<std::string_view> binding_types(const Channel& channel) {
    std::vector<std::string_view> types;
    if (!channel.bindings.tls_exporter.empty()) types.emplace_back(tls_exporter);
    if (!channel.bindings.tls_unique.empty()) types.emplace_back(tls_unique);
    if (!channel.bindings.tls_server_end_point.empty()) types.emplace_back(tls_server_end_point);
    return types;
}

std::vector<std::string_view> mechanisms(const Policy& policy, const Channel& channel) {
    std::vector<std::string_view> offer;
    if (!channel.encrypted && !policy.unencrypted) return offer;
    for (const ScramName& name : scram_names)
        if (allows(policy, name.hash) && (!name.plus || has_bindings(channel))) offer.push_back(name.text);
    if (policy.plain && channel.encrypted) offer.emplace_back("PLAIN");
    return offer;
}

Result<std::unique_ptr<Mechanism>, Failure> make_mechanism(std::string_view name, const Policy& policy,
                                                           const Channel& channel, std::string nonce) {
    const auto* scram = std::find_if(std::begin(scram_names), std::end(scram_names),
                                     [&](const ScramName& known) { return known.text == name; });
    const bool is_scram = scram != std::end(scram_names);
    if (!is_scram && name != "PLAIN") return std::unexpected(Failure(Condition::invalid_mechanism));
    if (!channel.encrypted && (!is_scram || !policy.unencrypted))
        return std::unexpected(Failure(Condition::encryption_required, "negotiate TLS first"));
    if (is_scram ? !allows(policy, scram->hash) : !policy.plain)
        return std::unexpected(Failure(Condition::mechanism_too_weak));
    if (!is_scram) return std::make_unique<Plain>(policy.domain);
    if (scram->plus && !has_bindings(channel))
        return std::unexpected(Failure(Condition::invalid_mechanism, "there is no channel to bind to"));
    return make_scram(*scram, policy, channel, std::move(nonce));
}

std::string tls_version(std::string_view description) {
    if (description.starts_with("TLSv1.3 ")) return "0304";
    if (description.starts_with("TLSv1.2 ")) return "0303";
    return {};
}

Failure refusal(PasswordVerdict verdict) {
    switch (verdict) {
    case PasswordVerdict::disabled:
        return Failure(Condition::account_disabled);
    case PasswordVerdict::expired:
        return Failure(Condition::credentials_expired);
    case PasswordVerdict::unavailable:
        return Failure(Condition::temporary_auth_failure);
    default:
        return Failure(Condition::not_authorized);
    }
}

} // namespace epode::sasl
