// SPDX-License-Identifier: MIT
// What an idle TLS connection costs the server: resident memory and malloc's own count, after the handshake and one
// exchange each way, with a read wait pending as a session has it.
//
//     tls_idle_bench [connections, default 1000] [12 for TLS 1.2]
//
// The clients live in a forked process, so the numbers are the server's alone. Nothing above core/net is included.
#include "core/net/listener.hpp"
#include "core/net/loop.hpp"
#include "core/net/tcp.hpp"
#include "core/net/tls_context.hpp"

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <malloc.h>
#include <memory>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace epode;
using namespace epode::net;

namespace {

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "tls_idle_bench: %s\n", why.c_str());
    std::exit(1);
}

std::size_t resident() {
    std::FILE* file = std::fopen("/proc/self/statm", "r");
    unsigned long total = 0;
    unsigned long pages = 0;
    if (!file || std::fscanf(file, "%lu %lu", &total, &pages) != 2) give_up("/proc/self/statm cannot be read");
    std::fclose(file);
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t in_use() { return mallinfo2().uordblks + mallinfo2().hblkhd; }

struct Guest {
    std::unique_ptr<ByteStream> stream;
    bool answered = false;
};

/// Reads what comes, answers the first bytes, and waits.
void serve(Guest& guest, std::size_t& answered) {
    char buffer[4096];
    for (;;) {
        const auto got = guest.stream->read_some(buffer);
        if (got.status == IoStatus::would_block) break;
        if (got.status != IoStatus::ok) return;
        if (!guest.answered) {
            (void)guest.stream->write_some("<answer/>");
            guest.answered = true;
            ++answered;
        }
    }
    guest.stream->wait_readable([&guest, &answered] { serve(guest, answered); });
}

/// One client after the other connects, sends, reads the answer and stays.
void run_clients(int port_pipe, int hold_pipe, std::size_t count, int version) {
    std::uint16_t port = 0;
    if (::read(port_pipe, &port, sizeof port) != sizeof port) std::_Exit(1);
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(context, version);
    for (std::size_t i = 0; i < count; ++i) {
        const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_port = htons(port);
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        SSL* ssl = SSL_new(context);
        char buffer[64];
        if (::connect(descriptor, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0 ||
            SSL_set_fd(ssl, descriptor) != 1 || SSL_connect(ssl) != 1 || SSL_write(ssl, "<hello/>", 8) != 8 ||
            SSL_read(ssl, buffer, sizeof buffer) <= 0)
            std::_Exit(1);
    }
    (void)::read(hold_pipe, &port, 1); // until the server has measured and ends
    std::_Exit(0);
}

} // namespace

int main(int argc, char* argv[]) {
    const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1000;
    const int version = argc > 2 && std::string(argv[2]) == "12" ? TLS1_2_VERSION : TLS1_3_VERSION;
    ignore_sigpipe();
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);

    int port_pipe[2];
    int hold_pipe[2];
    if (::pipe2(port_pipe, O_CLOEXEC) != 0 || ::pipe2(hold_pipe, O_CLOEXEC) != 0) give_up("no pipes");
    const pid_t child = ::fork();
    if (child < 0) give_up("no second process");
    if (child == 0) {
        ::close(hold_pipe[1]);
        run_clients(port_pipe[0], hold_pipe[0], count, version);
    }

    std::string folder = (std::filesystem::temp_directory_path() / "epode-bench-XXXXXX").string();
    if (!::mkdtemp(folder.data())) give_up("no temporary directory");
    TlsIdentity identity;
    identity.names = {"localhost"};
    identity.certificate_file = folder + "/x.crt";
    identity.key_file = folder + "/x.key";
    if (auto made = make_self_signed(identity.names, identity.certificate_file, identity.key_file); !made)
        give_up(made.error().text);
    auto context = TlsContext::make({identity}, "xmpp-client");
    std::filesystem::remove_all(folder);
    if (!context) give_up(context.error().text);

    Loop loop;
    std::vector<std::unique_ptr<Guest>> guests;
    guests.reserve(count);
    std::size_t answered = 0;
    std::size_t warm_resident = 0;
    std::size_t warm_in_use = 0;
    auto accept = [&](std::unique_ptr<ByteStream> stream) {
        if (guests.size() == 10 && warm_resident == 0) { // what the first ones load is not theirs
            warm_resident = resident();
            warm_in_use = in_use();
        }
        guests.push_back(std::make_unique<Guest>());
        guests.back()->stream = tls_server(std::move(stream), *context);
        serve(*guests.back(), answered);
    };
    auto listener = Listener::open(loop, ListenAddress("127.0.0.1", 0), Sharing::alone, std::move(accept));
    if (!listener) give_up(listener.error().text);
    const std::uint16_t port = (*listener)->port();
    if (::write(port_pipe[1], &port, sizeof port) != sizeof port) give_up("the clients are gone");

    const Instant begin = SystemClock().now();
    while (answered < count) {
        loop.wait(SystemClock().now() + 100ms);
        if (::waitpid(child, nullptr, WNOHANG) == child) give_up("a client failed");
    }
    const auto took = std::chrono::duration<double>(SystemClock().now() - begin).count();
    const auto measured = static_cast<double>(count - 10) * 1024;
    std::printf("%zu idle connections, %s\n", count, guests.back()->stream->tls_description().c_str());
    std::printf("resident per connection  %6.1f KB\n", static_cast<double>(resident() - warm_resident) / measured);
    std::printf("malloc per connection    %6.1f KB\n", static_cast<double>(in_use() - warm_in_use) / measured);
    std::printf("handshakes               %6.0f /s (one client at a time, both sides on this machine)\n",
                static_cast<double>(count) / took);
    ::close(hold_pipe[1]);
    ::waitpid(child, nullptr, 0);
    return 0;
}
