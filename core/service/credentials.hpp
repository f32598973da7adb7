// SPDX-License-Identifier: MIT
// Credentials: what is kept of a password: for each SCRAM hash a salt and two keys (RFC 5802 section 3), never the
// password. Pure functions; those that derive keys take milliseconds and belong on the worker pool.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace epode {

enum class ScramHash : std::uint8_t { sha1 = 1, sha256 = 2, sha512 = 3 };
inline constexpr std::array scram_hashes = {ScramHash::sha512, ScramHash::sha256, ScramHash::sha1}; ///< strongest first

std::string_view name(ScramHash hash) noexcept; ///< "SHA-256"
std::size_t size(ScramHash hash) noexcept;      ///< of a key, in bytes

/// What SCRAM needs to check one hash's proof and to prove itself.
struct ScramKeys {
    ScramHash hash = ScramHash::sha256;
    Bytes salt;
    std::uint32_t iterations = 0;
    Secret stored_key;
    Secret server_key;

    ScramKeys() = default;
    ScramKeys(ScramHash h, Bytes s, std::uint32_t i, Secret stored, Secret server)
        : hash(h), salt(std::move(s)), iterations(i), stored_key(std::move(stored)), server_key(std::move(server)) {}
};

/// RFC 5802 section 3; `password` is prepared already. Throws when OpenSSL fails or `iterations` is 0.
ScramKeys derive(ScramHash hash, BytesView password, BytesView salt, std::uint32_t iterations);

enum class AccountState : std::uint8_t { active = 0, disabled = 1, expired = 2 };

class Credentials {
public:
    Credentials() = default;
    /// Derives keys with fresh salts. The password comes as it was typed; the error says why it cannot be used.
    static Result<Credentials> make(std::string_view password, std::uint32_t iterations,
                                    std::span<const ScramHash> hashes = scram_hashes);

    const ScramKeys* find(ScramHash hash) const noexcept;
    /// Replaces the keys of the same hash.
    void put(ScramKeys keys);
    /// Whether `password`, as it was typed, is the right one. Constant time in the content.
    bool matches(std::string_view password) const;

    AccountState state() const noexcept { return state_; }
    void set_state(AccountState state) noexcept { state_ = state; }
    bool empty() const noexcept { return keys_.empty(); }

    /// A version byte, the state, then each hash's keys. `from_bytes(bytes())` gives the same back.
    Bytes bytes() const;
    static Result<Credentials> from_bytes(BytesView bytes);

private:
    std::vector<ScramKeys> keys_;
    AccountState state_ = AccountState::active;
};

/// The two keys of a SaltedPassword (RFC 5802 section 3), which has the hash's size.
ScramKeys keys_of(ScramHash hash, BytesView salted_password, Bytes salt, std::uint32_t iterations);

/// The forms of a typed password to try: SASLprep (RFC 4013), then, where that refuses it or differs, OpaqueString
/// (RFC 8265). Empty when neither takes it. The first is the one to store.
std::vector<Secret> password_forms(std::string_view password);
/// Spends the time that `matches` would take: for names without an account.
void pretend_to_match(std::string_view password, std::uint32_t iterations);

/// HMAC and digest with `hash`. Throw when OpenSSL fails.
Bytes hmac(ScramHash hash, BytesView key, BytesView message);
Bytes digest(ScramHash hash, BytesView message);
/// Compares without telling by time where the first difference is.
bool equal_in_constant_time(BytesView a, BytesView b) noexcept;

} // namespace epode
