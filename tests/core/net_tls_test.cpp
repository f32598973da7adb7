// SPDX-License-Identifier: MIT
#include "tests/core/net_kit.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <thread>

using namespace epode;
using namespace epode::net;
using namespace epode::net::kit;

namespace {

std::shared_ptr<TlsContext> context_of(const std::vector<TlsIdentity>& identities,
                                       std::string_view alpn = "xmpp-client") {
    auto made = TlsContext::make(identities, alpn);
    REQUIRE(made);
    return *made;
}

/// A connection whose server side is TLS already; the handshake is still to be made.
Connection connect_tls(Loop& loop, std::shared_ptr<TlsContext> context) {
    ignore_sigpipe();
    Connection result = connect(loop);
    result.server = tls_server(std::move(result.server), std::move(context));
    return result;
}

std::string common_name(SSL* ssl) {
    const std::unique_ptr<X509, decltype(&X509_free)> peer(SSL_get1_peer_certificate(ssl), X509_free);
    if (!peer) return {};
    std::array<char, 256> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(peer.get()), NID_commonName, name.data(), name.size());
    return name.data();
}

std::string digest_of_peer(SSL* ssl, const EVP_MD* method) {
    const std::unique_ptr<X509, decltype(&X509_free)> peer(SSL_get1_peer_certificate(ssl), X509_free);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    REQUIRE(peer);
    REQUIRE(X509_digest(peer.get(), method, digest.data(), &size) == 1);
    return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string exporter_of(SSL* ssl) {
    std::string out(32, '\0');
    const std::string label = "EXPORTER-Channel-Binding";
    REQUIRE(SSL_export_keying_material(ssl, reinterpret_cast<unsigned char*>(out.data()), out.size(), label.data(),
                                       label.size(), reinterpret_cast<const unsigned char*>(""), 0, 1) == 1);
    return out;
}

/// A certificate signed in some other way than ours are.
TlsIdentity signed_with(const Folder& folder, EVP_PKEY* key, const EVP_MD* method) {
    TlsIdentity result;
    result.names = {"odd.example"};
    result.certificate_file = folder / "odd.crt";
    result.key_file = folder / "odd.key";
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> owner(key, EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key);
    REQUIRE(X509_sign(certificate.get(), key, method) != 0);
    FILE* file = std::fopen(result.certificate_file.c_str(), "w");
    REQUIRE(file);
    PEM_write_X509(file, certificate.get());
    std::fclose(file);
    file = std::fopen(result.key_file.c_str(), "w");
    REQUIRE(file);
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    return result;
}

ClientOptions version(int number) {
    ClientOptions options;
    options.version = number;
    return options;
}

} // namespace

TEST_CASE("TLS 1.2 and 1.3 carry bytes both ways") {
    Loop loop;
    const Folder folder;
    const bool old = GENERATE(false, true);
    auto [server, descriptor] = connect_tls(loop, context_of({identity(folder, "a.example")}));
    TlsClient client(descriptor.number(), version(old ? TLS1_2_VERSION : TLS1_3_VERSION));
    CHECK(server->secure());
    CHECK(server->tls_description().empty());
    CHECK(server->channel_bindings().tls_exporter.empty());
    REQUIRE(shake_hands(loop, *server, client));
    CHECK(server->tls_description().starts_with(old ? "TLSv1.2 TLS_ECDHE_ECDSA_WITH_" : "TLSv1.3 TLS_"));
    CHECK(client.write("<stream>") == 8);
    CHECK(read_exactly(loop, *server, 8) == "<stream>");
    CHECK(server->write_some("<answer>").count == 8);
    std::string got;
    CHECK(run_until(loop, [&] { return (got += client.read()) == "<answer>"; }));
}

TEST_CASE("TLS 1.1 is refused with a reason") {
    Loop loop;
    const Folder folder;
    auto [server, descriptor] = connect_tls(loop, context_of({identity(folder, "a.example")}));
    TlsClient client(descriptor.number(), version(TLS1_1_VERSION));
    CHECK_FALSE(shake_hands(loop, *server, client));
    CHECK(server->last_error().starts_with("TLS: "));
}

TEST_CASE("who speaks plain text to a TLS port is told apart") {
    Loop loop;
    const Folder folder;
    auto [server, descriptor] = connect_tls(loop, context_of({identity(folder, "a.example")}));
    REQUIRE(::send(descriptor.number(), "GET / HTTP/1.1\r\n\r\n", 18, 0) == 18);
    IoStatus status = IoStatus::would_block;
    CHECK(
        run_until(loop, [&, &server = server] { return read_all(*server, status), status != IoStatus::would_block; }));
    CHECK(status == IoStatus::failed);
    CHECK(server->last_error() == "TLS: http request");
    bool fired = false; // after an error waits still fire
    server->wait_readable([&] { fired = true; });
    CHECK(run_until(loop, [&] { return fired; }));
    CHECK(server->write_some("x").status == IoStatus::failed);
}

TEST_CASE("the certificate follows the name that the client asks for") {
    Loop loop;
    const Folder folder;
    const auto context =
        context_of({identity(folder, "a.example"), identity(folder, "b.example"), identity(folder, "*.c.example")});
    const auto [asked, served] = GENERATE(table<std::string, std::string>({{"", "a.example"},
                                                                           {"a.example", "a.example"},
                                                                           {"b.example", "b.example"},
                                                                           {"B.Example", "b.example"},
                                                                           {"b.example.", "b.example"},
                                                                           {"x.c.example", "*.c.example"},
                                                                           {"x.y.c.example", "a.example"},
                                                                           {"c.example", "a.example"},
                                                                           {"nobody.example", "a.example"}}));
    ClientOptions options;
    options.version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    options.server_name = asked;
    auto [server, descriptor] = connect_tls(loop, context);
    TlsClient client(descriptor.number(), options);
    REQUIRE(shake_hands(loop, *server, client));
    CHECK(common_name(client.ssl()) == served);
    // The binding is that of the certificate served, not of the first one.
    CHECK(server->channel_bindings().tls_server_end_point == digest_of_peer(client.ssl(), EVP_sha256()));
}

TEST_CASE("ALPN is chosen from our list, and a stranger's protocol ends the handshake") {
    Loop loop;
    const Folder folder;
    const auto context = context_of({identity(folder, "a.example")}, "xmpp-client, http/1.1");
    ClientOptions options;
    SECTION("ours") {
        options.alpn = "\x02h2\x0bxmpp-client";
        auto [server, descriptor] = connect_tls(loop, context);
        TlsClient client(descriptor.number(), options);
        REQUIRE(shake_hands(loop, *server, client));
        const unsigned char* chosen = nullptr;
        unsigned int size = 0;
        SSL_get0_alpn_selected(client.ssl(), &chosen, &size);
        CHECK(std::string_view(reinterpret_cast<const char*>(chosen), size) == "xmpp-client");
    }
    SECTION("a stranger's") {
        options.alpn = "\x02h2";
        auto [server, descriptor] = connect_tls(loop, context);
        TlsClient client(descriptor.number(), options);
        CHECK_FALSE(shake_hands(loop, *server, client));
        CHECK(ERR_GET_REASON(client.reason()) == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
        CHECK_FALSE(server->last_error().empty());
    }
    SECTION("an empty list ignores the extension") {
        options.alpn = "\x02h2";
        auto [server, descriptor] = connect_tls(loop, context_of({identity(folder, "a.example")}, ""));
        TlsClient client(descriptor.number(), options);
        CHECK(shake_hands(loop, *server, client));
    }
}

TEST_CASE("channel bindings are the same on both sides") {
    Loop loop;
    const Folder folder;
    const int number = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    auto [server, descriptor] = connect_tls(loop, context_of({identity(folder, "a.example")}));
    TlsClient client(descriptor.number(), version(number));
    REQUIRE(shake_hands(loop, *server, client));
    const auto bindings = server->channel_bindings();
    CHECK(bindings.tls_exporter == exporter_of(client.ssl()));
    CHECK(bindings.tls_server_end_point == digest_of_peer(client.ssl(), EVP_sha256()));
}

TEST_CASE("TLS 1.2 without the extended master secret has no tls-exporter") {
    Loop loop;
    const Folder folder;
    auto [server, descriptor] = connect_tls(loop, context_of({identity(folder, "a.example")}));
    TlsClient client(descriptor.number(), version(TLS1_2_VERSION));
    SSL_set_options(client.ssl(), SSL_OP_NO_EXTENDED_MASTER_SECRET);
    REQUIRE(shake_hands(loop, *server, client));
    CHECK(server->channel_bindings().tls_exporter.empty());
    CHECK_FALSE(server->channel_bindings().tls_server_end_point.empty());
}

TEST_CASE("tls-server-end-point takes its hash from the certificate's signature") {
    Loop loop;
    const Folder folder;
    std::unique_ptr<TlsClient> client;
    auto binding = [&](const TlsIdentity& id) {
        auto [server, descriptor] = connect_tls(loop, context_of({id}));
        client = std::make_unique<TlsClient>(descriptor.number());
        REQUIRE(shake_hands(loop, *server, *client));
        return server->channel_bindings().tls_server_end_point;
    };
    const auto sha384 = binding(signed_with(folder, EVP_EC_gen("P-384"), EVP_sha384()));
    CHECK(sha384 == digest_of_peer(client->ssl(), EVP_sha384()));
    // RFC 5929 4.1: SHA-1 becomes SHA-256.
    const auto sha1 = binding(signed_with(folder, EVP_EC_gen("P-256"), EVP_sha1()));
    CHECK(sha1 == digest_of_peer(client->ssl(), EVP_sha256()));
    // Ed25519 names no hash: undefined.
    CHECK(binding(signed_with(folder, EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), nullptr)).empty());
}

TEST_CASE("STARTTLS: a plain stream becomes a TLS stream") {
    Loop loop;
    const Folder folder;
    ignore_sigpipe();
    auto [plain, descriptor] = connect(loop);
    REQUIRE(::send(descriptor.number(), "<starttls/>", 11, 0) == 11);
    CHECK(read_exactly(loop, *plain, 11) == "<starttls/>");
    plain->wait_readable([] { FAIL("this wait belonged to the plain stream"); });
    REQUIRE(plain->write_some("<proceed/>").count == 10);
    std::array<char, 10> proceed;
    CHECK(run_until(loop, [&, &descriptor = descriptor] {
        return ::recv(descriptor.number(), proceed.data(), proceed.size(), 0) == 10;
    }));
    const auto server = tls_server(std::move(plain), context_of({identity(folder, "a.example")}));
    TlsClient client(descriptor.number());
    REQUIRE(shake_hands(loop, *server, client));
    CHECK(server->peer_address() == "127.0.0.1");
    client.write("hello");
    CHECK(read_exactly(loop, *server, 5) == "hello");
    CHECK_THROWS_AS(tls_server(nullptr, nullptr), std::logic_error);
}

TEST_CASE("close_notify ends the input in order, and we may still write") {
    Loop loop;
    const Folder folder;
    auto [server, descriptor] = connect_tls(loop, context_of({identity(folder, "a.example")}));
    TlsClient client(descriptor.number());
    REQUIRE(shake_hands(loop, *server, client));
    client.write("last");
    client.say_goodbye();
    IoStatus status{};
    std::string got;
    CHECK(run_until(
        loop, [&, &server = server] { return got += read_all(*server, status), status != IoStatus::would_block; }));
    CHECK(status == IoStatus::closed);
    CHECK(got == "last");
    CHECK(server->write_some("bye").status == IoStatus::ok);
    std::string answer;
    CHECK(run_until(loop, [&] { return (answer += client.read()) == "bye"; }));
    server->close();
    CHECK(run_until(loop, [&] { return client.read(), client.ended(); }));
    CHECK(client.reason() == 0); // our close_notify came, too
    std::array<char, 8> buffer;
    CHECK(server->read_some(buffer).status == IoStatus::failed);
    CHECK(server->write_some("x").status == IoStatus::failed);
}

TEST_CASE("we may say close_notify and read on") {
    Loop loop;
    const Folder folder;
    auto [server, client] = connect_tls(loop, context_of({identity(folder, "example.org")}));
    TlsClient tls(client.number());
    REQUIRE(shake_hands(loop, *server, tls));
    CHECK(server->write_some("bye").status == IoStatus::ok);
    server->end_writing();
    server->end_writing();
    std::string got;
    CHECK(run_until(loop, [&] { return got += tls.read(), tls.ended(); }));
    CHECK(got == "bye");
    CHECK(tls.reason() == 0); // in order
    CHECK(tls.write("last") == 4);
    CHECK(read_exactly(loop, *server, 4) == "last");
    tls.say_goodbye();
    IoStatus status = IoStatus::would_block;
    CHECK(
        run_until(loop, [&, &server = server] { return read_all(*server, status), status != IoStatus::would_block; }));
    CHECK(status == IoStatus::closed);
}

TEST_CASE("an end without close_notify is a failure") {
    Loop loop;
    const Folder folder;
    auto [server, descriptor] = connect_tls(loop, context_of({identity(folder, "a.example")}));
    TlsClient client(descriptor.number());
    REQUIRE(shake_hands(loop, *server, client));
    ::shutdown(descriptor.number(), SHUT_WR);
    IoStatus status = IoStatus::would_block;
    CHECK(
        run_until(loop, [&, &server = server] { return read_all(*server, status), status != IoStatus::would_block; }));
    CHECK(status == IoStatus::failed);
    CHECK(server->last_error() == "the connection ended without close_notify");
}

TEST_CASE("an end in the middle of the handshake says so") {
    Loop loop;
    const Folder folder;
    auto [server, descriptor] = connect_tls(loop, context_of({identity(folder, "a.example")}));
    TlsClient client(descriptor.number());
    client.handshake();
    ::shutdown(descriptor.number(), SHUT_WR);
    IoStatus status = IoStatus::would_block;
    CHECK(
        run_until(loop, [&, &server = server] { return read_all(*server, status), status != IoStatus::would_block; }));
    CHECK(status == IoStatus::failed);
    CHECK(server->last_error() == "the connection ended during the TLS handshake");
}

TEST_CASE("a write to a peer that is gone fails and does not kill us") {
    Loop loop;
    const Folder folder;
    auto [server, descriptor] = connect_tls(loop, context_of({identity(folder, "a.example")}));
    {
        TlsClient client(descriptor.number());
        REQUIRE(shake_hands(loop, *server, client));
    }
    const linger at_once{1, 0};
    ::setsockopt(descriptor.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    descriptor.close();
    IoStatus status = IoStatus::ok;
    CHECK(run_until(loop,
                    [&, &server = server] { return status = server->write_some("x").status, status != IoStatus::ok; }));
    CHECK(status == IoStatus::failed);
    CHECK_FALSE(server->last_error().empty());
}

TEST_CASE("a megabyte to a slow reader arrives whole, whatever buffer the retries come from") {
    Loop loop;
    const Folder folder;
    const int number = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    auto [server, descriptor] = connect_tls(loop, context_of({identity(folder, "a.example")}));
    TlsClient client(descriptor.number(), version(number));
    REQUIRE(shake_hands(loop, *server, client));
    std::string sent(1 << 20, '\0');
    for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 7 + i / 251);
    std::size_t done = 0;
    int blocked = 0;
    std::move_only_function<void()> write = [&, &server = server] {
        while (done < sent.size()) {
            const std::string moved = sent.substr(done, 16 * 1024 + static_cast<std::size_t>(blocked));
            const auto outcome = server->write_some(moved);
            if (outcome.status == IoStatus::would_block) {
                ++blocked;
                return server->wait_writable([&] { write(); });
            }
            REQUIRE(outcome.status == IoStatus::ok);
            done += outcome.count;
        }
    };
    write();
    CHECK(blocked > 0);
    std::string got;
    CHECK(run_until(loop, [&] { return (got += client.read()).size() >= sent.size(); }));
    CHECK(got == sent);
}

TEST_CASE("decrypted bytes that nobody took yet make a wait fire at once") {
    Loop loop;
    Loop other;
    const Folder folder;
    auto [server, descriptor] = connect_tls(loop, context_of({identity(folder, "a.example")}));
    TlsClient client(descriptor.number());
    REQUIRE(shake_hands(loop, *server, client));
    client.write(std::string(100, 'x') + std::string(100, 'y'));
    CHECK(read_exactly(loop, *server, 100) == std::string(100, 'x'));
    SECTION("on the same loop") {
        bool fired = false;
        server->wait_readable([&] { fired = true; });
        CHECK_FALSE(fired);
        CHECK(run_until(loop, [&] { return fired; }));
        CHECK(read_all(*server) == std::string(100, 'y'));
    }
    SECTION("on another loop") {
        server->wait_readable([] { FAIL("was released"); });
        server->release();
        server->adopt(other);
        bool fired = false;
        server->wait_readable([&] { fired = true; });
        settle(loop);
        CHECK(run_until(other, [&] { return fired; }));
        CHECK(read_all(*server) == std::string(100, 'y'));
    }
}

TEST_CASE("a write that begins before the handshake waits for the client, not for room") {
    Loop loop;
    const Folder folder;
    auto [server, descriptor] = connect_tls(loop, context_of({identity(folder, "a.example")}));
    CHECK(server->write_some("early").status == IoStatus::would_block);
    bool fired = false;
    server->wait_writable([&] { fired = true; });
    settle(loop);
    CHECK_FALSE(fired); // the socket has room all the time
    TlsClient client(descriptor.number());
    client.handshake();
    CHECK(run_until(loop, [&] { return fired; }));
    std::string got;
    IoStatus status = IoStatus::would_block;
    CHECK(run_until(loop, [&, &server = server] {
        if (client.handshake()) got += client.read();
        if (status == IoStatus::would_block) status = server->write_some("early").status;
        return got == "early";
    }));
}

TEST_CASE("a read that has to write first waits for room, not for input") {
    // A flight larger than the socket's buffer: the handshake, driven by reads, gets stuck in writing.
    Loop loop;
    const Folder folder;
    ignore_sigpipe();
    auto id = identity(folder, "a.example");
    {
        FILE* chain = std::fopen(id.certificate_file.c_str(), "r");
        REQUIRE(chain);
        std::string text(4096, '\0');
        text.resize(std::fread(text.data(), 1, text.size(), chain));
        std::fclose(chain);
        chain = std::fopen(id.certificate_file.c_str(), "a");
        REQUIRE(chain);
        for (int i = 0; i < 60; ++i) std::fputs(text.c_str(), chain);
        std::fclose(chain);
    }
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    const int small = 1;
    REQUIRE(::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small) == 0);
    Descriptor descriptor(ends[1]);
    auto server = tls_server(tcp_stream(loop, ends[0]), context_of({id}));
    TlsClient client(descriptor.number());
    client.handshake();
    std::array<char, 16> buffer;
    bool fired = false;
    server->wait_readable([&] { fired = true; });
    REQUIRE(run_until(loop, [&] { return fired; }));
    REQUIRE(server->read_some(buffer).status == IoStatus::would_block);
    // The client waits for us and sends nothing more; only room can help.
    fired = false;
    server->wait_readable([&] { fired = true; });
    settle(loop);
    CHECK_FALSE(fired);
    client.handshake(); // takes what is there
    CHECK(run_until(loop, [&] { return fired; }));
    CHECK(shake_hands(loop, *server, client));
    CHECK(server->peer_is_loopback());
    CHECK(server->peer_address().empty());
}

TEST_CASE("a TLS stream moves between threads in the middle of what it sends") {
    Loop home;
    Loop away;
    const Folder folder;
    auto [server, descriptor] = connect_tls(home, context_of({identity(folder, "a.example")}));
    TlsClient client(descriptor.number());
    REQUIRE(shake_hands(home, *server, client));

    const std::string sent(300'000, 'z');
    std::size_t done = 0;
    IoStatus status = IoStatus::ok;
    while (status == IoStatus::ok) {
        const auto outcome = server->write_some(std::string_view(sent).substr(done));
        status = outcome.status;
        done += outcome.count;
    }
    REQUIRE(status == IoStatus::would_block); // a record is frozen now
    REQUIRE(done < sent.size());
    server->wait_writable([] { FAIL("was released"); });
    server->release();
    settle(home);

    std::string got;
    std::thread thread([&away, &sent, &done, stream = std::move(server)]() mutable {
        stream->adopt(away);
        bool over = false;
        std::move_only_function<void()> write = [&] {
            while (done < sent.size()) {
                const auto outcome = stream->write_some(std::string_view(sent).substr(done));
                if (outcome.status == IoStatus::would_block) return stream->wait_writable([&] { write(); });
                if (outcome.status != IoStatus::ok) break;
                done += outcome.count;
            }
            over = true;
        };
        stream->wait_writable([&] { write(); });
        run_until(away, [&] { return over; });
        stream->close();
    });
    CHECK(run_until(home, [&] { return got += client.read(), client.ended(); }));
    thread.join();
    CHECK(got == sent);
    CHECK(client.reason() == 0);
}

TEST_CASE("a returning client resumes by ticket, and its bindings are its own") {
    Loop loop;
    const Folder folder;
    const auto context = context_of({identity(folder, "a.example"), identity(folder, "b.example")});
    ClientOptions options;
    options.version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    options.server_name = "b.example";
    std::string first_exporter;
    std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session(nullptr, SSL_SESSION_free);
    {
        auto [server, descriptor] = connect_tls(loop, context);
        TlsClient client(descriptor.number(), options);
        REQUIRE(shake_hands(loop, *server, client));
        REQUIRE(server->write_some("x").count == 1);
        REQUIRE(run_until(loop, [&] { return client.read() == "x"; })); // the ticket came before it
        first_exporter = server->channel_bindings().tls_exporter;
        session.reset(SSL_get1_session(client.ssl()));
        client.say_goodbye();
    }
    REQUIRE(SSL_SESSION_is_resumable(session.get()) == 1);
    CHECK(SSL_SESSION_get_ticket_lifetime_hint(session.get()) <= 3600);
    options.session = session.get();
    auto [server, descriptor] = connect_tls(loop, context);
    TlsClient client(descriptor.number(), options);
    REQUIRE(shake_hands(loop, *server, client));
    CHECK(SSL_session_reused(client.ssl()) == 1);
    const auto bindings = server->channel_bindings();
    CHECK(bindings.tls_exporter == exporter_of(client.ssl()));
    CHECK(bindings.tls_exporter != first_exporter);
    CHECK(bindings.tls_server_end_point == digest_of_peer(client.ssl(), EVP_sha256()));
}

TEST_CASE("connections keep the context they began with") {
    Loop loop;
    const Folder folder;
    auto context = context_of({identity(folder, "a.example")});
    auto [server, descriptor] = connect_tls(loop, context);
    context = context_of({identity(folder, "b.example")}); // a reload in the middle of the handshake
    ClientOptions options;
    options.server_name = "a.example";
    options.alpn = "\x0bxmpp-client";
    TlsClient client(descriptor.number(), options);
    REQUIRE(shake_hands(loop, *server, client));
    CHECK(common_name(client.ssl()) == "a.example");
}
