// SPDX-License-Identifier: MIT
// Jid: an RFC 7622 address, prepared once, immutable, shared (one pointer). A full JID knows its bare one.
#pragma once

#include "core/base/ref.hpp"
#include "core/base/result.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace epode {

class Jid {
public:
    /// No address: text() is "".
    Jid() noexcept = default;

    /// Parses and prepares: localpart by UsernameCaseMapped (RFC 8265) without the excluded characters of RFC
    /// 7622 3.3.1, domain by UTS 46 (a trailing dot is dropped; IP literals are taken), resource by OpaqueString. Each
    /// part is 1 to 1023 octets. Addresses in ASCII take a path without ICU. The error says which part is wrong and
    /// why.
    static Result<Jid> parse(std::string_view text);
    /// From parts as they come from outside; each is prepared. Empty local or resource means there is none.
    static Result<Jid> make(std::string_view local, std::string_view domain, std::string_view resource = {});

    explicit operator bool() const noexcept { return static_cast<bool>(rep_); }

    /// Prepared text: local@domain/resource.
    std::string_view text() const noexcept { return rep_ ? rep_->text() : std::string_view(); }
    std::string_view local() const noexcept { return text().substr(0, rep_ ? rep_->local_size : 0); }
    std::string_view domain() const noexcept {
        return rep_ ? rep_->text().substr(rep_->domain_begin(), rep_->domain_size) : std::string_view();
    }
    std::string_view resource() const noexcept {
        return is_full() ? rep_->text().substr(rep_->domain_begin() + rep_->domain_size + 1) : std::string_view();
    }
    /// The text as it stands in an attribute with single quotes: equal to text() unless the resource holds & < or '.
    std::string_view escaped() const noexcept { return rep_ ? rep_->escaped() : std::string_view(); }

    bool is_bare() const noexcept { return !is_full(); }
    bool is_full() const noexcept { return rep_ && rep_->bare; }
    bool is_domain() const noexcept { return local().empty() && resource().empty(); }

    /// The same without its resource; no allocation (a full JID holds its bare one).
    Jid bare() const noexcept { return is_full() ? Jid(rep_->bare) : *this; }
    /// The domain alone (allocates unless it is one already).
    Jid domain_jid() const;
    /// The same bare JID with a resource; prepares it.
    Result<Jid> with_resource(std::string_view resource) const;

    /// SipHash of the prepared text, keyed per process (tables fed from outside).
    std::size_t hash() const noexcept { return rep_ ? static_cast<std::size_t>(rep_->hash) : 0; }

    friend bool operator==(const Jid& a, const Jid& b) noexcept { return a.rep_ == b.rep_ || a.text() == b.text(); }
    friend bool operator<(const Jid& a, const Jid& b) noexcept { return a.text() < b.text(); }

private:
    /// One allocation: this header, the prepared text and, where it differs, the escaped text. In sight of the compiler
    /// because each delivery copies, writes and drops addresses.
    struct Rep : Counted<Rep> {
        std::uint32_t local_size = 0;
        std::uint32_t domain_size = 0;
        std::uint32_t text_size = 0;
        std::uint32_t escaped_size = 0; ///< 0: the same as the text
        std::uint64_t hash = 0;
        Ref<Rep> bare; ///< null in a bare one

        const char* bytes() const noexcept { return reinterpret_cast<const char*>(this + 1); }
        std::string_view text() const noexcept { return {bytes(), text_size}; }
        std::string_view escaped() const noexcept {
            return escaped_size == 0 ? text() : std::string_view(bytes() + text_size, escaped_size);
        }
        std::uint32_t domain_begin() const noexcept { return local_size == 0 ? 0 : local_size + 1; }

        static Ref<Rep> make(std::string_view text, std::size_t local_size, std::size_t domain_size, Ref<Rep> bare);
        static Ref<Rep> make(std::string_view local, std::string_view domain, std::string_view resource);
        static void destroy(Rep* rep) noexcept;
    };
    explicit Jid(Ref<Rep> rep) noexcept : rep_(std::move(rep)) {}

    Ref<Rep> rep_;
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
