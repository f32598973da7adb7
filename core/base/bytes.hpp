// SPDX-License-Identifier: MIT
// Owned and borrowed bytes, and wiping what was secret.
#pragma once

#include <string>
#include <string_view>

namespace epode {

using Bytes = std::string;
using BytesView = std::string_view;

/// Overwrites the bytes in a way the optimiser may not remove, then empties the string.
inline void wipe(Bytes& secret) noexcept {
    volatile char* at = secret.data();
    for (std::size_t i = 0; i < secret.size(); ++i) at[i] = 0;
    secret.clear();
}

/// Bytes that wipe themselves: passwords, keys.
class Secret {
public:
    Secret() = default;
    explicit Secret(Bytes given) : bytes_(std::move(given)) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_); }
    Secret& operator=(const Secret& other) {
        if (this != &other) {
            wipe(bytes_);
            bytes_ = other.bytes_;
        }
        return *this;
    }
    Secret& operator=(Secret&& other) noexcept {
        if (this != &other) {
            wipe(bytes_);
            bytes_ = other.bytes_;
            wipe(other.bytes_);
        }
        return *this;
    }
    ~Secret() { wipe(bytes_); }
    BytesView view() const noexcept { return bytes_; }
    bool empty() const noexcept { return bytes_.empty(); }

private:
    Bytes bytes_;
};

} // namespace epode
