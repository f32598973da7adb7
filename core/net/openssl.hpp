// SPDX-License-Identifier: MIT
// Owners for OpenSSL's objects, and its error queue in words. Private to core/net.
#pragma once

#include <memory>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string>

namespace epode::net {

template <auto Free> struct FreeWith {
    void operator()(auto* object) const noexcept { Free(object); }
};
template <typename T, auto Free> using Owned = std::unique_ptr<T, FreeWith<Free>>;

using OwnedBio = Owned<BIO, BIO_free_all>;
using OwnedKey = Owned<EVP_PKEY, EVP_PKEY_free>;
using OwnedX509 = Owned<X509, X509_free>;
using OwnedContext = Owned<SSL_CTX, SSL_CTX_free>;
using OwnedSsl = Owned<SSL, SSL_free>;

/// Empties this thread's error queue: it is the thread's, and a stranger's leftovers would be taken for ours. Usually
/// it is empty already, and asking costs a tenth of ERR_clear_error(), which goes through all of its sixteen places.
inline void forget_errors() noexcept {
    if (ERR_peek_error() != 0) ERR_clear_error();
}

/// The oldest error in this thread's queue (the cause; what follows are its consequences), and empties the queue.
std::string openssl_reason();

} // namespace epode::net
