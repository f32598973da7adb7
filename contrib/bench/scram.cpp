// SPDX-License-Identifier: MIT
#include "scram.hpp"

#include <charconv>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdexcept>

namespace bench {
namespace {

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

const EVP_MD* digest(std::string_view hash) { return hash == "SHA-256" ? EVP_sha256() : EVP_sha1(); }

std::string hmac(const EVP_MD* hash, std::string_view key, std::string_view text) {
    std::string out(static_cast<std::size_t>(EVP_MD_get_size(hash)), '\0');
    unsigned size = 0;
    HMAC(hash, key.data(), static_cast<int>(key.size()), bytes(text), text.size(), bytes(out), &size);
    return out;
}

/// The value of an attribute of a SCRAM message, such as `s=...`.
std::string_view attribute(std::string_view message, char name) {
    while (!message.empty()) {
        const auto end = std::min(message.find(','), message.size());
        if (end > 1 && message[0] == name && message[1] == '=') return message.substr(2, end - 2);
        message.remove_prefix(std::min(end + 1, message.size()));
    }
    throw std::runtime_error(std::string("the SCRAM challenge lacks '") + name + "='");
}

std::string nonce() {
    std::string random(18, '\0');
    RAND_bytes(bytes(random), static_cast<int>(random.size()));
    return base64(random);
}

} // namespace

std::string base64(std::string_view text) {
    std::string out((text.size() + 2) / 3 * 4 + 1, '\0');
    const int size = EVP_EncodeBlock(bytes(out), bytes(text), static_cast<int>(text.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

std::string unbase64(std::string_view text) {
    std::string out(text.size() / 4 * 3 + 3, '\0');
    const int size = EVP_DecodeBlock(bytes(out), bytes(text), static_cast<int>(text.size()));
    const auto padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    if (size < padding) throw std::runtime_error("the server sent bad base64");
    out.resize(static_cast<std::size_t>(size - padding));
    return out;
}

const std::string& SaltedPasswords::get(std::string_view hash, std::string_view password, std::string_view salt,
                                        int rounds) {
    auto& salted = known_[std::string(hash) + ' ' + std::to_string(rounds) + ' ' + std::string(password) + ' ' +
                          std::string(salt)];
    if (salted.empty()) {
        const auto* with = digest(hash);
        salted.resize(static_cast<std::size_t>(EVP_MD_get_size(with)));
        PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), bytes(salt),
                          static_cast<int>(salt.size()), rounds, with, static_cast<int>(salted.size()), bytes(salted));
    }
    return salted;
}

Scram::Scram(std::string_view mechanism, std::string_view user, std::string_view password)
    : hash_(mechanism.substr(mechanism.find("SHA"))), password_(password),
      bare_("n=" + std::string(user) + ",r=" + nonce()) {}

std::string Scram::first() const { return base64("n,," + bare_); }

std::string Scram::answer(std::string_view encoded, SaltedPasswords& passwords) const {
    const auto challenge = unbase64(encoded);
    const auto rounds_text = attribute(challenge, 'i');
    int rounds = 0;
    std::from_chars(rounds_text.data(), rounds_text.data() + rounds_text.size(), rounds);
    const auto& salted = passwords.get(hash_, password_, unbase64(attribute(challenge, 's')), rounds);

    const auto* hash = digest(hash_);
    auto proof = hmac(hash, salted, "Client Key");
    std::string stored(proof.size(), '\0');
    EVP_Digest(proof.data(), proof.size(), bytes(stored), nullptr, hash, nullptr);
    const auto last = "c=biws,r=" + std::string(attribute(challenge, 'r'));
    const auto signature = hmac(hash, stored, bare_ + "," + challenge + "," + last);
    for (std::size_t i = 0; i < proof.size(); ++i) proof[i] = static_cast<char>(proof[i] ^ signature[i]);
    return base64(last + ",p=" + base64(proof));
}

} // namespace bench
