// SPDX-License-Identifier: MIT
// Network: a range of IP addresses (192.0.2.0/24, 2001:db8::/32, or one address), for options that name who may do
// what, and the text by which addresses count as one client for limits.
#pragma once

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace epode {

class Network {
public:
    using Bits = std::array<std::uint8_t, 16>; ///< IPv4 as ::ffff:a.b.c.d

    /// An address or address/length. Null where it is none, or bits behind the length are set.
    static std::optional<Network> parse(std::string_view text) {
        const auto slash = text.find('/');
        const auto bits = address(text.substr(0, slash));
        if (!bits) return std::nullopt;
        const unsigned offset = is_v4(*bits) && text.find(':') == text.npos ? 96 : 0;
        unsigned length = 128 - offset;
        if (slash != text.npos) {
            const auto digits = text.substr(slash + 1);
            unsigned given = 0;
            const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), given);
            if (error != std::errc() || end != digits.data() + digits.size() || given > length) return std::nullopt;
            length = given;
        }
        Network network(*bits, length + offset);
        if (network.masked(*bits) != *bits) return std::nullopt;
        return network;
    }
    bool contains(std::string_view address_text) const {
        const auto bits = address(address_text);
        return bits && masked(*bits) == bits_;
    }

    /// The bits of an address ("192.0.2.1", "2001:db8::1", "fe80::1%eth0"); null where it is none.
    static std::optional<Bits> address(std::string_view text) {
        const std::string plain(text.substr(0, text.find('%')));
        Bits bits{};
        if (::inet_pton(AF_INET6, plain.c_str(), bits.data()) == 1) return bits;
        bits[10] = bits[11] = 0xff;
        if (::inet_pton(AF_INET, plain.c_str(), bits.data() + 12) == 1) return bits;
        return std::nullopt;
    }
    /// What limits count by: an IPv4 address, an IPv6 /64 (what one household has); other texts as they are.
    static std::string client_key(std::string_view text) {
        const auto bits = address(text);
        if (!bits) return std::string(text);
        const auto* bytes = reinterpret_cast<const char*>(bits->data());
        return is_v4(*bits) ? std::string(bytes + 12, 4) : std::string(bytes, 8);
    }

private:
    Network(const Bits& bits, unsigned length) : bits_(bits), length_(length) {}

    static bool is_v4(const Bits& bits) {
        static constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
        return std::memcmp(bits.data(), mapped.data(), mapped.size()) == 0;
    }
    Bits masked(Bits bits) const {
        for (unsigned i = 0; i < bits.size(); ++i) {
            const unsigned keep = length_ > i * 8 ? length_ - i * 8 : 0;
            if (keep < 8) bits[i] = static_cast<std::uint8_t>(bits[i] & ~(0xffU >> keep));
        }
        return bits;
    }

    Bits bits_;
    unsigned length_;
};

} // namespace epode
