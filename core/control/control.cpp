// SPDX-License-Identifier: MIT
#include "core/control/control.hpp"

#include "core/base/bytes.hpp"
#include "core/control/execute.hpp"
#include "core/control/wire.hpp"
#include "core/net/local_listener.hpp"
#include "core/server.hpp"

#include <array>
#include <unordered_set>

namespace epode::control {

namespace {
constexpr std::size_t most_connections = 16;
class Connection;
} // namespace

struct Control::State {
    Server& server;
    std::unique_ptr<net::Listener> listener;
    std::unordered_set<std::shared_ptr<Connection>> connections;
    std::size_t running = 0;

    explicit State(Server& on) : server(on) {}
};

namespace {

/// One client. Answers in order: nothing is read while a command runs or an answer waits to be written.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    /// `state` outlives its connections, which it owns; `alive` guards those that outlive a command.
    template <typename S>
    Connection(const std::shared_ptr<S>& state, std::unique_ptr<net::ByteStream> bytes)
        : server_(state->server), bytes_(std::move(bytes)),
          leave_([weak = std::weak_ptr(state)](const std::shared_ptr<Connection>& self) {
              if (const auto alive = weak.lock()) alive->connections.erase(self);
          }),
          count_([weak = std::weak_ptr(state)](bool begins) {
              if (const auto alive = weak.lock()) begins ? ++alive->running : --alive->running;
          }) {}
    ~Connection() { wipe(in_); }

    void wait() {
        bytes_->wait_readable([weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->read();
        });
    }

private:
    void read() {
        std::array<char, 4096> buffer;
        for (;;) {
            const auto got = bytes_->read_some(buffer);
            if (got.status == net::IoStatus::would_block) break;
            if (got.status != net::IoStatus::ok) return end();
            in_.append(buffer.data(), got.count);
            if (in_.size() > longest_request) return end();
        }
        next();
    }

    void next() {
        const auto line_end = in_.find('\n');
        if (line_end == std::string::npos) return wait();
        Secret line(in_.substr(0, line_end)); // it may hold a password
        Bytes rest = in_.substr(line_end + 1);
        wipe(in_);
        in_ = std::move(rest);
        auto request = request_of(line.view());
        if (!request) return answer(Answer::failure("that is no request"));
        count_(true);
        auto self = shared_from_this(); // the command ends, whether or not its client is still there
        spawn(
            execute(server_, std::move(*request)), [self](Answer given) { self->done(given); },
            [self](std::exception_ptr) { self->done(Answer::failure("that failed")); });
    }

    void done(const Answer& given) {
        count_(false);
        answer(given);
    }

    void answer(const Answer& given) {
        out_ += to_line(given) + "\n";
        write();
    }

    void write() {
        while (written_ < out_.size()) {
            const auto put = bytes_->write_some(std::string_view(out_).substr(written_));
            if (put.status == net::IoStatus::would_block) {
                return bytes_->wait_writable([weak = weak_from_this()] {
                    if (const auto self = weak.lock()) self->write();
                });
            }
            if (put.status != net::IoStatus::ok) return end();
            written_ += put.count;
        }
        out_.clear();
        written_ = 0;
        // Later, not on this stack: a client may have sent many requests.
        server_.shard(0).post(Job([weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->next();
        }));
    }

    void end() {
        bytes_->close();
        leave_(shared_from_this());
    }

    Server& server_;
    std::unique_ptr<net::ByteStream> bytes_;
    std::function<void(const std::shared_ptr<Connection>&)> leave_;
    std::function<void(bool)> count_;
    Bytes in_;
    std::string out_;
    std::size_t written_ = 0;
};

} // namespace

Control::Control(std::shared_ptr<State> state) : state_(std::move(state)) {}
Control::~Control() = default;

Result<std::unique_ptr<Control>> Control::open(Server& server, const std::string& path) {
    auto state = std::make_shared<State>(server);
    auto accept = [weak = std::weak_ptr(state)](std::unique_ptr<net::ByteStream> bytes) {
        const auto alive = weak.lock();
        if (!alive || alive->connections.size() >= most_connections) return bytes->close();
        auto connection = std::make_shared<Connection>(alive, std::move(bytes));
        alive->connections.insert(connection);
        connection->wait();
    };
    auto listener = net::listen_locally(*server.shard(0).loop(), path, std::move(accept));
    if (!listener) return std::unexpected(listener.error());
    state->listener = std::move(*listener);
    return std::unique_ptr<Control>(new Control(std::move(state)));
}

void Control::pause() { state_->listener->pause(); }
std::size_t Control::running() const noexcept { return state_->running; }

} // namespace epode::control
