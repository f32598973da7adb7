// SPDX-License-Identifier: MIT
// Every mechanism against the real binary, on TLS 1.3 and 1.2, after STARTTLS and on the direct port. The client's side
// is made from OpenSSL and the definitions of the RFCs, with nothing of the server's in it; that the mechanism was the
// one intended is read in the server's log.
#include "core/base/base64.hpp"
#include "tests/catch.hpp"
#include "tests/client/server_process.hpp"
#include "tests/core/sasl_kit.hpp"

#include <array>
#include <memory>
#include <openssl/ssl.h>
#include <openssl/x509.h>

using namespace epode;

namespace {

constexpr std::string_view tls_exporter = "tls-exporter", tls_server_end_point = "tls-server-end-point";

ServerProcess& server() {
    static ServerProcess process;
    static const bool made = (process.make_account("romeo", "secret"), true);
    static_cast<void>(made);
    return process;
}

/// A blocking connection: bytes out, text in, until what is awaited has come.
class Wire {
public:
    Wire(int version, bool direct)
        : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free), ssl_(nullptr, SSL_free),
          socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(direct ? server().direct_port() : server().port());
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const timeval patience{20, 0};
        setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("no connection");
        SSL_CTX_set_min_proto_version(context_.get(), version);
        SSL_CTX_set_max_proto_version(context_.get(), version);
        if (!direct) {
            open();
            send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
            until("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        }
        ssl_.reset(SSL_new(context_.get()));
        SSL_set_tlsext_host_name(ssl_.get(), "localhost");
        static constexpr unsigned char alpn[] = "\x0bxmpp-client";
        if (direct) SSL_set_alpn_protos(ssl_.get(), alpn, sizeof alpn - 1);
        SSL_set_fd(ssl_.get(), socket_);
        if (SSL_connect(ssl_.get()) != 1) throw std::runtime_error("no TLS");
    }
    ~Wire() {
        ssl_.reset();
        ::close(socket_);
    }
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    SSL* ssl() const { return ssl_.get(); }
    void send(const std::string& text) {
        if (ssl_)
            SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
        else
            ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    }
    /// Everything up to and with `end`; throws where it never comes.
    std::string until(std::string_view end) {
        for (;;) {
            if (const auto at = got_.find(end); at != std::string::npos) {
                auto before = got_.substr(0, at + end.size());
                got_.erase(0, at + end.size());
                return before;
            }
            char buffer[4096];
            const auto count = ssl_ ? SSL_read(ssl_.get(), buffer, sizeof buffer)
                                    : static_cast<int>(recv(socket_, buffer, sizeof buffer, 0));
            if (count <= 0) throw std::runtime_error("instead of " + std::string(end) + " came " + got_);
            got_.append(buffer, static_cast<std::size_t>(count));
        }
    }
    /// A new header; the features that answer it.
    std::string open() {
        send("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' "
             "version='1.0'>");
        return until("</stream:features>");
    }
    /// One SASL element: its name and its content.
    std::pair<std::string, std::string> answer() {
        const auto element = until(">");
        const auto name = element.substr(element.rfind('<') + 1,
                                         element.find_first_of(" >", element.rfind('<')) - element.rfind('<') - 1);
        if (element.ends_with("/>")) return {name, ""};
        auto content = until("</" + name + ">");
        content.resize(content.size() - name.size() - 3);
        return {name, content};
    }
    std::pair<std::string, std::string> say(const std::string& element) {
        send(element);
        return answer();
    }

    /// What the other side should have, too (RFC 9266 section 2, RFC 5929 section 4.1).
    std::string binding(std::string_view type) const {
        if (type == tls_exporter) {
            std::array<unsigned char, 32> out{};
            constexpr std::string_view label = "EXPORTER-Channel-Binding";
            REQUIRE(SSL_export_keying_material(ssl(), out.data(), out.size(), label.data(), label.size(), nullptr, 0,
                                               1) == 1);
            return {out.begin(), out.end()};
        }
        std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
        unsigned int size = 0;
        const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl()), X509_free);
        REQUIRE(X509_digest(certificate.get(), EVP_sha256(), out.data(), &size) == 1); // it is signed with SHA-256
        return {out.begin(), out.begin() + size};
    }

private:
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
    int socket_;
    std::string got_;
};

struct Hash {
    std::string_view name;
    ScramHash hash;
};
constexpr Hash hashes[] = {
    {"SCRAM-SHA-1", ScramHash::sha1}, {"SCRAM-SHA-256", ScramHash::sha256}, {"SCRAM-SHA-512", ScramHash::sha512}};

std::string auth(std::string_view mechanism, const std::string& initial) {
    return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='" + std::string(mechanism) + "'>" +
           base64::encode(initial) + "</auth>";
}

/// RFC 5802 section 3: the signature by which the server shows that it knows the keys.
std::string server_signature(ScramHash hash, std::string_view password, const std::string& challenge,
                             const std::string& auth_message) {
    const auto salt_at = challenge.find(",s=") + 3;
    const auto salt = *base64::decode(challenge.substr(salt_at, challenge.find(',', salt_at) - salt_at));
    const auto count = std::stoul(challenge.substr(challenge.find(",i=") + 3));
    auto round = hmac(hash, password, salt + std::string("\0\0\0\1", 4));
    auto salted = round;
    for (unsigned long i = 1; i < count; ++i) {
        round = hmac(hash, password, round);
        for (std::size_t k = 0; k < salted.size(); ++k) salted[k] = static_cast<char>(salted[k] ^ round[k]);
    }
    return "v=" + base64::encode(hmac(hash, hmac(hash, salted, "Server Key"), auth_message));
}

/// Goes through SCRAM and checks the server's signature; the name of the element at the end, and a failure's content.
std::pair<std::string, std::string> scram(Wire& wire, const Hash& hash, bool plus, const std::string& gs2,
                                          const std::string& binding, const std::string& password = "secret") {
    const std::string first = "n=romeo,r=fyko+d2lbbFgONRv9qkxdawL";
    const auto [name, content] = wire.say(auth(std::string(hash.name) + (plus ? "-PLUS" : ""), gs2 + first));
    if (name != "challenge") return {name, content};
    const std::string challenge = *base64::decode(content);
    const auto last = sasl::test::client_final(hash.hash, password, first, challenge, gs2 + binding);
    auto end = wire.say("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + base64::encode(last) + "</response>");
    if (end.first == "success")
        CHECK(*base64::decode(end.second) ==
              server_signature(hash.hash, password, challenge,
                               first + "," + challenge + "," + last.substr(0, last.rfind(","))));
    return end;
}

/// The stream can be used after the login, and the log says by what it was made.
void check_logged_in(Wire& wire, const std::string& mechanism, int version) {
    const auto line = server().log_line({"logged in", "account=romeo@localhost"});
    INFO(line);
    CHECK(line.find("mechanism=" + mechanism + " ") != std::string::npos);
    CHECK(line.find(version == TLS1_3_VERSION ? "TLSv1.3" : "TLSv1.2") != std::string::npos);
    CHECK(wire.open().find("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>") != std::string::npos);
}

struct Place {
    int version;
    bool direct;
};
constexpr Place places[] = {
    {TLS1_3_VERSION, true}, {TLS1_3_VERSION, false}, {TLS1_2_VERSION, true}, {TLS1_2_VERSION, false}};

} // namespace

TEST_CASE("login: all mechanisms and both channel bindings are offered, the strongest first") {
    for (const auto& place : places) {
        Wire wire(place.version, place.direct);
        const auto features = wire.open();
        std::size_t at = 0;
        for (const auto* mechanism : {"SCRAM-SHA-512-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-512",
                                      "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"}) {
            INFO(mechanism);
            at = features.find("<mechanism>" + std::string(mechanism) + "</mechanism>", at);
            CHECK(at != std::string::npos);
        }
        const bool unique = place.version == TLS1_2_VERSION; // of TLS 1.3 there is none (RFC 8446, appendix C.5)
        CHECK(features.contains("<channel-binding type='tls-exporter'/>" +
                                std::string(unique ? "<channel-binding type='tls-unique'/>" : "") +
                                "<channel-binding type='tls-server-end-point'/>"));
    }
}

TEST_CASE("login: PLAIN") {
    for (const auto& place : places) {
        Wire wire(place.version, place.direct);
        wire.open();
        CHECK(wire.say(auth("PLAIN", std::string("\0romeo\0secret", 13))).first == "success");
        check_logged_in(wire, "PLAIN", place.version);
    }
}

TEST_CASE("login: SCRAM without channel binding") {
    for (const auto& place : places) {
        for (const auto& hash : hashes) {
            INFO(hash.name);
            Wire wire(place.version, place.direct);
            wire.open();
            CHECK(scram(wire, hash, false, "n,,", "").first == "success");
            check_logged_in(wire, std::string(hash.name), place.version);
        }
    }
}

TEST_CASE("login: SCRAM with each channel binding") {
    for (const auto& place : places) {
        for (const auto& hash : hashes) {
            for (const auto type : {tls_exporter, tls_server_end_point}) {
                INFO(hash.name << " " << type);
                Wire wire(place.version, place.direct);
                wire.open();
                CHECK(scram(wire, hash, true, "p=" + std::string(type) + ",,", wire.binding(type)).first == "success");
                check_logged_in(wire, std::string(hash.name) + "-PLUS", place.version);
            }
        }
    }
}

TEST_CASE("login: a binding to another channel is refused, whatever the password") {
    for (const auto& place : places) {
        for (const auto& hash : hashes) {
            for (const auto type : {tls_exporter, tls_server_end_point}) {
                INFO(hash.name << " " << type);
                Wire wire(place.version, place.direct);
                wire.open();
                auto wrong = wire.binding(type);
                wrong[0] = static_cast<char>(wrong[0] ^ 1);
                const auto [name, content] = scram(wire, hash, true, "p=" + std::string(type) + ",,", wrong);
                CHECK(name == "failure");
                CHECK(content.starts_with("<not-authorized/>"));
                CHECK(server().log_line({"login failed"}).find("mechanism=" + std::string(hash.name) + "-PLUS ") !=
                      std::string::npos);
                // The same stream with the right one.
                CHECK(scram(wire, hash, true, "p=" + std::string(type) + ",,", wire.binding(type)).first == "success");
                check_logged_in(wire, std::string(hash.name) + "-PLUS", place.version);
            }
        }
    }
}

TEST_CASE("login: a client that believes there is no channel binding has been lied to") {
    Wire wire(TLS1_3_VERSION, true);
    wire.open();
    for (const auto& hash : hashes) {
        const auto [name, content] = scram(wire, hash, false, "y,,", "");
        CHECK(name == "failure");
        CHECK(content.starts_with("<not-authorized/>"));
    }
    for (const auto* type : {"tls-unique", "tls-unheard-of"})
        CHECK(scram(wire, hashes[1], true, "p=" + std::string(type) + ",,", "x")
                  .second.starts_with("<malformed-request/>"));
}
