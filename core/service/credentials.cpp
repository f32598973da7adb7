// SPDX-License-Identifier: MIT
#include "core/service/credentials.hpp"

#include "core/base/codec.hpp"
#include "core/base/id.hpp"
#include "core/jid.hpp"

#include <algorithm>
#include <limits>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdexcept>

namespace epode {

namespace {

constexpr char version = 1;
constexpr std::size_t salt_size = 16;
constexpr std::size_t longest_salt = 1024;
constexpr std::uint32_t most_iterations = std::numeric_limits<std::int32_t>::max();

const EVP_MD* algorithm(ScramHash hash) {
    switch (hash) {
    case ScramHash::sha1:
        return EVP_sha1();
    case ScramHash::sha256:
        return EVP_sha256();
    case ScramHash::sha512:
        return EVP_sha512();
    }
    throw std::logic_error("no such hash");
}

const unsigned char* raw(BytesView bytes) noexcept { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* raw(Bytes& bytes) noexcept { return reinterpret_cast<unsigned char*>(bytes.data()); }

bool is_hash(std::uint64_t number) noexcept {
    return std::any_of(scram_hashes.begin(), scram_hashes.end(),
                       [&](ScramHash hash) { return static_cast<std::uint64_t>(hash) == number; });
}

bool sound(const ScramKeys& keys) noexcept {
    return keys.iterations >= 1 && keys.iterations <= most_iterations && !keys.salt.empty() &&
           keys.salt.size() <= longest_salt && keys.stored_key.view().size() == size(keys.hash) &&
           keys.server_key.view().size() == size(keys.hash);
}

std::optional<ScramKeys> read_keys(ByteReader& in) {
    ScramKeys keys;
    const std::uint64_t hash = in.get_varint();
    if (!is_hash(hash)) return std::nullopt;
    keys.hash = static_cast<ScramHash>(hash);
    const std::uint64_t iterations = in.get_varint();
    if (iterations > most_iterations) return std::nullopt;
    keys.iterations = static_cast<std::uint32_t>(iterations);
    keys.salt = in.get_bytes();
    keys.stored_key = Secret(Bytes(in.get_bytes()));
    keys.server_key = Secret(Bytes(in.get_bytes()));
    if (!in.ok() || !sound(keys)) return std::nullopt;
    return keys;
}

/// Which of several keys `matches` uses, and so `pretend_to_match`: one that every account made here has.
constexpr ScramHash usual_hash = ScramHash::sha256;

} // namespace

std::string_view name(ScramHash hash) noexcept {
    switch (hash) {
    case ScramHash::sha1:
        return "SHA-1";
    case ScramHash::sha256:
        return "SHA-256";
    case ScramHash::sha512:
        return "SHA-512";
    }
    return {};
}

std::size_t size(ScramHash hash) noexcept { return hash == ScramHash::sha1 ? 20 : hash == ScramHash::sha256 ? 32 : 64; }

Bytes hmac(ScramHash hash, BytesView key, BytesView message) {
    Bytes out(size(hash), '\0');
    unsigned written = 0;
    if (HMAC(algorithm(hash), key.data(), static_cast<int>(key.size()), raw(message), message.size(), raw(out),
             &written) == nullptr)
        throw std::runtime_error("OpenSSL cannot compute an HMAC");
    return out;
}

Bytes digest(ScramHash hash, BytesView message) {
    Bytes out(size(hash), '\0');
    if (EVP_Digest(message.data(), message.size(), raw(out), nullptr, algorithm(hash), nullptr) != 1)
        throw std::runtime_error("OpenSSL cannot compute a digest");
    return out;
}

bool equal_in_constant_time(BytesView a, BytesView b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

ScramKeys derive(ScramHash hash, BytesView password, BytesView salt, std::uint32_t iterations) {
    if (iterations == 0 || iterations > most_iterations) throw std::invalid_argument("iterations out of range");
    Bytes salted(size(hash), '\0');
    if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), raw(salt), static_cast<int>(salt.size()),
                          static_cast<int>(iterations), algorithm(hash), static_cast<int>(salted.size()),
                          raw(salted)) != 1)
        throw std::runtime_error("OpenSSL cannot derive a key");
    ScramKeys keys = keys_of(hash, salted, Bytes(salt), iterations);
    wipe(salted);
    return keys;
}

ScramKeys keys_of(ScramHash hash, BytesView salted_password, Bytes salt, std::uint32_t iterations) {
    Bytes client_key = hmac(hash, salted_password, "Client Key");
    ScramKeys keys(hash, std::move(salt), iterations, Secret(digest(hash, client_key)),
                   Secret(hmac(hash, salted_password, "Server Key")));
    wipe(client_key);
    return keys;
}

std::vector<Secret> password_forms(std::string_view password) {
    std::vector<Secret> forms;
    auto stringprep = prepare::saslprep(password);
    auto precis = prepare::opaque(password);
    if (stringprep && !stringprep->empty()) forms.emplace_back(*stringprep);
    if (precis && (forms.empty() || forms.front().view() != *precis)) forms.emplace_back(*precis);
    if (stringprep) wipe(*stringprep);
    if (precis) wipe(*precis);
    return forms;
}

void pretend_to_match(std::string_view password, std::uint32_t iterations) {
    const auto forms = password_forms(password);
    for (const Secret& form : forms) (void)derive(usual_hash, form.view(), Bytes(salt_size, '\0'), iterations);
}

Result<Credentials> Credentials::make(std::string_view password, std::uint32_t iterations,
                                      std::span<const ScramHash> hashes) {
    const auto forms = password_forms(password);
    if (password.empty()) return fail("the password is empty");
    if (forms.empty()) return fail("the password holds a character that neither RFC 4013 nor RFC 8265 allows");
    Credentials made;
    for (const ScramHash hash : hashes) {
        Bytes salt(salt_size, '\0');
        random_bytes(salt.data(), salt.size());
        made.put(derive(hash, forms.front().view(), salt, iterations));
    }
    return made;
}

const ScramKeys* Credentials::find(ScramHash hash) const noexcept {
    const auto found =
        std::find_if(keys_.begin(), keys_.end(), [&](const ScramKeys& keys) { return keys.hash == hash; });
    return found == keys_.end() ? nullptr : &*found;
}

void Credentials::put(ScramKeys keys) {
    std::erase_if(keys_, [&](const ScramKeys& old) { return old.hash == keys.hash; });
    keys_.push_back(std::move(keys));
}

bool Credentials::matches(std::string_view password) const {
    if (keys_.empty()) return false;
    const ScramKeys* keys = find(usual_hash);
    if (keys == nullptr) keys = &keys_.front();
    bool right = false;
    for (const Secret& form : password_forms(password)) {
        const ScramKeys tried = derive(keys->hash, form.view(), keys->salt, keys->iterations);
        right = equal_in_constant_time(tried.stored_key.view(), keys->stored_key.view()) || right;
    }
    return right;
}

Bytes Credentials::bytes() const {
    ByteWriter out;
    out.put_varint(static_cast<std::uint64_t>(state_));
    for (const ScramKeys& keys : keys_) {
        out.put_varint(static_cast<std::uint64_t>(keys.hash));
        out.put_varint(keys.iterations);
        out.put_bytes(keys.salt);
        out.put_bytes(keys.stored_key.view());
        out.put_bytes(keys.server_key.view());
    }
    return version + out.take();
}

Result<Credentials> Credentials::from_bytes(BytesView bytes) {
    if (bytes.empty() || bytes.front() != version) return fail("credentials of an unknown version");
    ByteReader in(bytes.substr(1));
    Credentials read;
    const std::uint64_t state = in.get_varint();
    if (!in.ok() || state > static_cast<std::uint64_t>(AccountState::expired)) return fail("damaged credentials");
    read.state_ = static_cast<AccountState>(state);
    while (!in.at_end()) {
        auto keys = read_keys(in);
        if (!keys || read.find(keys->hash) != nullptr) return fail("damaged credentials");
        read.put(std::move(*keys));
    }
    return read;
}

} // namespace epode
