// SPDX-License-Identifier: MIT
// TlsContext: certificates by name (SNI), ALPN, versions, tickets; replaced as a whole on reload, so connections keep
// the one they began with.
#pragma once

#include "core/base/result.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace epode::net {

struct TlsIdentity {
    std::vector<std::string>
        names; ///< hosts this pair serves, as DNS knows them (A-labels); "*.example.org" for one label
    std::string certificate_file; ///< PEM, chain included
    std::string key_file;         ///< PEM, without a passphrase

    TlsIdentity() = default;
};

class TlsContext {
public:
    /// Loads everything and checks that keys fit certificates; the error names the file and the reason. The first
    /// identity also serves who sends no SNI or a name nobody has; of two with the same name the first wins. `alpn` is
    /// what is accepted where the client sends ALPN, comma-separated, the preferred first (XEP-0368: "xmpp-client"; RFC
    /// 7301 3.2: no match ends the handshake). Empty: the extension is ignored.
    static Result<std::shared_ptr<TlsContext>> make(const std::vector<TlsIdentity>& identities, std::string_view alpn);
    ~TlsContext();

    struct Impl;
    /// Not changed after `make`: any thread may use it.
    Impl& impl() noexcept { return *impl_; }

private:
    TlsContext();
    std::unique_ptr<Impl> impl_;
};

/// Makes an ECDSA P-256 key and a self-signed certificate for `names`, valid ten years; files are written with mode
/// 0600 by rename, the key first. Names become DNS names where they are ASCII, and XmppAddr (RFC 6120 13.7.1.4) always.
/// Does nothing when both files exist; refuses when only one does.
Result<> make_self_signed(const std::vector<std::string>& names, const std::string& certificate_file,
                          const std::string& key_file);
/// SHA-256 fingerprint and expiry of the first certificate in a PEM file, for people: "AB:CD:…, valid until
/// 2036-01-31".
Result<std::string> fingerprint(const std::string& certificate_file);

} // namespace epode::net
