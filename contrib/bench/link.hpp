// SPDX-License-Identifier: MIT
// A TCP connection with TLS on top, non-blocking, on the loop: for clients, and for the relay's side of them.
#pragma once

#include "loop.hpp"

#include <memory>
#include <openssl/ssl.h>
#include <string>
#include <string_view>

namespace bench {

struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeContext>;

/// Offers what the server likes; checks no certificate, since the server under test is one's own.
TlsContext client_context();
/// With an ECDSA P-256 certificate made on the spot.
TlsContext server_context();

class Link final : Loop::Watched {
public:
    /// Does not delete the link from within these.
    class Owner {
    public:
        virtual void opened() = 0; ///< connected, and when TLS was started: encrypted
        virtual void received(std::string_view bytes) = 0;
        virtual void closed(const std::string& why) = 0;

    protected:
        ~Owner() = default;
    };

    /// Connects to an IPv4 address; with `tls` the handshake follows at once. Throws std::runtime_error when it cannot
    /// begin.
    Link(Loop& loop, Owner& owner, const std::string& host, int port, SSL_CTX* tls, const std::string& name);
    /// Takes an accepted socket; the handshake is waited for where there is `tls`.
    Link(Loop& loop, Owner& owner, int socket, SSL_CTX* tls);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    /// Client side: encrypts from here on; opened() is called again.
    void start_tls(SSL_CTX* tls, const std::string& name);
    /// Leaves at the end of the loop's turn, with all else that was written in it.
    void write(std::string_view bytes);
    /// Whether the socket is read; a peer that is not read is felt by the server.
    void read(bool on);
    std::size_t unsent() const { return out_.size(); }
    /// Of received bytes, over all links: what the progress line shows.
    static std::uint64_t total_received;

private:
    enum class State { connecting, handshake, open, closed };

    void ready(std::uint32_t events) override;
    void flush() override;
    void shake();
    void take();
    void want(std::uint32_t events);
    void want_what_is_due();
    void end(const std::string& why);
    bool would_block(int result) const;

    Loop& loop_;
    Owner& owner_;
    struct FreeSsl {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    std::unique_ptr<SSL, FreeSsl> ssl_;
    std::string out_;
    int socket_;
    std::uint32_t events_;
    State state_;
    bool will_flush_ = false;
    bool reading_ = true;
    bool blocked_ = false; ///< the peer takes no more for now
};

} // namespace bench
