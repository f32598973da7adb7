// SPDX-License-Identifier: MIT
// OpenSSL directly on the descriptor: no BIO pair, no buffer of ours, and with released buffers an idle connection
// costs 15 KB instead of 79 (DESIGN.md section 3). Reading and writing may each need either event; what the last call
// of each asked for is what its wait waits for.
#include "core/net/socket_bio.hpp"
#include "core/net/tcp.hpp"
#include "core/net/tcp_stream.hpp"
#include "core/net/tls_impl.hpp"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace epode::net {

namespace {

class TlsStream final : public TcpStream {
public:
    TlsStream(TcpStream&& plain, std::shared_ptr<TlsContext> context);
    ~TlsStream() override { TlsStream::close(); }

    IoResult read_some(std::span<char> into) override;
    IoResult write_some(std::string_view bytes) override;
    void wait_readable(std::move_only_function<void()> ready) override;
    void wait_writable(std::move_only_function<void()> ready) override;
    void end_writing() override;
    void close() override;
    bool secure() const noexcept override { return true; }
    ChannelBindings channel_bindings() override;
    std::string tls_description() const override;

private:
    IoResult refused(int outcome, Event& needs);
    IoResult broken(std::string why);
    IoResult cut_off();
    void say_goodbye();

    std::shared_ptr<TlsContext> context_; // the callbacks in its SSL_CTX point to it
    OwnedSsl ssl_;
    Event read_needs_ = Event::readable;
    Event write_needs_ = Event::writable;
    bool holds_more_ = false; // OpenSSL has read more than it gave us, and perhaps a whole record of it
    bool broken_ = false;     // after a fatal error OpenSSL must not be called again
};

TlsStream::TlsStream(TcpStream&& plain, std::shared_ptr<TlsContext> context)
    : TcpStream(std::move(plain)), context_(std::move(context)),
      ssl_(SSL_new(context_->impl().contexts.front().get())) {
    auto bio = socket_bio(descriptor());
    if (!ssl_ || !bio) throw std::runtime_error("TLS: " + openssl_reason());
    BIO* both_ways = bio.release(); // one reference is all that OpenSSL takes where it is the same
    SSL_set_bio(ssl_.get(), both_ways, both_ways);
    SSL_set_accept_state(ssl_.get());
}

IoResult TlsStream::broken(std::string why) {
    broken_ = true;
    return fail(std::move(why));
}

/// What a call that moved nothing means, and what the next try needs.
IoResult TlsStream::refused(int outcome, Event& needs) {
    const int system_error = errno;
    switch (SSL_get_error(ssl_.get(), outcome)) {
    case SSL_ERROR_WANT_READ:
        needs = Event::readable;
        return IoStatus::would_block;
    case SSL_ERROR_WANT_WRITE:
        needs = Event::writable;
        return IoStatus::would_block;
    case SSL_ERROR_ZERO_RETURN:
        return IoStatus::closed;
    case SSL_ERROR_SYSCALL:
        return system_error == 0 ? cut_off() : broken(std::generic_category().message(system_error));
    default:
        if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return cut_off();
        return broken("TLS: " + openssl_reason());
    }
}

IoResult TlsStream::cut_off() {
    forget_errors();
    char finished = 0; // SSL_is_init_finished() is no help: it says no after every fatal error
    const bool established = SSL_get_peer_finished(ssl_.get(), &finished, 1) > 0;
    return broken(established ? "the connection ended without close_notify"
                              : "the connection ended during the TLS handshake");
}

IoResult TlsStream::read_some(std::span<char> into) {
    if (!ssl_) return fail("the connection is closed");
    if (broken_) return IoStatus::failed;
    if (into.empty()) return IoStatus::ok;
    forget_errors();
    errno = 0;
    std::size_t count = 0;
    const int outcome = SSL_read_ex(ssl_.get(), into.data(), into.size(), &count);
    if (outcome != 1) {
        holds_more_ = false; // what is left is a part of a record
        return refused(outcome, read_needs_);
    }
    read_needs_ = Event::readable;
    holds_more_ = SSL_has_pending(ssl_.get()) == 1;
    return IoResult(count, holds_more_);
}

IoResult TlsStream::write_some(std::string_view bytes) {
    if (!ssl_) return fail("the connection is closed");
    if (broken_) return IoStatus::failed;
    if (bytes.empty()) return IoStatus::ok;
    forget_errors();
    errno = 0;
    std::size_t count = 0;
    const int outcome = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
    if (outcome != 1) return refused(outcome, write_needs_);
    write_needs_ = Event::writable;
    return IoResult(count, true);
}

void TlsStream::wait_readable(std::move_only_function<void()> ready) {
    // Bytes that OpenSSL has taken from the socket already make it readable no more.
    wait(Slot::reader, broken_ || holds_more_ ? Event::at_once : read_needs_, std::move(ready));
}

void TlsStream::wait_writable(std::move_only_function<void()> ready) {
    wait(Slot::writer, broken_ ? Event::at_once : write_needs_, std::move(ready));
}

/// Sends close_notify, once, if there is room; the answer is not waited for.
void TlsStream::say_goodbye() {
    if (!ssl_ || broken_ || !SSL_is_init_finished(ssl_.get())) return;
    if (SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) return;
    forget_errors();
    (void)SSL_shutdown(ssl_.get());
    forget_errors();
}

void TlsStream::end_writing() {
    say_goodbye();
    TcpStream::end_writing();
}

void TlsStream::close() {
    say_goodbye();
    ssl_.reset();
    TcpStream::close();
}

/// RFC 9266: TLS 1.3, or 1.2 with the extended master secret; then the exporter is bound to this one handshake.
std::string tls_exporter(SSL* ssl) {
    if (SSL_version(ssl) < TLS1_3_VERSION && SSL_get_extms_support(ssl) != 1) return {};
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    std::string out(32, '\0');
    // The context is present and of no length (RFC 9266 section 2).
    const int good =
        SSL_export_keying_material(ssl, reinterpret_cast<unsigned char*>(out.data()), out.size(), label.data(),
                                   label.size(), reinterpret_cast<const unsigned char*>(""), 0, 1);
    return good == 1 ? out : std::string();
}

/// RFC 5929 section 3: the handshake's first Finished, the client's unless the session was resumed. Sound only with the
/// extended master secret, and not defined for TLS 1.3.
std::string tls_unique(const SSL* ssl) {
    if (SSL_version(ssl) >= TLS1_3_VERSION || SSL_get_extms_support(const_cast<SSL*>(ssl)) != 1) return {};
    std::array<char, EVP_MAX_MD_SIZE> finished{};
    const auto size = SSL_session_reused(ssl) ? SSL_get_finished(ssl, finished.data(), finished.size())
                                              : SSL_get_peer_finished(ssl, finished.data(), finished.size());
    return {finished.data(), std::min(size, finished.size())};
}

/// RFC 5929 4.1: the hash of the certificate's signature, SHA-256 in place of MD5 and SHA-1; undefined where the
/// signature names none (Ed25519).
std::string tls_server_end_point(const X509* certificate) {
    int hash = NID_undef;
    if (!certificate || X509_get_signature_info(const_cast<X509*>(certificate), &hash, nullptr, nullptr, nullptr) != 1)
        return {};
    if (hash == NID_md5 || hash == NID_sha1) hash = NID_sha256;
    const EVP_MD* method = EVP_get_digestbynid(hash);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (!method || X509_digest(certificate, method, digest.data(), &size) != 1) return {};
    return {reinterpret_cast<const char*>(digest.data()), size};
}

ChannelBindings TlsStream::channel_bindings() {
    ChannelBindings result;
    if (!ssl_ || broken_ || !SSL_is_init_finished(ssl_.get())) return result;
    result.tls_exporter = tls_exporter(ssl_.get());
    result.tls_unique = tls_unique(ssl_.get());
    result.tls_server_end_point = tls_server_end_point(SSL_get_certificate(ssl_.get()));
    forget_errors();
    return result;
}

std::string TlsStream::tls_description() const {
    if (!ssl_ || !SSL_is_init_finished(ssl_.get())) return {};
    const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_.get());
    const char* name = cipher ? SSL_CIPHER_standard_name(cipher) : nullptr;
    return std::string(SSL_get_version(ssl_.get())) + ' ' + (name ? name : "?");
}

} // namespace

std::unique_ptr<ByteStream> tls_server(std::unique_ptr<ByteStream> plain, std::shared_ptr<TlsContext> context) {
    auto* tcp = dynamic_cast<TcpStream*>(plain.get());
    if (!tcp || plain->secure()) throw std::logic_error("TLS needs a stream made by tcp_stream()");
    return std::make_unique<TlsStream>(std::move(*tcp), std::move(context));
}

} // namespace epode::net
