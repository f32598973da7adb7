// SPDX-License-Identifier: MIT
// Preparing an address, and laying it out in its one block.
#include "core/jid.hpp"

#include <cstring>
#include <new>

namespace epode {

namespace {

constexpr std::size_t longest_part = 1023;

/// RFC 7622 3.3.1.
bool excluded(char c) noexcept { return std::string_view("\"&'/:<>@").find(c) != std::string_view::npos; }

std::string_view entity(char c) noexcept {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '\'':
        return "&apos;";
    default:
        return {};
    }
}

/// Size of `text` in an attribute; 0 when nothing has to be escaped.
std::size_t escaped_size(std::string_view text) noexcept {
    std::size_t more = 0;
    for (const char c : text)
        if (const auto e = entity(c); !e.empty()) more += e.size() - 1;
    return more == 0 ? 0 : text.size() + more;
}

void escape_to(char* out, std::string_view text) noexcept {
    for (const char c : text) {
        if (const auto e = entity(c); !e.empty())
            out = std::copy(e.begin(), e.end(), out);
        else
            *out++ = c;
    }
}

Result<std::string> named(std::string_view part, Result<std::string> prepared) {
    if (prepared && prepared->size() > longest_part) prepared = fail("is longer than 1023 octets");
    if (!prepared) return fail(std::string(part) + " " + prepared.error().text);
    return prepared;
}

Result<std::string> prepare_local(std::string_view text) {
    auto prepared = prepare::username(text);
    // Looked for after the mappings, which turn fullwidth forms into these.
    if (prepared)
        for (const char c : *prepared)
            if (excluded(c))
                return fail(std::string("the localpart holds ") + c + ", which must be escaped (XEP-0106)");
    return named("the localpart", std::move(prepared));
}

Result<std::string> prepare_domain(std::string_view text) {
    // Before the trailing dot is dropped there may be one octet more.
    return named("the domainpart", prepare::domain(text));
}

Result<std::string> prepare_resource(std::string_view text) {
    auto prepared = prepare::opaque(text);
    if (prepared && prepared->front() == ' ') prepared = fail("begins with a space (RFC 7622 3.5, example 18)");
    return named("the resourcepart", std::move(prepared));
}

} // namespace

void Jid::Rep::destroy(Rep* rep) noexcept {
    rep->~Rep();
    ::operator delete(rep);
}

Ref<Jid::Rep> Jid::Rep::make(std::string_view text, std::size_t local_size, std::size_t domain_size, Ref<Rep> bare) {
    const std::size_t escaped = epode::escaped_size(text);
    Rep* raw = new (::operator new(sizeof(Rep) + text.size() + escaped)) Rep;
    Ref<Rep> rep(raw);
    raw->local_size = static_cast<std::uint32_t>(local_size);
    raw->domain_size = static_cast<std::uint32_t>(domain_size);
    raw->text_size = static_cast<std::uint32_t>(text.size());
    raw->escaped_size = static_cast<std::uint32_t>(escaped);
    raw->hash = keyed_hash(text);
    raw->bare = std::move(bare);
    char* bytes = reinterpret_cast<char*>(raw + 1);
    std::memcpy(bytes, text.data(), text.size());
    if (escaped != 0) escape_to(bytes + text.size(), text);
    return rep;
}

Ref<Jid::Rep> Jid::Rep::make(std::string_view local, std::string_view domain, std::string_view resource) {
    std::string text;
    text.reserve(local.size() + domain.size() + resource.size() + 2);
    if (!local.empty()) text.append(local).push_back('@');
    text.append(domain);
    Ref<Rep> bare = make(text, local.size(), domain.size(), nullptr);
    if (resource.empty()) return bare;
    text.append("/").append(resource);
    return make(text, local.size(), domain.size(), std::move(bare));
}

Result<Jid> Jid::parse(std::string_view text) {
    // RFC 7622 3.2: the first slash ends the domainpart, and only before it an "@" separates.
    const std::size_t slash = text.find('/');
    const std::string_view address = text.substr(0, slash);
    const std::size_t at = address.find('@');
    if (at == 0) return fail("the localpart is empty");
    if (slash != std::string_view::npos && slash + 1 == text.size()) return fail("the resourcepart is empty");
    return make(at == std::string_view::npos ? std::string_view{} : address.substr(0, at),
                at == std::string_view::npos ? address : address.substr(at + 1),
                slash == std::string_view::npos ? std::string_view{} : text.substr(slash + 1));
}

Result<Jid> Jid::make(std::string_view local, std::string_view domain, std::string_view resource) {
    Result<std::string> l;
    Result<std::string> r;
    if (!local.empty() && !(l = prepare_local(local))) return std::unexpected(l.error());
    const auto d = prepare_domain(domain);
    if (!d) return std::unexpected(d.error());
    if (!resource.empty() && !(r = prepare_resource(resource))) return std::unexpected(r.error());
    return Jid(Rep::make(*l, *d, *r));
}

Jid Jid::domain_jid() const {
    if (!rep_) return {};
    const Jid whole = bare();
    return whole.local().empty() ? whole : Jid(Rep::make({}, whole.domain(), {}));
}

Result<Jid> Jid::with_resource(std::string_view resource) const {
    if (!rep_) return fail("there is no address to put a resourcepart behind");
    const auto prepared = prepare_resource(resource);
    if (!prepared) return std::unexpected(prepared.error());
    const Jid whole = bare();
    std::string text(whole.text());
    text.append("/").append(*prepared);
    return Jid(Rep::make(text, whole.rep_->local_size, whole.rep_->domain_size, whole.rep_));
}

} // namespace epode
