// SPDX-License-Identifier: MIT
#include "link.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace bench {

std::uint64_t Link::total_received = 0;

namespace {

TlsContext context(const SSL_METHOD* method) {
    TlsContext made(SSL_CTX_new(method));
    SSL_CTX_set_mode(made.get(),
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_min_proto_version(made.get(), TLS1_2_VERSION);
    SSL_CTX_set_session_cache_mode(made.get(), SSL_SESS_CACHE_OFF);
    return made;
}

void no_delay(int socket) {
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

} // namespace

TlsContext client_context() { return context(TLS_client_method()); }

TlsContext server_context() {
    auto made = context(TLS_server_method());
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
    X509_set_version(certificate.get(), 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 24 * 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    SSL_CTX_use_certificate(made.get(), certificate.get());
    SSL_CTX_use_PrivateKey(made.get(), key.get());
    SSL_CTX_set_num_tickets(made.get(), 0); // nobody here resumes a session
    return made;
}

Link::Link(Loop& loop, Owner& owner, const std::string& host, int port, SSL_CTX* tls, const std::string& name)
    : loop_(loop), owner_(owner), socket_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      events_(EPOLLOUT), state_(State::connecting) {
    if (socket_ < 0) throw std::runtime_error(std::string("no socket: ") + std::strerror(errno));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    no_delay(socket_);
    const bool known = inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1;
    if (!known || (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) && errno != EINPROGRESS)) {
        close(socket_);
        throw std::runtime_error("cannot connect to " + host +
                                 (known ? std::string(": ") + std::strerror(errno) : ", which is no IPv4 address"));
    }
    if (tls) {
        ssl_.reset(SSL_new(tls));
        SSL_set_fd(ssl_.get(), socket_);
        SSL_set_tlsext_host_name(ssl_.get(), name.c_str());
        SSL_set_connect_state(ssl_.get());
    }
    loop_.watch(socket_, *this, events_);
}

Link::Link(Loop& loop, Owner& owner, int socket, SSL_CTX* tls)
    : loop_(loop), owner_(owner), socket_(socket), events_(EPOLLIN), state_(tls ? State::handshake : State::open) {
    no_delay(socket_);
    if (tls) {
        ssl_.reset(SSL_new(tls));
        SSL_set_fd(ssl_.get(), socket_);
        SSL_set_accept_state(ssl_.get());
    }
    loop_.watch(socket_, *this, events_);
}

Link::~Link() {
    loop_.forget(socket_, *this);
    if (ssl_ && state_ == State::open) { // says goodbye, and does not wait for the answer
        if (!out_.empty()) SSL_write(ssl_.get(), out_.data(), static_cast<int>(out_.size()));
        SSL_shutdown(ssl_.get());
    }
    ERR_clear_error();
    close(socket_);
}

void Link::start_tls(SSL_CTX* tls, const std::string& name) {
    ssl_.reset(SSL_new(tls));
    SSL_set_fd(ssl_.get(), socket_);
    SSL_set_tlsext_host_name(ssl_.get(), name.c_str());
    SSL_set_connect_state(ssl_.get());
    state_ = State::handshake;
    shake();
}

void Link::write(std::string_view bytes) {
    out_ += bytes;
    if (std::exchange(will_flush_, true)) return;
    loop_.flush_later(*this);
}

void Link::read(bool on) {
    reading_ = on;
    if (state_ == State::open) want_what_is_due();
}

void Link::want_what_is_due() { want((reading_ ? EPOLLIN : 0U) | (blocked_ ? EPOLLOUT : 0U)); }

void Link::want(std::uint32_t events) {
    if (events == events_) return;
    events_ = events;
    loop_.change(socket_, *this, events);
}

void Link::end(const std::string& why) {
    if (state_ == State::closed) return;
    state_ = State::closed;
    loop_.forget(socket_, *this);
    ERR_clear_error();
    owner_.closed(why);
}

/// Whether a read or write that failed is to be tried again later.
bool Link::would_block(int result) const {
    if (!ssl_) return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    const auto error = SSL_get_error(ssl_.get(), result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

void Link::ready(std::uint32_t events) {
    if (state_ == State::connecting) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error) {
            end(std::string("cannot connect: ") + std::strerror(error));
        } else if (ssl_) {
            state_ = State::handshake;
            shake();
        } else {
            state_ = State::open;
            want(EPOLLIN);
            owner_.opened();
        }
    } else if (state_ == State::handshake) {
        shake();
    } else {
        if (events & EPOLLOUT) flush();
        if (state_ == State::open && events & (EPOLLIN | EPOLLHUP | EPOLLERR)) take();
    }
}

void Link::shake() {
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) {
        state_ = State::open;
        want(EPOLLIN);
        owner_.opened();
        return;
    }
    const auto error = SSL_get_error(ssl_.get(), result);
    if (error == SSL_ERROR_WANT_READ) return want(EPOLLIN);
    if (error == SSL_ERROR_WANT_WRITE) return want(EPOLLOUT);
    end("the TLS handshake failed");
}

void Link::take() {
    static std::array<char, 65536> buffer;
    // Until it would block, or so often that others have their turn too; OpenSSL gives one record at a time.
    for (int i = 0; i < 64 && reading_ && state_ == State::open; ++i) {
        const int size = ssl_ ? SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()))
                              : static_cast<int>(recv(socket_, buffer.data(), buffer.size(), 0));
        if (size <= 0) {
            if (!would_block(size)) end("the server closed the connection");
            return;
        }
        total_received += static_cast<std::uint64_t>(size);
        owner_.received({buffer.data(), static_cast<std::size_t>(size)});
        if (!ssl_ && static_cast<std::size_t>(size) < buffer.size()) return;
        if (ssl_ && size < 16384 && !SSL_has_pending(ssl_.get())) return; // what comes later is announced again
    }
}

void Link::flush() {
    will_flush_ = false;
    if (state_ != State::open) return;
    std::size_t done = 0;
    blocked_ = false;
    while (done < out_.size() && !blocked_) {
        const auto rest = out_.size() - done;
        const int size = ssl_ ? SSL_write(ssl_.get(), out_.data() + done, static_cast<int>(rest))
                              : static_cast<int>(send(socket_, out_.data() + done, rest, MSG_NOSIGNAL));
        if (size > 0)
            done += static_cast<std::size_t>(size);
        else if (would_block(size))
            blocked_ = true;
        else
            return end("the connection broke while writing");
    }
    out_.erase(0, done);
    if (out_.empty() && out_.capacity() > 16384) out_.shrink_to_fit();
    want_what_is_due();
}

} // namespace bench
