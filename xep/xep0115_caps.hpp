// SPDX-License-Identifier: MIT
// XEP-0115: a hash that stands for a disco#info answer, so that everyone asks once for all clients of one kind.
#pragma once

#include "core/base/result.hpp"
#include "core/xml/builder.hpp"
#include "xep/xep0030_disco.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace epode::xep::caps {

inline constexpr std::string_view ns = "http://jabber.org/protocol/caps";

/// The <c/> in presence and in stream features.
struct Caps {
    static constexpr std::string_view ns = caps::ns;
    static constexpr std::string_view name = "c";

    std::string hash; ///< "sha-1"; "" in the legacy format, which nobody can verify
    std::string node, ver;

    Caps() = default;
    Caps(std::string algorithm, std::string software, std::string verification)
        : hash(std::move(algorithm)), node(std::move(software)), ver(std::move(verification)) {}
    /// node and ver must be there.
    static Result<Caps> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    /// The disco#info node to ask for (section 6.2).
    std::string query_node() const { return node + '#' + ver; }
    bool operator==(const Caps&) const = default;
};

/// Section 5.1: the string that is hashed. '<' inside a value counts as the four characters "&lt;", so that nobody can
/// write a separator.
std::string verification_text(const disco::Info& info);
/// Its hash in base64; null for an algorithm we do not know (known: sha-1, sha-256, sha-384, sha-512).
std::optional<std::string> verification(const disco::Info& info, std::string_view algorithm);

enum class Verdict : std::uint8_t {
    valid,
    mismatch,   ///< the hash is another one: do not cache (5.4, 3.9)
    ill_formed, ///< the answer contradicts itself (5.4, 3.3 to 3.5)
    unknown,    ///< no hash, or an algorithm we do not know: good for this one address only (5.4, 2.3)
};
/// Section 5.4 for an answer to `caps.query_node()`.
Verdict verify(const Caps& caps, const disco::Info& answer);

} // namespace epode::xep::caps
