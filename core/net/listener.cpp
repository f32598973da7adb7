// SPDX-License-Identifier: MIT
#include "core/net/listener.hpp"

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/net/listening_socket.hpp"
#include "core/net/tcp.hpp"
#include "core/net/watch.hpp"

#include <cerrno>
#include <chrono>
#include <optional>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace epode::net {

namespace {

constexpr int accepts_in_a_row = 32;
constexpr auto breather = 250ms;
constexpr auto between_complaints = 1min;

/// Made before it is needed: when it is, there are no descriptors left.
class Alarm {
public:
    explicit Alarm(Loop& loop) : descriptor_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
        if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "making a timer");
        watch_.emplace(loop, descriptor_);
    }
    ~Alarm() {
        watch_.reset();
        ::close(descriptor_);
    }
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

    void ring_after(std::chrono::nanoseconds delay, Watch::Callback ring) {
        set(delay);
        watch_->wait(Slot::reader, Event::readable, [this, ring = std::move(ring)]() mutable {
            set({}); // or it stays readable
            ring();
        });
    }
    void cancel() {
        set({});
        watch_->forget();
    }

private:
    void set(std::chrono::nanoseconds delay) {
        itimerspec when{};
        when.it_value.tv_nsec = delay.count(); // below a second
        ::timerfd_settime(descriptor_, 0, &when, nullptr);
    }
    int descriptor_;
    std::optional<Watch> watch_;
};

/// Shared with callbacks that are on their way, so that the listener may go away inside its own callback.
class Door : public std::enable_shared_from_this<Door> {
public:
    /// Takes over the descriptor, unless it throws.
    Door(Loop& loop, int descriptor, bool (*admit)(int), Listener::Accept accept)
        : loop_(loop), alarm_(loop), watch_(std::in_place, loop, descriptor), descriptor_(descriptor), admit_(admit),
          accept_(std::move(accept)) {}

    void open();
    void pause();
    void shut();

private:
    void come_in();
    /// False when there is nobody (or no room) to accept.
    bool accept_one();
    void rest(int error);
    void welcome(int connection);

    Loop& loop_;
    Alarm alarm_;
    std::optional<Watch> watch_; // none when shut
    int descriptor_;
    bool (*admit_)(int);
    Listener::Accept accept_;
    bool open_ = false;
    Instant complain_after_{};
    Logger log_{"net"};
};

void Door::open() {
    if (descriptor_ < 0) return;
    open_ = true;
    watch_->wait(Slot::reader, Event::readable, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->come_in();
    });
}

void Door::pause() {
    open_ = false;
    alarm_.cancel();
    if (watch_) watch_->forget();
}

void Door::shut() {
    pause();
    watch_.reset();
    ::close(std::exchange(descriptor_, -1));
}

void Door::come_in() {
    open(); // first, so that a callback that throws leaves us waiting; and more may come than we take now
    for (int count = 0; count < accepts_in_a_row && open_; ++count) // the callback may pause or end us
        if (!accept_one()) return;
}

bool Door::accept_one() {
    const int connection = ::accept4(descriptor_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (connection >= 0) {
        welcome(connection);
        return true;
    }
    switch (errno) {
    case EAGAIN:
        return false;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        rest(errno);
        return false;
    default:
        return true; // that connection was gone before we came (ECONNABORTED, EPROTO, network errors of its own)
    }
}

void Door::welcome(int connection) {
    if (admit_ && !admit_(connection)) {
        ::close(connection);
        return;
    }
    std::unique_ptr<ByteStream> stream;
    try {
        stream = tcp_stream(loop_, connection);
    } catch (const std::system_error& error) {
        ::close(connection);
        log_.warn("a connection could not be watched", {{"reason", error.what()}});
        return;
    }
    accept_(std::move(stream));
}

/// The queue stays full and the descriptor readable: without a pause this would spin.
void Door::rest(int error) {
    watch_->forget();
    alarm_.ring_after(breather, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self && self->open_) self->open();
    });
    const Instant now = SystemClock().now();
    if (now < complain_after_) return;
    complain_after_ = now + between_complaints;
    const std::string reason = std::generic_category().message(error);
    log_.warn("accepting pauses; raise the limit of open files", {{"reason", reason}, {"port", port_of(descriptor_)}});
}

class DoorListener final : public Listener {
public:
    DoorListener(std::shared_ptr<Door> door, std::uint16_t port) : door_(std::move(door)), port_(port) {}
    ~DoorListener() override { door_->shut(); }
    std::uint16_t port() const override { return port_; }
    void pause() override { door_->pause(); }
    void resume() override { door_->open(); }

private:
    std::shared_ptr<Door> door_;
    std::uint16_t port_;
};

} // namespace

std::unique_ptr<Listener> listen_on(Loop& loop, int descriptor, std::uint16_t port, bool (*admit)(int),
                                    Listener::Accept accept) {
    auto door = std::make_shared<Door>(loop, descriptor, admit, std::move(accept));
    door->open();
    return std::make_unique<DoorListener>(std::move(door), port);
}

Result<std::unique_ptr<Listener>> Listener::open(Loop& loop, const ListenAddress& where, Sharing sharing,
                                                 Accept accept) {
    const auto descriptor = open_listening(where, sharing);
    if (!descriptor) return std::unexpected(descriptor.error());
    return listen_on(loop, *descriptor, port_of(*descriptor), nullptr, std::move(accept));
}

} // namespace epode::net
