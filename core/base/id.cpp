// SPDX-License-Identifier: MIT
// Identifiers from OpenSSL's generator; time-ordered ones are 64 bits of microseconds, big-endian, and 64 random bits.
#include "core/base/id.hpp"

#include <algorithm>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdexcept>

namespace epode {

namespace {

constexpr std::string_view url_safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view base32 = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t text_size = 26;

void put_time(std::array<std::uint8_t, 16>& bytes, WallTime when) noexcept {
    auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(when.time_since_epoch().count(), 0));
    for (std::size_t i = 8; i-- > 0; micros >>= 8) bytes[i] = static_cast<std::uint8_t>(micros);
}

void generate(std::uint8_t* out, std::size_t size) {
    constexpr std::size_t most = 1U << 30;
    if (size > most || RAND_bytes(out, static_cast<int>(size)) != 1)
        throw std::runtime_error("the operating system gives no randomness");
}

/// A call of the generator costs two system calls and a lock however little is asked for, and every message takes an id
/// or two: so small wants are served from a stock, each byte once.
class Stock {
public:
    static constexpr std::size_t largest_want = 32;

    Stock() = default;
    Stock(const Stock&) = delete;
    Stock& operator=(const Stock&) = delete;
    ~Stock() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

    void take(std::uint8_t* out, std::size_t size) {
        if (bytes_.size() - used_ < size) {
            generate(bytes_.data(), bytes_.size());
            used_ = 0;
        }
        std::copy_n(bytes_.data() + used_, size, out);
        OPENSSL_cleanse(bytes_.data() + used_, size);
        used_ += size;
    }

private:
    std::array<std::uint8_t, 1024> bytes_{};
    std::size_t used_ = 1024; // nothing is in stock
};

thread_local Stock stock;

} // namespace

void random_bytes(void* out, std::size_t size) {
    auto* bytes = static_cast<std::uint8_t*>(out);
    if (size <= Stock::largest_want)
        stock.take(bytes, size);
    else
        generate(bytes, size);
}

std::string random_id(std::size_t bits) {
    std::string id((bits + 5) / 6, '\0');
    random_bytes(id.data(), id.size());
    for (char& c : id) c = url_safe[static_cast<unsigned char>(c) & 63];
    return id;
}

OrderedId OrderedId::next(WallTime now, const OrderedId& last) {
    std::array<std::uint8_t, 16> bytes{};
    put_time(bytes, now);
    random_bytes(bytes.data() + 8, 8);
    const OrderedId fresh(bytes);
    if (fresh > last) return fresh;
    bytes = last.bytes_;
    for (std::size_t i = bytes.size(); i-- > 0;)
        if (++bytes[i] != 0) break;
    return OrderedId(bytes);
}

OrderedId OrderedId::at(WallTime when) noexcept {
    std::array<std::uint8_t, 16> bytes{};
    put_time(bytes, when);
    return OrderedId(bytes);
}

std::optional<OrderedId> OrderedId::parse(std::string_view text) noexcept {
    // 26 digits hold 130 bits: the first may use three.
    if (text.size() != text_size || text.front() > '7') return std::nullopt;
    std::array<std::uint8_t, 16> bytes{};
    std::uint32_t window = 0;
    unsigned held = 0;
    std::size_t filled = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t digit = base32.find(text[i]);
        if (digit == std::string_view::npos) return std::nullopt;
        window = (window << 5 | static_cast<std::uint32_t>(digit)) & 0xFFFF;
        held += i == 0 ? 3 : 5;
        if (held >= 8) bytes[filled++] = static_cast<std::uint8_t>(window >> (held -= 8));
    }
    return OrderedId(bytes);
}

std::optional<OrderedId> OrderedId::from_bytes(std::string_view sixteen) noexcept {
    std::array<std::uint8_t, 16> bytes{};
    if (sixteen.size() != bytes.size()) return std::nullopt;
    std::copy(sixteen.begin(), sixteen.end(), bytes.begin());
    return OrderedId(bytes);
}

std::string OrderedId::text() const {
    std::string out;
    out.reserve(text_size);
    std::uint32_t window = 0;
    unsigned held = 2; // two leading zero bits make 128 bits 26 digits
    for (const std::uint8_t byte : bytes_) {
        window = (window << 8 | byte) & 0xFFFF;
        for (held += 8; held >= 5; held -= 5) out.push_back(base32[window >> (held - 5) & 31]);
    }
    return out;
}

WallTime OrderedId::time() const noexcept {
    std::uint64_t micros = 0;
    for (std::size_t i = 0; i < 8; ++i) micros = micros << 8 | bytes_[i];
    return WallTime(Duration(static_cast<std::int64_t>(micros)));
}

} // namespace epode
