// SPDX-License-Identifier: MIT
// The class behind tcp_stream(), and the base of the TLS stream: descriptor, waits, peer. Private to core/net.
#pragma once

#include "core/net/byte_stream.hpp"
#include "core/net/watch.hpp"

#include <memory>
#include <netinet/in.h>
#include <string>

namespace epode::net {

class TcpStream : public ByteStream {
public:
    TcpStream(Loop& loop, int descriptor);
    ~TcpStream() override;
    TcpStream& operator=(TcpStream&&) = delete;

    IoResult read_some(std::span<char> into) override;
    IoResult write_some(std::string_view bytes) override;
    void wait_readable(std::move_only_function<void()> ready) override;
    void wait_writable(std::move_only_function<void()> ready) override;
    void cancel_waits() override;
    void end_writing() override;
    void close() override;
    void release() override;
    void adopt(Loop& loop) override;
    void set_rank(Rank rank) override;
    std::string peer_address() const override;
    bool peer_is_loopback() const override;
    const std::string& last_error() const noexcept override { return last_error_; }
    std::optional<std::size_t> unacknowledged() const override;

protected:
    /// Empties `plain`, which must not be between two loops. Its waits are forgotten.
    TcpStream(TcpStream&& plain) noexcept;

    int descriptor() const noexcept { return descriptor_; }
    void wait(Slot slot, Event event, std::move_only_function<void()> ready);
    IoResult fail(std::string why);

private:
    std::unique_ptr<Watch> watch_; // null between two loops and after close
    int descriptor_ = -1;          // -1 after close
    Rank rank_ = Rank::resident;
    sa_family_t family_ = AF_UNSPEC;
    in6_addr peer_{}; // as it was when we took over: getpeername() fails after a reset
    std::string last_error_;
};

} // namespace epode::net
