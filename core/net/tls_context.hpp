// SPDX-License-Identifier: MIT
// TlsContext: certificates by name (SNI), ALPN, versions, tickets; replaced as a whole on reload, so connections keep the
// one they began with.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace epode::net {

struct TlsIdentity {
    std::vector<std::string> names; ///< hosts this pair serves; the first identity also serves who sends no SNI
    std::string certificate_file;   ///< PEM, chain included
    std::string key_file;           ///< PEM

    TlsIdentity() = default;
};

class TlsContext {
public:
    /// Loads everything and checks that keys fit certificates; the error names the file and the reason.
    /// `alpn` is what is accepted where the client sends ALPN (XEP-0368: "xmpp-client").
    static Result<std::shared_ptr<TlsContext>> make(const std::vector<TlsIdentity>& identities, std::string_view alpn);
    ~TlsContext();

    struct Impl;
    Impl& impl() noexcept { return *impl_; }

private:
    TlsContext();
    std::unique_ptr<Impl> impl_;
};

/// Makes an ECDSA P-256 key and a self-signed certificate for `names`, valid ten years; files are written with mode 0600
/// by rename. Does nothing when both exist.
Result<> make_self_signed(const std::vector<std::string>& names, const std::string& certificate_file, const std::string& key_file);
/// SHA-256 fingerprint ("AB:CD:…") and expiry of the first certificate in a PEM file, for people.
Result<std::string> fingerprint(const std::string& certificate_file);

} // namespace epode::net
