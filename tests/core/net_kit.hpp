// SPDX-License-Identifier: MIT
// What the tests of core/net share: loops that are run until something is true, real sockets on the loopback address,
// an executor that is turned by hand, and the client's side of TLS.
#pragma once

#include "core/base/executor.hpp"
#include "core/net/byte_stream.hpp"
#include "core/net/listener.hpp"
#include "core/net/loop.hpp"
#include "core/net/tcp.hpp"
#include "core/net/tls_context.hpp"
#include "tests/catch.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <deque>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace epode::net::kit {

/// Runs the loop until `done()`; false after twenty seconds, which only a bug takes.
inline bool run_until(Loop& loop, auto done) {
    const Instant end = SystemClock().now() + 20s;
    while (!done()) {
        if (SystemClock().now() > end) return false;
        loop.wait(SystemClock().now() + 5ms);
    }
    return true;
}

/// Lets everything run that could be on its way.
inline void settle(Loop& loop) {
    for (int round = 0; round < 20; ++round) loop.poll();
}

class Descriptor {
public:
    explicit Descriptor(int number = -1) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        close();
        number_ = std::exchange(other.number_, -1);
        return *this;
    }
    ~Descriptor() { close(); }
    int number() const { return number_; }
    int give() { return std::exchange(number_, -1); }
    void close() {
        if (number_ >= 0) ::close(std::exchange(number_, -1));
    }

private:
    int number_;
};

/// A client's connected, non-blocking socket.
inline Descriptor connect_to(std::uint16_t port, bool v6 = false) {
    Descriptor result(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in v4_name{};
    v4_name.sin_family = AF_INET;
    v4_name.sin_port = htons(port);
    v4_name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in6 v6_name{};
    v6_name.sin6_family = AF_INET6;
    v6_name.sin6_port = htons(port);
    v6_name.sin6_addr = in6addr_loopback;
    const auto* name = v6 ? reinterpret_cast<const sockaddr*>(&v6_name) : reinterpret_cast<const sockaddr*>(&v4_name);
    const socklen_t size = v6 ? sizeof v6_name : sizeof v4_name;
    if (::connect(result.number(), name, size) != 0) return Descriptor();
    ::fcntl(result.number(), F_SETFL, O_NONBLOCK);
    return result;
}

/// Both ends of one TCP connection; the server's end is on the loop.
struct Connection {
    std::unique_ptr<ByteStream> server;
    Descriptor client;
};

inline Connection connect(Loop& loop) {
    Connection result;
    auto take = [&result](std::unique_ptr<ByteStream> stream) { result.server = std::move(stream); };
    auto listener = Listener::open(loop, ListenAddress("127.0.0.1", 0), Sharing::alone, std::move(take));
    REQUIRE(listener);
    result.client = connect_to((*listener)->port());
    REQUIRE(run_until(loop, [&] { return result.server != nullptr; }));
    return result;
}

/// Reads what there is now; the last status goes to `status`.
inline std::string read_all(ByteStream& stream, IoStatus& status, std::size_t piece = 4096) {
    std::string result;
    std::string buffer(piece, '\0');
    for (;;) {
        const auto got = stream.read_some(buffer);
        status = got.status;
        if (got.status != IoStatus::ok) return result;
        result.append(buffer, 0, got.count);
    }
}
inline std::string read_all(ByteStream& stream) {
    IoStatus ignored{};
    return read_all(stream, ignored);
}

/// Reads `count` bytes through waits; what came before an end or a fault otherwise.
inline std::string read_exactly(Loop& loop, ByteStream& stream, std::size_t count) {
    std::string result;
    bool over = false;
    std::move_only_function<void()> read = [&] {
        std::string buffer(4096, '\0');
        for (;;) {
            const auto got = stream.read_some(std::span(buffer).first(std::min(buffer.size(), count - result.size())));
            if (got.status == IoStatus::ok) result.append(buffer, 0, got.count);
            over = result.size() == count || (got.status != IoStatus::ok && got.status != IoStatus::would_block);
            if (over) return;
            if (got.status == IoStatus::would_block) break;
        }
        stream.wait_readable([&read] { read(); });
    };
    read();
    CHECK(run_until(loop, [&] { return over; }));
    stream.cancel_waits();
    return result;
}

/// An executor that runs its jobs when told to.
class HandExecutor final : public Executor {
public:
    void post(Job job) override {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    /// Runs what was posted, as its thread; returns how many ran.
    std::size_t run() {
        std::deque<Job> jobs;
        {
            const std::lock_guard lock(mutex_);
            jobs.swap(jobs_);
        }
        const Scope scope(this);
        for (auto& job : jobs) job();
        return jobs.size();
    }

private:
    std::mutex mutex_;
    std::deque<Job> jobs_;
};

/// A directory that goes away with the test.
class Folder {
public:
    Folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "epode-net-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

/// An identity with a fresh self-signed certificate in `folder`.
inline TlsIdentity identity(const Folder& folder, const std::string& name) {
    TlsIdentity result;
    result.names = {name};
    const std::string file = name.starts_with('*') ? "wild" + name.substr(1) : name;
    result.certificate_file = folder / (file + ".crt");
    result.key_file = folder / (file + ".key");
    REQUIRE(make_self_signed(result.names, result.certificate_file, result.key_file));
    return result;
}

struct ClientOptions {
    int version = TLS1_3_VERSION;
    std::string server_name;
    std::string alpn; // on the wire: "\x0bxmpp-client"
    SSL_SESSION* session = nullptr;
};

/// The client's side of TLS on a non-blocking descriptor; every call does what can be done now.
class TlsClient {
public:
    explicit TlsClient(int descriptor, const ClientOptions& options = {})
        : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free), ssl_(nullptr, SSL_free) {
        ignore_sigpipe();
        auto* context = context_.get();
        SSL_CTX_set_security_level(context, 0); // the server's policy is on trial, not ours
        SSL_CTX_set_min_proto_version(context, options.version);
        SSL_CTX_set_max_proto_version(context, options.version);
        SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        ssl_.reset(SSL_new(context));
        if (!options.server_name.empty()) SSL_set_tlsext_host_name(ssl_.get(), options.server_name.c_str());
        if (!options.alpn.empty())
            SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(options.alpn.data()),
                                static_cast<unsigned int>(options.alpn.size()));
        if (options.session) SSL_set_session(ssl_.get(), options.session);
        SSL_set_fd(ssl_.get(), descriptor);
        SSL_set_connect_state(ssl_.get());
    }

    /// True when the handshake is done here; a fault goes to `reason`.
    bool handshake() {
        ERR_clear_error();
        const int outcome = SSL_do_handshake(ssl_.get());
        if (outcome == 1) return true;
        note(outcome);
        return false;
    }
    std::size_t write(std::string_view bytes) {
        ERR_clear_error();
        std::size_t count = 0;
        if (const int outcome = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count); outcome != 1)
            note(outcome);
        return count;
    }
    std::string read() {
        std::string result;
        std::string buffer(4096, '\0');
        std::size_t count = 0;
        ERR_clear_error();
        int outcome = 0;
        while ((outcome = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &count)) == 1)
            result.append(buffer, 0, count);
        note(outcome);
        return result;
    }
    void say_goodbye() { SSL_shutdown(ssl_.get()); }
    bool ended() const { return ended_; }
    unsigned long reason() const { return reason_; }
    SSL* ssl() { return ssl_.get(); }

private:
    void note(int outcome) {
        const int error = SSL_get_error(ssl_.get(), outcome);
        if (error == SSL_ERROR_ZERO_RETURN) ended_ = true;
        if (error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL) ended_ = true, reason_ = ERR_get_error();
    }
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
    bool ended_ = false;
    unsigned long reason_ = 0;
};

/// Runs both sides of the handshake until both are done or one has failed. The server reads, as its owner would.
inline bool shake_hands(Loop& loop, ByteStream& server, TlsClient& client) {
    IoStatus status = IoStatus::would_block;
    bool client_done = false;
    return run_until(loop,
                     [&] {
                         client_done = client_done || client.handshake();
                         if (status == IoStatus::would_block) read_all(server, status);
                         const bool server_done = !server.tls_description().empty() || status != IoStatus::would_block;
                         return (client_done && server_done) || client.ended();
                     }) &&
           client_done && !server.tls_description().empty();
}

} // namespace epode::net::kit
