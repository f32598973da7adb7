// SPDX-License-Identifier: MIT
// A certificate of our own, so that a fresh installation has TLS before anybody asked an authority for one; and the
// fingerprint by which people recognise it.
#include "core/net/openssl.hpp"
#include "core/net/tls_context.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <system_error>
#include <unistd.h>

namespace epode::net {

namespace {

using OwnedNames = Owned<GENERAL_NAMES, GENERAL_NAMES_free>;
using OwnedName = Owned<GENERAL_NAME, GENERAL_NAME_free>;
using OwnedNumber = Owned<BIGNUM, BN_free>;

constexpr long seconds_a_day = 24 * 3600;
constexpr int days_valid = 3653;

bool ascii(std::string_view name) {
    return std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool add_dns(GENERAL_NAMES* names, const std::string& host) {
    OwnedName name(GENERAL_NAME_new());
    auto* text = ASN1_IA5STRING_new();
    if (!name || !text) return false;
    GENERAL_NAME_set0_value(name.get(), GEN_DNS, text); // owns text from here on
    if (!ASN1_STRING_set(text, host.data(), static_cast<int>(host.size()))) return false;
    if (sk_GENERAL_NAME_push(names, name.get()) == 0) return false;
    (void)name.release();
    return true;
}

/// RFC 6120 13.7.1.4: id-on-xmppAddr.
bool add_xmpp_address(GENERAL_NAMES* names, const std::string& host) {
    OwnedName name(GENERAL_NAME_new());
    const Owned<ASN1_OBJECT, ASN1_OBJECT_free> type(OBJ_txt2obj("1.3.6.1.5.5.7.8.5", 1));
    auto* value = ASN1_TYPE_new();
    auto* text = ASN1_UTF8STRING_new();
    if (value && text) ASN1_TYPE_set(value, V_ASN1_UTF8STRING, text); // owns text from here on
    if (!name || !type || !value || !text || !ASN1_STRING_set(text, host.data(), static_cast<int>(host.size())) ||
        GENERAL_NAME_set0_othername(name.get(), OBJ_dup(type.get()), value) != 1 ||
        sk_GENERAL_NAME_push(names, name.get()) == 0)
        return false;
    (void)name.release();
    return true;
}

bool add_alternative_names(X509* certificate, const std::vector<std::string>& names) {
    const OwnedNames list(GENERAL_NAMES_new());
    if (!list) return false;
    for (const auto& name : names) {
        if (ascii(name) && !add_dns(list.get(), name)) return false;
        if (!add_xmpp_address(list.get(), name)) return false;
    }
    return X509_add1_ext_i2d(certificate, NID_subject_alt_name, list.get(), 0, X509V3_ADD_DEFAULT) == 1;
}

bool add_extension(X509* certificate, int kind, const char* value) {
    const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_subject(X509* certificate, const std::vector<std::string>& names) {
    // RFC 5280's upper bound for a common name; nobody matches by it, so a longer host simply has another label here.
    const std::string& first = names.front();
    const std::string common = first.size() <= 64 ? first : "epode";
    auto* subject = X509_get_subject_name(certificate);
    return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(common.data()),
                                      static_cast<int>(common.size()), -1, 0) == 1 &&
           X509_set_issuer_name(certificate, subject) == 1;
}

bool set_serial(X509* certificate) {
    const OwnedNumber number(BN_new());
    return number && BN_rand(number.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

OwnedX509 self_signed(EVP_PKEY* key, const std::vector<std::string>& names) {
    OwnedX509 certificate(X509_new());
    auto* it = certificate.get();
    if (!it || X509_set_version(it, 2) != 1 || !set_serial(it) || !set_subject(it, names) ||
        // From yesterday on: clients' clocks are not ours.
        !X509_gmtime_adj(X509_getm_notBefore(it), -seconds_a_day) ||
        !X509_time_adj_ex(X509_getm_notAfter(it), days_valid, 0, nullptr) || X509_set_pubkey(it, key) != 1 ||
        !add_extension(it, NID_basic_constraints, "critical,CA:FALSE") ||
        !add_extension(it, NID_key_usage, "critical,digitalSignature") ||
        !add_extension(it, NID_ext_key_usage, "serverAuth,clientAuth") || !add_alternative_names(it, names) ||
        X509_sign(it, key, EVP_sha256()) == 0)
        return nullptr;
    return certificate;
}

Result<> system_failure(const std::string& path, int error) {
    return fail("cannot write " + path + ": " + std::generic_category().message(error));
}

bool write_and_sync(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::write(descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) return false;
        if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return ::fsync(descriptor) == 0;
}

/// Mode 0600 from the first moment; the name appears when the bytes are on disk.
Result<> write_file(const std::string& path, BIO* content) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(content, &data);
    std::string temporary = path + ".XXXXXX";
    const int descriptor = ::mkostemp(temporary.data(), O_CLOEXEC);
    if (descriptor < 0) return system_failure(path, errno);
    const bool synced = write_and_sync(descriptor, {data, static_cast<std::size_t>(size)});
    int error = errno;
    ::close(descriptor); // after fsync it has nothing left to say
    if (synced && ::rename(temporary.c_str(), path.c_str()) == 0) return {};
    if (synced) error = errno;
    ::unlink(temporary.c_str());
    return system_failure(path, error);
}

Result<bool> both_exist(const std::string& certificate_file, const std::string& key_file) {
    std::error_code error;
    const bool certificate = std::filesystem::exists(certificate_file, error);
    if (error) return fail("cannot look at " + certificate_file + ": " + error.message());
    const bool key = std::filesystem::exists(key_file, error);
    if (error) return fail("cannot look at " + key_file + ": " + error.message());
    if (certificate == key) return certificate;
    const auto& there = certificate ? certificate_file : key_file;
    const auto& missing = certificate ? key_file : certificate_file;
    return fail(there + " exists but " + missing + " does not; put it there, or remove both to have a new pair made");
}

std::string day(const ASN1_TIME* when) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(when, &parts) != 1) return "an unreadable date";
    std::array<char, 16> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
    return text.data();
}

} // namespace

Result<> make_self_signed(const std::vector<std::string>& names, const std::string& certificate_file,
                          const std::string& key_file) {
    const auto present = both_exist(certificate_file, key_file);
    if (!present) return std::unexpected(present.error());
    if (*present) return {};
    if (names.empty()) return fail("a certificate needs at least one name");
    ERR_clear_error();
    const OwnedKey key(EVP_EC_gen("P-256"));
    const auto certificate = key ? self_signed(key.get(), names) : nullptr;
    const OwnedBio key_pem(BIO_new(BIO_s_secmem()));
    const OwnedBio certificate_pem(BIO_new(BIO_s_mem()));
    if (!certificate || !key_pem || !certificate_pem ||
        PEM_write_bio_PKCS8PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
        PEM_write_bio_X509(certificate_pem.get(), certificate.get()) != 1)
        return fail("cannot make a certificate for " + names.front() + ": " + openssl_reason());
    if (auto written = write_file(key_file, key_pem.get()); !written) return written;
    auto written = write_file(certificate_file, certificate_pem.get());
    if (!written) ::unlink(key_file.c_str()); // or the next start would find half a pair
    return written;
}

Result<std::string> fingerprint(const std::string& certificate_file) {
    ERR_clear_error();
    const OwnedBio file(BIO_new_file(certificate_file.c_str(), "r"));
    const OwnedX509 certificate(file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr) : nullptr);
    if (!certificate) return fail("certificate " + certificate_file + ": " + openssl_reason());
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size) != 1)
        return fail("certificate " + certificate_file + ": " + openssl_reason());
    std::string text;
    for (unsigned int i = 0; i < size; ++i) {
        constexpr std::string_view hex = "0123456789ABCDEF";
        if (i != 0) text += ':';
        text += hex[digest[i] >> 4];
        text += hex[digest[i] & 15];
    }
    return text + ", valid until " + day(X509_get0_notAfter(certificate.get()));
}

} // namespace epode::net
