// SPDX-License-Identifier: MIT
// Jid: an RFC 7622 address, prepared once, immutable, shared (one pointer). A full JID knows its bare one.
#pragma once

#include "core/base/ref.hpp"
#include "core/base/result.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace epode {

class Jid {
public:
    /// No address: text() is "".
    Jid() noexcept;

    /// Parses and prepares: localpart by UsernameCaseMapped (RFC 8265) without the excluded characters of RFC
    /// 7622 3.3.1, domain by UTS 46 (a trailing dot is dropped; IP literals are taken), resource by OpaqueString. Each
    /// part is 1 to 1023 octets. Addresses in ASCII take a path without ICU. The error says which part is wrong and
    /// why.
    static Result<Jid> parse(std::string_view text);
    /// From parts as they come from outside; each is prepared. Empty local or resource means there is none.
    static Result<Jid> make(std::string_view local, std::string_view domain, std::string_view resource = {});

    explicit operator bool() const noexcept { return static_cast<bool>(rep_); }

    /// Prepared text: local@domain/resource.
    std::string_view text() const noexcept;
    std::string_view local() const noexcept;
    std::string_view domain() const noexcept;
    std::string_view resource() const noexcept;
    /// The text as it stands in an attribute with single quotes: equal to text() unless the resource holds & < or '.
    std::string_view escaped() const noexcept;

    bool is_bare() const noexcept { return resource().empty(); }
    bool is_full() const noexcept { return !resource().empty(); }
    bool is_domain() const noexcept { return local().empty() && resource().empty(); }

    /// The same without its resource; no allocation (a full JID holds its bare one).
    Jid bare() const noexcept;
    /// The domain alone (allocates unless it is one already).
    Jid domain_jid() const;
    /// The same bare JID with a resource; prepares it.
    Result<Jid> with_resource(std::string_view resource) const;

    /// SipHash of the prepared text, keyed per process (tables fed from outside).
    std::size_t hash() const noexcept;

    friend bool operator==(const Jid& a, const Jid& b) noexcept { return a.rep_ == b.rep_ || a.text() == b.text(); }
    friend bool operator<(const Jid& a, const Jid& b) noexcept { return a.text() < b.text(); }

private:
    struct Rep;
    explicit Jid(Ref<Rep> rep) noexcept;
    Ref<Rep> rep_;

public:
    // Out of line, since Rep is private to jid.cpp.
    Jid(const Jid&) noexcept;
    Jid(Jid&&) noexcept;
    Jid& operator=(const Jid&) noexcept;
    Jid& operator=(Jid&&) noexcept;
    ~Jid();
};

/// The profiles by themselves, for SASL (usernames, passwords), nicknames and tests.
namespace prepare {
Result<std::string> username(std::string_view text); ///< RFC 8265 3.3 UsernameCaseMapped
Result<std::string> opaque(std::string_view text);   ///< RFC 8265 4.2 OpaqueString
Result<std::string> nickname(std::string_view text); ///< RFC 8266, for comparing
Result<std::string> domain(std::string_view text);   ///< UTS 46, lower-case A-labels turned into U-labels
Result<std::string> saslprep(std::string_view text); ///< RFC 4013 on ICU's usprep; unassigned code points refused
} // namespace prepare

/// SipHash-2-4 with the process's key (or the key given once by `set_hash_key`, which fixes `owner()` across restarts).
std::uint64_t keyed_hash(std::string_view bytes) noexcept;
void set_hash_key(std::uint64_t k0, std::uint64_t k1) noexcept;

} // namespace epode

template <> struct std::hash<epode::Jid> {
    std::size_t operator()(const epode::Jid& jid) const noexcept { return jid.hash(); }
};
