// SPDX-License-Identifier: MIT
// What a TlsContext is made of: one SSL_CTX per identity. Private to core/net.
#pragma once

#include "core/net/openssl.hpp"
#include "core/net/tls_context.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace epode::net {

struct TlsContext::Impl {
    std::vector<OwnedContext> contexts;                   // the first is where every connection starts
    std::map<std::string, SSL_CTX*, std::less<>> by_name; // lower case
    std::string alpn;                                     // as on the wire: each name after its length

    /// The context for an SNI name: the name itself, else a wildcard for its first label, else null.
    SSL_CTX* find(std::string_view server_name) const;
};

} // namespace epode::net
