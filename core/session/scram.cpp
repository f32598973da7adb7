// SPDX-License-Identifier: MIT
#include "core/session/scram.hpp"

#include "core/base/base64.hpp"

#include <algorithm>
#include <stdexcept>

namespace epode::sasl {

namespace {

Failure malformed(std::string_view reason) { return Failure(Condition::malformed_request, std::string(reason)); }

/// Takes what stands before the next comma. False at the end.
bool next_field(BytesView& rest, BytesView& field) noexcept {
    if (rest.data() == nullptr) return false;
    const std::size_t comma = rest.find(',');
    field = rest.substr(0, comma);
    rest = comma == BytesView::npos ? BytesView{} : rest.substr(comma + 1);
    return true;
}

/// `name=value` with a value of at least one character; null for anything else.
std::optional<BytesView> value_of(BytesView field, char name) noexcept {
    if (field.size() < 3 || field[0] != name || field[1] != '=') return std::nullopt;
    return field.substr(2);
}

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Extensions are attributes too; their meaning is not known here and does not matter (RFC 5802 5.1).
bool extensions_are_sound(BytesView rest) noexcept {
    for (BytesView field; next_field(rest, field);)
        if (field.empty() || !is_letter(field[0]) || !value_of(field, field[0])) return false;
    return true;
}

/// "=2C" and "=3D" stand for comma and equals sign; any other "=" is a fault (RFC 5802 5.1).
std::optional<std::string> unescape_name(BytesView name) {
    std::string out;
    while (!name.empty()) {
        const std::size_t equals = name.find('=');
        out.append(name.substr(0, equals));
        if (equals == BytesView::npos) break;
        const BytesView escape = name.substr(equals, 3);
        if (escape != "=2C" && escape != "=3D") return std::nullopt;
        out += escape == "=2C" ? ',' : '=';
        name.remove_prefix(equals + 3);
    }
    return out;
}

/// RFC 5802 7: printable ASCII without a comma.
bool is_nonce(BytesView text) noexcept {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F && c != ','; });
}

Failure not_authorized() { return Failure(Condition::not_authorized); }

} // namespace

Scram::Scram(ScramSetup setup) : Mechanism(setup.domain), setup_(std::move(setup)) {}

Step Scram::message(Bytes data) {
    if (data.find('\0') != Bytes::npos) return malformed("SCRAM messages hold no NUL");
    const State before = std::exchange(state_, State::done); // whatever goes wrong ends it
    if (before == State::first) return first_message(data);
    if (before == State::last) return last_message(data);
    return malformed("nothing was asked");
}

/// RFC 5802 section 6. The flag is protected by the proof, which covers "c=".
std::optional<Failure> Scram::check_flag(std::string_view flag) {
    if (flag.starts_with("p=")) {
        if (!setup_.plus) return malformed("channel binding needs a -PLUS mechanism");
        const std::string_view type = flag.substr(2);
        const auto& data = type == tls_exporter           ? setup_.bindings.tls_exporter
                           : type == tls_unique           ? setup_.bindings.tls_unique
                           : type == tls_server_end_point ? setup_.bindings.tls_server_end_point
                                                          : std::string();
        if (data.empty()) return malformed("unsupported-channel-binding-type");
        binding_input_ += data;
        return std::nullopt;
    }
    if (flag != "n" && flag != "y") return malformed("the message begins with n, y or p=");
    if (setup_.plus) return malformed("a -PLUS mechanism needs channel binding");
    // The client could bind and believes that we cannot: somebody took -PLUS out of our offer.
    const auto& bindings = setup_.bindings;
    const bool offered =
        !bindings.tls_exporter.empty() || !bindings.tls_unique.empty() || !bindings.tls_server_end_point.empty();
    if (flag == "y" && offered) return Failure(Condition::not_authorized, "server-does-support-channel-binding");
    return std::nullopt;
}

Step Scram::first_message(BytesView data) {
    BytesView rest = data;
    BytesView flag;
    BytesView authzid;
    if (!next_field(rest, flag) || !next_field(rest, authzid) || rest.empty())
        return malformed("the GS2 header is incomplete");
    binding_input_ = data.substr(0, data.size() - rest.size());
    if (auto failure = check_flag(flag)) return std::move(*failure);
    std::optional<std::string> acting_for = std::string();
    if (!authzid.empty()) {
        const auto value = value_of(authzid, 'a');
        acting_for = value ? unescape_name(*value) : std::nullopt;
    }
    if (!acting_for) return malformed("the authzid is a= and a name");

    first_bare_ = rest;
    BytesView field;
    (void)next_field(rest, field);
    if (field.starts_with("m=")) return malformed("extensions-not-supported");
    const auto escaped = value_of(field, 'n');
    const auto name = escaped ? unescape_name(*escaped) : std::nullopt;
    if (!name) return malformed("invalid-username-encoding");
    const auto nonce = next_field(rest, field) ? value_of(field, 'r') : std::nullopt;
    if (!nonce || !is_nonce(*nonce)) return malformed("the nonce is r= and printable characters");
    if (!extensions_are_sound(rest)) return malformed("an extension is no attribute");
    if (auto failure = claim(*name, *acting_for)) return std::move(*failure);
    nonce_ = *nonce;
    nonce_ += setup_.nonce;
    state_ = State::asking;
    return NeedAccount();
}

/// As stable and as shapeless as real ones: only who holds the key can tell.
ScramKeys Scram::pretended_keys() const {
    const auto made_up = [&](std::string_view purpose, std::size_t size) {
        std::string label(purpose);
        label.append(name(setup_.hash)).append(1, '\0').append(account().text());
        Bytes bytes = hmac(ScramHash::sha512, setup_.pretence_key.view(), label);
        bytes.resize(size);
        return bytes;
    };
    const std::size_t key_size = size(setup_.hash);
    return ScramKeys(setup_.hash, made_up("salt ", 16), setup_.iterations, Secret(made_up("stored ", key_size)),
                     Secret(made_up("server ", key_size)));
}

Step Scram::account_found(std::optional<Credentials> found) {
    if (state_ != State::asking) throw std::logic_error("SCRAM did not ask");
    ScramKeys pretended = pretended_keys(); // made in any case: the time must not tell
    const ScramKeys* real = found ? found->find(setup_.hash) : nullptr;
    keys_ = real ? *real : std::move(pretended);
    account_state_ = found ? found->state() : AccountState::active;
    server_first_ = "r=" + nonce_ + ",s=" + base64::encode(keys_.salt) + ",i=" + std::to_string(keys_.iterations) +
                    setup_.extensions;
    state_ = State::last;
    return Challenge(server_first_);
}

Step Scram::last_message(BytesView data) {
    const std::size_t comma = data.rfind(',');
    if (comma == BytesView::npos) return malformed("there is no proof");
    const auto proof = value_of(data.substr(comma + 1), 'p');
    const auto proof_bytes = proof ? base64::decode(*proof) : std::nullopt;
    if (!proof_bytes) return malformed("the proof is p= and base64, at the end");
    const BytesView without_proof = data.substr(0, comma);
    BytesView rest = without_proof;
    BytesView field;
    const auto binding = next_field(rest, field) ? value_of(field, 'c') : std::nullopt;
    const auto binding_bytes = binding ? base64::decode(*binding) : std::nullopt;
    if (!binding_bytes) return malformed("the channel binding is c= and base64");
    const auto nonce = next_field(rest, field) ? value_of(field, 'r') : std::nullopt;
    if (!nonce) return malformed("the nonce is missing");
    if (!extensions_are_sound(rest)) return malformed("an extension is no attribute");
    if (!equal_in_constant_time(*binding_bytes, binding_input_))
        return Failure(Condition::not_authorized, "channel-bindings-dont-match");
    if (*nonce != nonce_) return not_authorized();
    return check_proof(without_proof, *proof_bytes);
}

Step Scram::check_proof(BytesView without_proof, BytesView proof) {
    Bytes message = first_bare_ + "," + server_first_ + ",";
    message += without_proof;
    Bytes client_key = hmac(setup_.hash, keys_.stored_key.view(), message); // ClientSignature first
    if (proof.size() != client_key.size()) return not_authorized();
    for (std::size_t i = 0; i < proof.size(); ++i) client_key[i] = static_cast<char>(client_key[i] ^ proof[i]);
    const bool right = equal_in_constant_time(digest(setup_.hash, client_key), keys_.stored_key.view());
    wipe(client_key);
    if (!right) return not_authorized();
    // Only who knows the password learns that it does not help.
    if (account_state_ == AccountState::disabled) return refusal(PasswordVerdict::disabled);
    if (account_state_ == AccountState::expired) return refusal(PasswordVerdict::expired);
    return Success("v=" + base64::encode(hmac(setup_.hash, keys_.server_key.view(), message)));
}

} // namespace epode::sasl
