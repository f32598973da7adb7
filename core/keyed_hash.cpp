// SPDX-License-Identifier: MIT
// SipHash-2-4 (Aumasson, Bernstein 2012): for tables that outside input fills, and for `owner()`.
#include "core/base/id.hpp"
#include "core/jid.hpp"

#include <atomic>
#include <bit>

namespace epode {

namespace {

struct Key {
    std::atomic<std::uint64_t> k0;
    std::atomic<std::uint64_t> k1;
    Key() {
        std::uint64_t words[2];
        random_bytes(words, sizeof words);
        k0 = words[0];
        k1 = words[1];
    }
};

Key& key() noexcept {
    static Key made; // no randomness at the start ends the process, as it must
    return made;
}

std::uint64_t little_endian(const char* at, std::size_t size) noexcept {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < size; ++i)
        word |= static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])) << (8 * i);
    return word;
}

struct Sip {
    std::uint64_t v0, v1, v2, v3;

    Sip(std::uint64_t k0, std::uint64_t k1) noexcept
        : v0(k0 ^ 0x736f6d6570736575), v1(k1 ^ 0x646f72616e646f6d), v2(k0 ^ 0x6c7967656e657261),
          v3(k1 ^ 0x7465646279746573) {}

    void round() noexcept {
        v0 += v1, v1 = std::rotl(v1, 13), v1 ^= v0, v0 = std::rotl(v0, 32);
        v2 += v3, v3 = std::rotl(v3, 16), v3 ^= v2;
        v0 += v3, v3 = std::rotl(v3, 21), v3 ^= v0;
        v2 += v1, v1 = std::rotl(v1, 17), v1 ^= v2, v2 = std::rotl(v2, 32);
    }
    void take(std::uint64_t word) noexcept {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }
    std::uint64_t finish() noexcept {
        v2 ^= 0xff;
        for (int i = 0; i < 4; ++i) round();
        return v0 ^ v1 ^ v2 ^ v3;
    }
};

} // namespace

std::uint64_t keyed_hash(std::string_view bytes) noexcept {
    const Key& k = key();
    Sip sip(k.k0.load(std::memory_order_relaxed), k.k1.load(std::memory_order_relaxed));
    const std::size_t whole = bytes.size() / 8 * 8;
    for (std::size_t i = 0; i < whole; i += 8) sip.take(little_endian(bytes.data() + i, 8));
    sip.take(little_endian(bytes.data() + whole, bytes.size() - whole) | static_cast<std::uint64_t>(bytes.size())
                                                                             << 56);
    return sip.finish();
}

void set_hash_key(std::uint64_t k0, std::uint64_t k1) noexcept {
    key().k0.store(k0, std::memory_order_relaxed);
    key().k1.store(k1, std::memory_order_relaxed);
}

} // namespace epode
