// SPDX-License-Identifier: MIT
#include "core/base/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdexcept>

namespace epode {
namespace {

Bytes run(const EVP_MD* kind, BytesView data) {
    Bytes out(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    if (EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(out.data()), &size, kind, nullptr) != 1)
        throw std::runtime_error("the cryptographic library refused a digest");
    out.resize(size);
    return out;
}

} // namespace

Bytes sha1(BytesView data) { return run(EVP_sha1(), data); }
Bytes sha256(BytesView data) { return run(EVP_sha256(), data); }

Bytes hmac_sha1(BytesView key, BytesView data) {
    Bytes out(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    if (!HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(data.data()),
              data.size(), reinterpret_cast<unsigned char*>(out.data()), &size))
        throw std::runtime_error("the cryptographic library refused a digest");
    out.resize(size);
    return out;
}

std::optional<Bytes> digest(std::string_view name, BytesView data) {
    if (name == "sha-1") return sha1(data);
    if (name == "sha-256") return sha256(data);
    if (name == "sha-384") return run(EVP_sha384(), data);
    if (name == "sha-512") return run(EVP_sha512(), data);
    return std::nullopt;
}

std::string hex(BytesView bytes) {
    constexpr std::string_view sixteen = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto value = static_cast<unsigned char>(c);
        text += sixteen[value >> 4U];
        text += sixteen[value & 15U];
    }
    return text;
}

} // namespace epode
