// SPDX-License-Identifier: MIT
#include "core/store/keys.hpp"

#include "core/base/codec.hpp"
#include "storage/engine.hpp"

#include <openssl/sha.h>

namespace epode::store {

namespace {

constexpr std::size_t owner_bytes = 8;
static_assert(owner_bytes + prefix_bytes + SHA256_DIGEST_LENGTH == storage::max_key);

bool fits(std::string_view key) noexcept { return owner_bytes + key.size() < storage::max_key; }

Result<std::pair<std::string, std::string>> unpack(std::string_view stored) {
    ByteReader reader(stored);
    const auto key = reader.get_bytes();
    if (!reader.ok() || fits(key)) return fail("damaged row: its key is not what its place says");
    const auto value = stored.substr(static_cast<std::size_t>(key.data() - stored.data()) + key.size());
    return std::pair(std::string(key), std::string(value));
}

} // namespace

std::string row_key(Owner owner, std::string_view key) {
    auto stored = owner.prefix();
    if (fits(key)) return stored.append(key);
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest);
    stored.append(key.substr(0, prefix_bytes));
    return stored.append(reinterpret_cast<const char*>(digest), sizeof digest);
}

std::string row_value(std::string_view key, std::string value) {
    if (fits(key)) return value;
    ByteWriter writer;
    writer.put_bytes(key);
    return writer.take().append(value);
}

storage::Range row_range(Owner owner, std::string_view prefix) {
    return storage::Range::prefix(owner.prefix().append(prefix.substr(0, prefix_bytes)));
}

Result<std::pair<std::string, std::string>> row(std::string_view stored_key, std::string stored_value) {
    if (stored_key.size() < owner_bytes) return fail("damaged row: it belongs to nobody");
    if (stored_key.size() == storage::max_key) return unpack(stored_value);
    return std::pair(std::string(stored_key.substr(owner_bytes)), std::move(stored_value));
}

Result<std::optional<std::string>> row_value_of(std::string_view key, std::string stored_value) {
    if (fits(key)) return std::optional(std::move(stored_value));
    auto unpacked = unpack(stored_value);
    if (!unpacked) return std::unexpected(unpacked.error());
    if (unpacked->first != key) return std::optional<std::string>();
    return std::optional(std::move(unpacked->second));
}

} // namespace epode::store
