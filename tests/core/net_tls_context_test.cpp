// SPDX-License-Identifier: MIT
#include "core/net/tls_context.hpp"
#include "tests/core/net_kit.hpp"

#include <fstream>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

using namespace epode;
using namespace epode::net;
using namespace epode::net::kit;

namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Certificate load(const std::string& path) {
    FILE* file = std::fopen(path.c_str(), "r");
    REQUIRE(file);
    Certificate result(PEM_read_X509(file, nullptr, nullptr, nullptr), X509_free);
    std::fclose(file);
    REQUIRE(result);
    return result;
}

std::string content(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

void put(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

/// The DNS names and XMPP addresses, one a line.
std::string alternative_names(X509* certificate) {
    auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    std::string result;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
        const auto* name = sk_GENERAL_NAME_value(names, i);
        const ASN1_STRING* text = nullptr;
        if (name->type == GEN_DNS) {
            text = name->d.dNSName;
            result += "dns ";
        } else if (name->type == GEN_OTHERNAME) {
            text = name->d.otherName->value->value.utf8string;
            char oid[64];
            OBJ_obj2txt(oid, sizeof oid, name->d.otherName->type_id, 1);
            result += std::string(oid) + ' ';
        }
        REQUIRE(text);
        result += std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                              static_cast<std::size_t>(ASN1_STRING_length(text)));
        result += '\n';
    }
    GENERAL_NAMES_free(names);
    return result;
}

mode_t mode(const std::string& path) {
    struct stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 0777;
}

std::string error_of(const TlsIdentity& identity) {
    const auto made = TlsContext::make({identity}, "");
    REQUIRE_FALSE(made);
    return made.error().text;
}

} // namespace

TEST_CASE("a self-signed certificate names its hosts and is private") {
    const Folder folder;
    const auto certificate_file = folder / "x.crt";
    const auto key_file = folder / "x.key";
    REQUIRE(make_self_signed({"a.example", "bücher.example", "*.a.example"}, certificate_file, key_file));
    const auto certificate = load(certificate_file);
    CHECK(alternative_names(certificate.get()) == "dns a.example\n"
                                                  "1.3.6.1.5.5.7.8.5 a.example\n"
                                                  "1.3.6.1.5.5.7.8.5 bücher.example\n"
                                                  "dns *.a.example\n"
                                                  "1.3.6.1.5.5.7.8.5 *.a.example\n");
    CHECK(X509_check_host(certificate.get(), "a.example", 9, 0, nullptr) == 1);
    CHECK(X509_verify(certificate.get(), X509_get0_pubkey(certificate.get())) == 1);
    CHECK(EVP_PKEY_get_bits(X509_get0_pubkey(certificate.get())) == 256);
    int days = 0;
    int seconds = 0;
    REQUIRE(ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate.get())) == 1);
    CHECK(days >= 3650);
    CHECK(days <= 3653);
    CHECK(X509_cmp_current_time(X509_get0_notBefore(certificate.get())) == -1);
    CHECK(mode(certificate_file) == 0600);
    CHECK(mode(key_file) == 0600);
    CHECK(TlsContext::make({identity(folder, "x")}, "xmpp-client")); // the files exist already and are taken
}

TEST_CASE("files that exist are left alone, half a pair is refused") {
    const Folder folder;
    const auto id = identity(folder, "a.example");
    const auto before = content(id.key_file);
    REQUIRE(make_self_signed({"b.example"}, id.certificate_file, id.key_file));
    CHECK(content(id.key_file) == before);
    const auto other = folder / "other.crt";
    const auto refused = make_self_signed({"b.example"}, other, id.key_file);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("other.crt does not") != std::string::npos);
    CHECK(content(id.key_file) == before);
}

TEST_CASE("a certificate that cannot be made or written says why") {
    const Folder folder;
    const auto unwritable = make_self_signed({"a"}, folder / "no/such/x.crt", folder / "no/such/x.key");
    REQUIRE_FALSE(unwritable);
    CHECK(unwritable.error().text == "cannot write " + (folder / "no/such/x.key") + ": No such file or directory");
    const auto half = make_self_signed({"a"}, folder / "no/such/x.crt", folder / "x.key");
    REQUIRE_FALSE(half);
    CHECK_FALSE(std::filesystem::exists(folder / "x.key")); // not left behind for the next start
    CHECK_FALSE(make_self_signed({}, folder / "y.crt", folder / "y.key"));
}

TEST_CASE("a host longer than a common name may be still gets its certificate") {
    const Folder folder;
    const std::string host = std::string(60, 'a') + ".example";
    REQUIRE(make_self_signed({host}, folder / "x.crt", folder / "x.key"));
    const auto certificate = load(folder / "x.crt");
    CHECK(X509_check_host(certificate.get(), host.data(), host.size(), 0, nullptr) == 1);
}

TEST_CASE("the fingerprint is SHA-256 in pairs, with the last day") {
    const Folder folder;
    const auto id = identity(folder, "a.example");
    const auto text = fingerprint(id.certificate_file);
    REQUIRE(text);
    unsigned char digest[32];
    unsigned int size = 0;
    X509_digest(load(id.certificate_file).get(), EVP_sha256(), digest, &size);
    char first[8];
    std::snprintf(first, sizeof first, "%02X:%02X", digest[0], digest[1]);
    CHECK(text->starts_with(first));
    CHECK(text->size() == 95 + std::string(", valid until 2036-01-31").size());
    CHECK(text->find(", valid until 20") == 95);
    CHECK_FALSE(fingerprint(folder / "missing.crt"));
    CHECK_FALSE(fingerprint(id.key_file));
}

TEST_CASE("errors name the file and the reason") {
    const Folder folder;
    const auto good = identity(folder, "a.example");
    const auto other = identity(folder, "b.example");
    CHECK_FALSE(TlsContext::make({}, ""));

    auto id = good;
    id.certificate_file = folder / "missing.crt";
    CHECK(error_of(id) == "certificate " + id.certificate_file + ": No such file or directory");

    id = good;
    id.key_file = folder / "missing.key";
    CHECK(error_of(id) == "key " + id.key_file + ": No such file or directory");

    id = good;
    id.key_file = other.key_file;
    CHECK(error_of(id) == "key " + id.key_file + " does not belong to the certificate in " + id.certificate_file);

    id = good;
    id.certificate_file = folder / "rubbish.crt";
    put(id.certificate_file, "rubbish");
    CHECK(error_of(id) == "certificate " + id.certificate_file + ": no start line");

    id = good;
    id.key_file = good.certificate_file;
    CHECK(error_of(id).starts_with("key " + id.key_file + ": "));
}

TEST_CASE("a key with a passphrase is refused and nobody is asked") {
    const Folder folder;
    auto id = identity(folder, "a.example");
    FILE* file = std::fopen(id.key_file.c_str(), "r");
    REQUIRE(file);
    EVP_PKEY* key = PEM_read_PrivateKey(file, nullptr, nullptr, nullptr);
    std::fclose(file);
    REQUIRE(key);
    file = std::fopen(id.key_file.c_str(), "w");
    REQUIRE(file);
    unsigned char secret[] = "secret";
    REQUIRE(PEM_write_PKCS8PrivateKey(file, key, EVP_aes_128_cbc(), reinterpret_cast<char*>(secret), 6, nullptr,
                                      nullptr) == 1);
    std::fclose(file);
    EVP_PKEY_free(key);
    CHECK(error_of(id) == "key " + id.key_file + ": it has a passphrase; store the key without one");
}
