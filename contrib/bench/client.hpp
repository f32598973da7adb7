// SPDX-License-Identifier: MIT
// One XMPP client of the load generator: blocking while it logs in, non-blocking under load. It scans text for the few
// strings it needs and parses no XML, so that it stays much cheaper than the server it measures.
#pragma once

#include <cstdint>
#include <memory>
#include <openssl/ssl.h>
#include <string>
#include <string_view>

namespace bench {

struct Target {
    std::string host = "127.0.0.1";
    std::string domain = "localhost";
    int port = 5223;
    bool starttls = false;
    std::string mechanism = "SCRAM-SHA-1"; ///< or SCRAM-SHA-256, PLAIN
};

/// Throws std::runtime_error with the server's last words when a step fails or takes ten seconds.
class Client {
    struct Free {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    const Target& target_;
    std::unique_ptr<SSL, Free> ssl_;
    std::string out_;
    int socket_ = -1;

    void open_stream();
    void authenticate(const std::string& user, const std::string& password);
    void scram(const std::string& user, const std::string& password);
    std::string wait_for(std::string_view either, std::string_view failure);

public:
    std::string in;             ///< read and not yet consumed
    std::uint32_t received = 0; ///< messages since stream management began
    bool managed = false;

    Client(const Target& target, SSL_CTX* context);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    int socket() const { return socket_; }
    void register_account(const std::string& user, const std::string& password);
    /// SASL, bind and, unless `quiet`, initial presence.
    void login(const std::string& user, const std::string& password, const std::string& resource, bool quiet = false);
    void manage(); ///< XEP-0198 enable
    void unblock();
    void queue(std::string_view text) { out_ += text; }
    void flush();
    bool fill(); ///< reads what is there; false when the server closed
};

} // namespace bench
