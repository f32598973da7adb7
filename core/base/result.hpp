// SPDX-License-Identifier: MIT
// Result<T>: what the author can act on is a value. What he cannot act on is an exception, and the gate answers for it.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace epode {

/// Why outside input was not accepted: one plain sentence that names what would be right.
struct Error {
    std::string text;

    Error() = default;
    explicit Error(std::string sentence) : text(std::move(sentence)) {}
    bool operator==(const Error&) const = default;
};

template <typename T = void, typename E = Error> using Result = std::expected<T, E>;

/// `return fail("the digest is too short");`
inline std::unexpected<Error> fail(std::string sentence) { return std::unexpected<Error>(Error(std::move(sentence))); }

} // namespace epode
