// SPDX-License-Identifier: MIT
#include "core/net/tcp.hpp"

#include "core/net/tcp_stream.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace epode::net {

namespace {

void set_option(int descriptor, int level, int name, int value) {
    // Best effort: a socket without the option still carries bytes.
    (void)::setsockopt(descriptor, level, name, &value, sizeof value);
}

void tune(int descriptor) {
    set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    // Without it the kernel takes megabytes for a slow reader, and what it took can no longer be re-ordered or dropped.
    set_option(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 16 * 1024);
    // A peer that vanished is noticed after 7.5 minutes of silence.
    set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, 300);
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, 30);
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 5);
}

/// Who is at the other end, IPv4 as a mapped address. AF_UNIX where it is a local socket.
std::pair<sa_family_t, in6_addr> peer_of(int descriptor) {
    union {
        sockaddr any;
        sockaddr_in v4;
        sockaddr_in6 v6;
    } name{};
    socklen_t size = sizeof name;
    in6_addr address{};
    if (::getpeername(descriptor, &name.any, &size) != 0) return {AF_UNSPEC, address};
    if (name.any.sa_family == AF_INET6) address = name.v6.sin6_addr;
    if (name.any.sa_family == AF_INET) {
        address.s6_addr[10] = address.s6_addr[11] = 0xff;
        std::memcpy(&address.s6_addr[12], &name.v4.sin_addr, 4);
    }
    return {name.any.sa_family, address};
}

/// Closing with unread input makes the kernel send RST, which may overtake the last bytes that we sent. So take what
/// has come (within reason), and let the FIN go out.
void drain(int descriptor) {
    std::array<char, 4096> nowhere;
    for (int round = 0; round < 16; ++round)
        if (::recv(descriptor, nowhere.data(), nowhere.size(), MSG_DONTWAIT) <= 0) return;
}

bool try_later(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

} // namespace

TcpStream::TcpStream(Loop& loop, int descriptor)
    : watch_(std::make_unique<Watch>(loop, descriptor)), descriptor_(descriptor) {
    tune(descriptor);
    std::tie(family_, peer_) = peer_of(descriptor);
}

TcpStream::TcpStream(TcpStream&& plain) noexcept
    : watch_(std::move(plain.watch_)), descriptor_(std::exchange(plain.descriptor_, -1)), rank_(plain.rank_),
      family_(plain.family_), peer_(plain.peer_), last_error_(std::move(plain.last_error_)) {
    if (watch_) watch_->forget();
}

TcpStream::~TcpStream() { TcpStream::close(); }

IoResult TcpStream::fail(std::string why) {
    last_error_ = std::move(why);
    return IoStatus::failed;
}

IoResult TcpStream::read_some(std::span<char> into) {
    if (descriptor_ < 0) return fail("the connection is closed");
    if (into.empty()) return IoStatus::ok;
    for (;;) {
        const auto count = ::recv(descriptor_, into.data(), into.size(), MSG_DONTWAIT);
        if (count > 0) return IoResult(static_cast<std::size_t>(count), static_cast<std::size_t>(count) == into.size());
        if (count == 0) return IoStatus::closed;
        if (try_later(errno)) return IoStatus::would_block;
        if (errno != EINTR) return fail(std::generic_category().message(errno));
    }
}

IoResult TcpStream::write_some(std::string_view bytes) {
    if (descriptor_ < 0) return fail("the connection is closed");
    if (bytes.empty()) return IoStatus::ok;
    for (;;) {
        const auto count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count >= 0) return IoResult(static_cast<std::size_t>(count), true);
        if (try_later(errno)) return IoStatus::would_block;
        if (errno != EINTR) return fail(std::generic_category().message(errno));
    }
}

void TcpStream::wait(Slot slot, Event event, std::move_only_function<void()> ready) {
    if (watch_) watch_->wait(slot, event, std::move(ready));
}

void TcpStream::wait_readable(std::move_only_function<void()> ready) {
    wait(Slot::reader, Event::readable, std::move(ready));
}

void TcpStream::wait_writable(std::move_only_function<void()> ready) {
    wait(Slot::writer, Event::writable, std::move(ready));
}

void TcpStream::cancel_waits() {
    if (watch_) watch_->forget();
}

void TcpStream::end_writing() {
    if (descriptor_ >= 0) (void)::shutdown(descriptor_, SHUT_WR);
}

void TcpStream::close() {
    const int descriptor = std::exchange(descriptor_, -1);
    if (descriptor < 0) return;
    watch_.reset();
    (void)::shutdown(descriptor, SHUT_WR);
    drain(descriptor);
    ::close(descriptor);
}

void TcpStream::release() {
    if (!watch_) throw std::logic_error("released a stream that is on no loop");
    watch_.reset();
}

void TcpStream::adopt(Loop& loop) {
    if (watch_) throw std::logic_error("adopted a stream that was not released");
    if (descriptor_ >= 0) watch_ = std::make_unique<Watch>(loop, descriptor_, rank_);
}

void TcpStream::set_rank(Rank rank) {
    rank_ = rank;
    if (watch_) watch_->set_rank(rank);
}

std::string TcpStream::peer_address() const {
    if (family_ != AF_INET && family_ != AF_INET6) return {};
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (IN6_IS_ADDR_V4MAPPED(&peer_)) {
        ::inet_ntop(AF_INET, &peer_.s6_addr[12], text.data(), text.size());
    } else {
        ::inet_ntop(AF_INET6, &peer_, text.data(), text.size());
    }
    return text.data();
}

bool TcpStream::peer_is_loopback() const {
    if (family_ == AF_UNIX) return true;
    if (family_ != AF_INET && family_ != AF_INET6) return false;
    return IN6_IS_ADDR_V4MAPPED(&peer_) ? peer_.s6_addr[12] == 127 : IN6_IS_ADDR_LOOPBACK(&peer_);
}

std::optional<std::size_t> TcpStream::unacknowledged() const {
    int waiting = 0;
    if (descriptor_ < 0 || ::ioctl(descriptor_, SIOCOUTQ, &waiting) != 0) return std::nullopt;
    return static_cast<std::size_t>(waiting);
}

std::unique_ptr<ByteStream> tcp_stream(Loop& loop, int descriptor) {
    return std::make_unique<TcpStream>(loop, descriptor);
}

} // namespace epode::net
