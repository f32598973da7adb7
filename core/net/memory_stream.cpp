// SPDX-License-Identifier: MIT
#include "core/net/memory_stream.hpp"

#include "core/base/executor.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

namespace epode::net {

namespace {

/// One callback that waits, and the executor it runs on. The number tells a posted call whether it is still wanted.
struct Waiter {
    Executor* home = nullptr;
    Job ready;
    std::uint64_t number = 0;
};

/// What flows one way.
struct Flow {
    std::string bytes;
    std::size_t lost = 0; // unread when the reader closed: never acknowledged
    bool writer_closed = false;
    bool reader_closed = false;
    bool reset = false; // the writer closed with input unread, as TCP does it: what was on its way is gone
    Waiter reader;
    Waiter writer;
};

struct Pair {
    std::mutex mutex;
    std::size_t capacity = 0;
    bool secure = false;
    std::array<Flow, 2> flows;
};

constexpr std::size_t most_framed = 16 * 1024; // what TLS frames of a refused write

class MemoryStream final : public ByteStream {
public:
    MemoryStream(std::shared_ptr<Pair> pair, std::size_t side) : pair_(std::move(pair)), side_(side) {}
    ~MemoryStream() override { MemoryStream::close(); }

    IoResult read_some(std::span<char> into) override;
    IoResult write_some(std::string_view bytes) override;
    void wait_readable(std::move_only_function<void()> ready) override;
    void wait_writable(std::move_only_function<void()> ready) override;
    void cancel_waits() override;
    void end_writing() override;
    void close() override;
    void release() override { cancel_waits(); }
    void adopt(Loop& /*loop*/) override {} // whoever waits next says where
    bool secure() const noexcept override { return pair_->secure; }
    bool peer_is_loopback() const override { return true; }
    const std::string& last_error() const noexcept override { return last_error_; }
    std::optional<std::size_t> unacknowledged() const override;
    ChannelBindings channel_bindings() override;
    std::string tls_description() const override { return pair_->secure ? "TLS in memory" : ""; }

private:
    using Way = Waiter Flow::*;

    Flow& in() const noexcept { return pair_->flows[side_]; }
    Flow& out() const noexcept { return pair_->flows[1 - side_]; }
    bool readable() const { return !in().bytes.empty() || in().writer_closed; }
    bool writable() const { return out().bytes.size() < pair_->capacity || out().reader_closed; }
    void wait(std::size_t flow, Way way, Job& ready, bool now);
    /// Posts the waiter's call; the lock is held. The job stays in its place until it runs, so that it can be
    /// forgotten.
    void call(std::size_t flow, Way way) const;
    IoResult fail(std::string why);
    void check_repeated(std::string_view bytes);

    std::shared_ptr<Pair> pair_;
    std::size_t side_; // the flow we read; the other one we write
    bool closed_ = false;
    std::string refused_; // the beginning of a write that found no room
    std::string last_error_;
};

IoResult MemoryStream::fail(std::string why) {
    last_error_ = std::move(why);
    return IoStatus::failed;
}

IoResult MemoryStream::read_some(std::span<char> into) {
    const std::lock_guard lock(pair_->mutex);
    if (closed_) return fail("the connection is closed");
    if (into.empty()) return IoStatus::ok;
    Flow& flow = in();
    if (flow.reset) return fail("the peer has reset the connection");
    if (flow.bytes.empty()) return flow.writer_closed ? IoStatus::closed : IoStatus::would_block;
    const std::size_t count = std::min(into.size(), flow.bytes.size());
    std::copy_n(flow.bytes.begin(), count, into.begin());
    flow.bytes.erase(0, count);
    call(side_, &Flow::writer);
    return IoResult(count, readable());
}

void MemoryStream::check_repeated(std::string_view bytes) {
    if (!bytes.starts_with(refused_)) throw std::logic_error("after would_block other bytes were written");
    refused_.clear();
}

IoResult MemoryStream::write_some(std::string_view bytes) {
    const std::lock_guard lock(pair_->mutex);
    if (closed_) return fail("the connection is closed");
    check_repeated(bytes);
    if (bytes.empty()) return IoStatus::ok;
    Flow& flow = out();
    if (flow.writer_closed) return fail("nothing can be written any more");
    if (flow.reader_closed) return fail("the peer has closed the connection");
    const std::size_t room = pair_->capacity - std::min(pair_->capacity, flow.bytes.size());
    if (room == 0) {
        refused_ = bytes.substr(0, most_framed);
        return IoStatus::would_block;
    }
    const auto taken = bytes.substr(0, room);
    flow.bytes += taken;
    call(1 - side_, &Flow::reader);
    return IoResult(taken.size(), true);
}

void MemoryStream::call(std::size_t flow, Way way) const {
    const Waiter& waiter = pair_->flows[flow].*way;
    if (!waiter.ready || !waiter.home) return;
    Executor* home = std::exchange((pair_->flows[flow].*way).home, nullptr); // once
    home->post([pair = pair_, flow, way, number = waiter.number] {
        Job ready;
        {
            const std::lock_guard lock(pair->mutex);
            Waiter& now = pair->flows[flow].*way;
            if (now.number == number) ready = std::exchange(now.ready, nullptr);
        }
        if (ready) ready();
    });
}

/// Leaves the job that it replaced in `ready`: what that holds must be destroyed outside of the lock.
void MemoryStream::wait(std::size_t flow, Way way, Job& ready, bool now) {
    Waiter& waiter = pair_->flows[flow].*way;
    waiter.home = Executor::current();
    if (!waiter.home) throw std::logic_error("a memory stream waits on the current executor, and there is none");
    std::swap(waiter.ready, ready);
    ++waiter.number;
    if (now) call(flow, way);
}

void MemoryStream::wait_readable(std::move_only_function<void()> ready) {
    const std::lock_guard lock(pair_->mutex);
    if (!closed_) wait(side_, &Flow::reader, ready, readable());
}

void MemoryStream::wait_writable(std::move_only_function<void()> ready) {
    const std::lock_guard lock(pair_->mutex);
    if (!closed_) wait(1 - side_, &Flow::writer, ready, writable());
}

void MemoryStream::cancel_waits() {
    Job reader; // what they hold is destroyed outside of the lock
    Job writer;
    const std::lock_guard lock(pair_->mutex);
    reader = std::exchange(in().reader.ready, nullptr);
    writer = std::exchange(out().writer.ready, nullptr);
}

void MemoryStream::end_writing() {
    const std::lock_guard lock(pair_->mutex);
    if (closed_ || std::exchange(out().writer_closed, true)) return;
    call(1 - side_, &Flow::reader);
}

void MemoryStream::close() {
    cancel_waits();
    const std::lock_guard lock(pair_->mutex);
    if (std::exchange(closed_, true)) return;
    in().reader_closed = true;
    in().lost = in().bytes.size();
    in().bytes.clear();
    out().writer_closed = true;
    out().reset = in().lost > 0;
    call(side_, &Flow::writer);
    call(1 - side_, &Flow::reader);
}

std::optional<std::size_t> MemoryStream::unacknowledged() const {
    const std::lock_guard lock(pair_->mutex);
    return out().bytes.size() + out().lost;
}

ChannelBindings MemoryStream::channel_bindings() {
    ChannelBindings result;
    if (!pair_->secure) return result;
    result.tls_exporter = "32 bytes of tls-exporter, memory";
    result.tls_server_end_point = "32 bytes of tls-server-end-point";
    return result;
}

} // namespace

std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> memory_pair(std::size_t capacity, bool secure) {
    auto pair = std::make_shared<Pair>();
    pair->capacity = std::max<std::size_t>(capacity, 1);
    pair->secure = secure;
    return {std::make_unique<MemoryStream>(pair, 0), std::make_unique<MemoryStream>(pair, 1)};
}

} // namespace epode::net
