// SPDX-License-Identifier: MIT
// The client's half of SCRAM (RFC 5802, RFC 7677). Salted passwords are remembered, as clients do: a login then costs
// the generator microseconds instead of ten thousand rounds of a hash.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace bench {

std::string base64(std::string_view bytes);
/// Throws std::runtime_error when it is none.
std::string unbase64(std::string_view text);

class SaltedPasswords {
public:
    /// `hash` is SHA-1 or SHA-256.
    const std::string& get(std::string_view hash, std::string_view password, std::string_view salt, int rounds);

private:
    std::map<std::string, std::string> known_;
};

class Scram {
public:
    /// `mechanism` is SCRAM-SHA-1 or SCRAM-SHA-256.
    Scram(std::string_view mechanism, std::string_view user, std::string_view password);

    std::string first() const; ///< in base64, as the second one
    std::string answer(std::string_view challenge, SaltedPasswords& salted) const;

private:
    std::string hash_, password_, bare_;
};

} // namespace bench
