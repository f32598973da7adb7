// SPDX-License-Identifier: MIT
#include "client.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace bench {
namespace {

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string base64(std::string_view text) {
    std::string out((text.size() + 2) / 3 * 4 + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes(text), static_cast<int>(text.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

std::string unbase64(std::string_view text) {
    std::string out(text.size() / 4 * 3 + 3, '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes(text), static_cast<int>(text.size()));
    if (size < 0) throw std::runtime_error("bad base64 from the server");
    std::size_t padding = 0;
    while (padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
    out.resize(static_cast<std::size_t>(size) - padding);
    return out;
}

std::string between(std::string_view text, std::string_view from, std::string_view to) {
    auto start = text.find(from);
    if (start == text.npos) throw std::runtime_error("no '" + std::string(from) + "' in: " + std::string(text));
    start += from.size();
    return std::string(text.substr(start, text.find(to, start) - start));
}

std::string hmac(const EVP_MD* hash, std::string_view key, std::string_view text) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(hash, key.data(), static_cast<int>(key.size()), bytes(text), text.size(), out, &size);
    return {reinterpret_cast<char*>(out), size};
}

} // namespace

Client::Client(const Target& target, SSL_CTX* context) : target_(target), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(target.port));
    inet_pton(AF_INET, target.host.c_str(), &address.sin_addr);
    const int on = 1;
    const timeval limit{10, 0};
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address))
        throw std::runtime_error("cannot connect");
    if (target.starttls) {
        const std::string hello =
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
            "version='1.0' to='" +
            target.domain + "'>";
        queue(hello);
        flush();
        wait_for("</stream:features>", "<stream:error");
        queue("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        flush();
        wait_for("<proceed", "<failure");
        in.clear();
    }
    ssl_.reset(SSL_new(context));
    SSL_set_fd(ssl_.get(), socket_);
    SSL_set_tlsext_host_name(ssl_.get(), target.domain.c_str());
    if (SSL_connect(ssl_.get()) != 1) throw std::runtime_error("TLS handshake failed");
    open_stream();
}

Client::~Client() { close(socket_); }

void Client::open_stream() {
    queue("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='" +
          target_.domain + "'>");
    flush();
    wait_for("</stream:features>", "<stream:error");
}

std::string Client::wait_for(std::string_view text, std::string_view failure) {
    for (;;) {
        if (in.find(failure) != in.npos) throw std::runtime_error("refused: " + in);
        if (const auto at = in.find(text); at != in.npos) {
            // Consumed to the end of the tag.
            const auto end = in.find('>', at + text.size() - 1);
            if (end != in.npos) {
                auto read = in.substr(0, end + 1);
                in.erase(0, end + 1);
                return read;
            }
        }
        const auto before = in.size();
        if (!fill() || in.size() == before) throw std::runtime_error("no '" + std::string(text) + "', got: " + in);
    }
}

void Client::register_account(const std::string& user, const std::string& password) {
    queue("<iq type='set' id='reg'><query xmlns='jabber:iq:register'><username>" + user + "</username><password>" +
          password + "</password></query></iq>");
    flush();
    for (;;) {
        if (in.find("conflict") != in.npos) return; // from an earlier run
        if (in.find("<error") != in.npos) throw std::runtime_error("registration refused: " + in);
        if (in.find("'reg'") != in.npos || in.find("\"reg\"") != in.npos) return;
        const auto before = in.size();
        if (!fill() || in.size() == before) throw std::runtime_error("no answer to the registration");
    }
}

void Client::scram(const std::string& user, const std::string& password) {
    const auto* hash = target_.mechanism == "SCRAM-SHA-256" ? EVP_sha256() : EVP_sha1();
    const auto size = static_cast<std::size_t>(EVP_MD_get_size(hash));
    const auto bare = "n=" + user + ",r=epodebenchnonce" + user;
    queue("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='" + target_.mechanism + "'>" +
          base64("n,," + bare) + "</auth>");
    flush();
    const auto read = wait_for("</challenge", "<failure");
    const auto challenge = unbase64(between(read.substr(read.find("<challenge")), ">", "<"));
    const auto salt = unbase64(between(challenge, ",s=", ","));
    std::string salted(size, '\0');
    PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), bytes(salt), static_cast<int>(salt.size()),
                      std::stoi(between(challenge, ",i=", ",")), hash, static_cast<int>(size),
                      reinterpret_cast<unsigned char*>(salted.data()));
    const auto key = hmac(hash, salted, "Client Key");
    std::string stored(size, '\0');
    EVP_Digest(key.data(), key.size(), reinterpret_cast<unsigned char*>(stored.data()), nullptr, hash, nullptr);
    const auto final = "c=biws,r=" + between(challenge, "r=", ",");
    auto proof = hmac(hash, stored, bare + "," + challenge + "," + final);
    for (std::size_t i = 0; i < size; ++i) proof[i] = static_cast<char>(proof[i] ^ key[i]);
    queue("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + base64(final + ",p=" + base64(proof)) +
          "</response>");
    flush();
}

void Client::authenticate(const std::string& user, const std::string& password) {
    if (target_.mechanism != "PLAIN") return scram(user, password);
    std::string plain;
    plain.append(1, '\0').append(user).append(1, '\0').append(password);
    queue("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + base64(plain) + "</auth>");
    flush();
}

void Client::login(const std::string& user, const std::string& password, const std::string& resource, bool quiet) {
    authenticate(user, password);
    wait_for("<success", "<failure");
    in.clear();
    open_stream();
    queue("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" + resource +
          "</resource></bind></iq>");
    flush();
    wait_for("</jid", "<error");
    wait_for("</iq", "<error");
    if (quiet) return;
    queue("<presence/>");
    flush();
    wait_for("<presence", "<stream:error"); // a server reflects it, and from then on the session is there for messages
}

void Client::manage() {
    queue("<enable xmlns='urn:xmpp:sm:3'/>");
    flush();
    wait_for("<enabled", "<failed");
    managed = true;
}

void Client::unblock() { fcntl(socket_, F_SETFL, fcntl(socket_, F_GETFL) | O_NONBLOCK); }

void Client::flush() {
    if (out_.empty()) return;
    const auto size = static_cast<int>(out_.size());
    const auto written = ssl_ ? SSL_write(ssl_.get(), out_.data(), size)
                              : static_cast<int>(send(socket_, out_.data(), out_.size(), MSG_NOSIGNAL));
    if (written != size) throw std::runtime_error("the server does not read");
    out_.clear();
}

bool Client::fill() {
    char buffer[16384];
    for (;;) {
        const auto size = ssl_ ? SSL_read(ssl_.get(), buffer, sizeof buffer)
                               : static_cast<int>(recv(socket_, buffer, sizeof buffer, 0));
        if (size <= 0) return ssl_ && SSL_get_error(ssl_.get(), size) == SSL_ERROR_WANT_READ;
        in.append(buffer, static_cast<std::size_t>(size));
        if (!ssl_ || !SSL_pending(ssl_.get())) return true;
    }
}

} // namespace bench
