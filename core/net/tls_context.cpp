// SPDX-License-Identifier: MIT
#include "core/net/tls_context.hpp"

#include "core/net/tls_impl.hpp"

#include <algorithm>
#include <openssl/err.h>
#include <openssl/pem.h>

namespace epode::net {

namespace {

constexpr long ticket_seconds = 3600;

std::string lower(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    std::string result(name);
    std::ranges::transform(result, result.begin(),
                           [](char c) { return 'A' <= c && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return result;
}

/// "a,b" to the wire's form. Names of 1 to 255 bytes; others cannot be sent and are left out.
std::string alpn_wire(std::string_view list) {
    std::string wire;
    while (!list.empty()) {
        auto name = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), name.size() + 1));
        while (name.starts_with(' ')) name.remove_prefix(1);
        while (name.ends_with(' ')) name.remove_suffix(1);
        if (name.empty() || name.size() > 255) continue;
        wire += static_cast<char>(name.size());
        wire += name;
    }
    return wire;
}

int on_server_name(SSL* ssl, int* /*alert*/, void* argument) {
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (!name) return SSL_TLSEXT_ERR_NOACK;
    SSL_CTX* found = static_cast<TlsContext::Impl*>(argument)->find(name);
    // A name nobody has gets the first certificate: the client judges, and its error says more than our alert would.
    if (!found) return SSL_TLSEXT_ERR_NOACK;
    return SSL_set_SSL_CTX(ssl, found) ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

int on_alpn(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
            unsigned int offered_size, void* argument) {
    const auto& ours = static_cast<TlsContext::Impl*>(argument)->alpn;
    unsigned char* match = nullptr;
    const int outcome = SSL_select_next_proto(&match, size, reinterpret_cast<const unsigned char*>(ours.data()),
                                              static_cast<unsigned int>(ours.size()), offered, offered_size);
    *chosen = match;
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// A server has nobody to ask.
int no_passphrase(char* /*into*/, int /*size*/, int /*writing*/, void* /*argument*/) { return -1; }

/// True where OpenSSL took all of it.
bool set_policy(SSL_CTX* context) {
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    // Without RELEASE_BUFFERS an idle connection keeps 34 KB more. PARTIAL_WRITE and MOVING_WRITE_BUFFER are the
    // outbox's contract: one record at a time, repeated from wherever the bytes are by then.
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1); // one read for a record's head and body, and for what follows them
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); // tickets only: nothing grows with the clients
    SSL_CTX_set_timeout(context, ticket_seconds);
    // Every suite here is good, so the client's order counts: telephones without AES instructions prefer ChaCha20.
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
           // The hybrid exists from OpenSSL 3.5 on.
           (SSL_CTX_set1_groups_list(context, "X25519MLKEM768:X25519:P-256:P-384") == 1 ||
            SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1) &&
           SSL_CTX_set_num_tickets(context, 1) == 1 &&
           SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>("epode"), 5) == 1;
}

void set_callbacks(SSL_CTX* context, TlsContext::Impl* impl) {
    SSL_CTX_set_tlsext_servername_callback(context, on_server_name);
    SSL_CTX_set_tlsext_servername_arg(context, impl);
    if (!impl->alpn.empty()) SSL_CTX_set_alpn_select_cb(context, on_alpn, impl);
}

Result<> load_pair(SSL_CTX* context, const TlsIdentity& identity) {
    const auto& certificate = identity.certificate_file;
    if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
        return fail("certificate " + certificate + ": " + openssl_reason());
    const OwnedBio file(BIO_new_file(identity.key_file.c_str(), "r"));
    if (!file) return fail("key " + identity.key_file + ": " + openssl_reason());
    const OwnedKey key(PEM_read_bio_PrivateKey(file.get(), nullptr, no_passphrase, nullptr));
    if (!key) {
        const bool encrypted = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_BAD_PASSWORD_READ ||
                               ERR_GET_REASON(ERR_peek_error()) == PEM_R_BAD_PASSWORD_READ;
        auto reason = openssl_reason();
        if (encrypted) reason = "it has a passphrase; store the key without one";
        return fail("key " + identity.key_file + ": " + reason);
    }
    if (X509_check_private_key(SSL_CTX_get0_certificate(context), key.get()) != 1) {
        ERR_clear_error();
        return fail("key " + identity.key_file + " does not belong to the certificate in " + certificate);
    }
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
        return fail("key " + identity.key_file + ": " + openssl_reason());
    return {};
}

} // namespace

SSL_CTX* TlsContext::Impl::find(std::string_view server_name) const {
    const std::string name = lower(server_name);
    if (const auto exact = by_name.find(name); exact != by_name.end()) return exact->second;
    const auto dot = name.find('.');
    if (dot == std::string::npos || dot == 0) return nullptr;
    const auto wild = by_name.find("*" + name.substr(dot));
    return wild != by_name.end() ? wild->second : nullptr;
}

TlsContext::TlsContext() : impl_(std::make_unique<Impl>()) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<TlsContext>> TlsContext::make(const std::vector<TlsIdentity>& identities,
                                                     std::string_view alpn) {
    if (identities.empty()) return fail("TLS needs at least one certificate");
    std::shared_ptr<TlsContext> result(new TlsContext);
    auto& impl = result->impl();
    impl.alpn = alpn_wire(alpn);
    ERR_clear_error();
    for (const auto& identity : identities) {
        OwnedContext context(SSL_CTX_new(TLS_server_method()));
        if (!context || !set_policy(context.get())) return fail("TLS cannot be set up: " + openssl_reason());
        ERR_clear_error(); // of the groups list that was too new
        if (auto loaded = load_pair(context.get(), identity); !loaded) return std::unexpected(loaded.error());
        set_callbacks(context.get(), &impl);
        for (const auto& name : identity.names) impl.by_name.try_emplace(lower(name), context.get());
        impl.contexts.push_back(std::move(context));
    }
    return result;
}

} // namespace epode::net
