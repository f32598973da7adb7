// SPDX-License-Identifier: MIT
#include "core/control/control.hpp"

#include "core/base/bytes.hpp"
#include "core/control/execute.hpp"
#include "core/control/wire.hpp"
#include "core/net/local_listener.hpp"
#include "core/server.hpp"

#include <array>
#include <unordered_set>
#include <utility>

namespace epode::control {

namespace {
constexpr std::size_t most_connections = 16;

std::string line_of(const Answer& answer) { return to_line(answer) + "\n"; }
} // namespace

struct Control::State {
    Server& server;
    std::unique_ptr<net::Listener> listener;
    std::unordered_set<std::shared_ptr<Connection>> connections;
    std::size_t running = 0;
    bool paused = false;

    explicit State(Server& on) : server(on) {}
};

/// One client. Answers in order: nothing is read while a command runs or an answer waits to be written. A command that
/// has begun ends, whether or not its client, or the Control, is still there.
class Control::Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(std::weak_ptr<State> state, std::unique_ptr<net::ByteStream> bytes)
        : state_(std::move(state)), bytes_(std::move(bytes)) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { wipe(in_); }

    void wait() {
        bytes_->wait_readable([weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->read();
        });
    }

private:
    void read() {
        std::array<char, 4096> buffer;
        auto got = bytes_->read_some(buffer);
        for (; got.status == net::IoStatus::ok; got = bytes_->read_some(buffer)) {
            const std::string_view bytes(buffer.data(), got.count);
            in_.append(bytes);
            if (bytes.find('\n') != std::string_view::npos) break; // the rest can wait
            if (in_.size() > longest_request)
                return refuse("a request is at most " + std::to_string(longest_request) + " bytes long");
        }
        ended_ = got.status == net::IoStatus::closed || got.status == net::IoStatus::failed;
        next();
    }

    /// Carries out the next line, if one is there.
    void next() {
        const auto line_end = in_.find('\n');
        if (line_end == std::string::npos) return ended_ ? end() : wait();
        const Secret line(in_.substr(0, line_end)); // it may hold a password
        Bytes rest = in_.substr(line_end + 1);
        wipe(in_);
        in_ = std::move(rest);
        auto request = request_of(line.view());
        if (!request) return answer(Answer::failure(R"(a request is a line like {"command": ["sessions", "list"]})"));
        const auto state = state_.lock();
        if (!state || state->paused) return answer(Answer::failure("the server is stopping"));
        ++state->running;
        auto command = execute(state->server, std::move(*request));
        auto self = shared_from_this();
        spawn(
            std::move(command), [self](const Answer& given) { self->done(given); },
            [self](std::exception_ptr) { self->done(Answer::failure("that failed")); });
    }

    void done(const Answer& given) {
        if (const auto state = state_.lock()) --state->running;
        answer(given);
    }

    void answer(const Answer& given) {
        out_ = line_of(given);
        written_ = 0;
        write();
    }

    /// An answer after which nothing more is read.
    void refuse(std::string sentence) {
        ended_ = true;
        wipe(in_);
        answer(Answer::failure(std::move(sentence)));
    }

    void write() {
        while (written_ < out_.size()) {
            const auto put = bytes_->write_some(std::string_view(out_).substr(written_));
            if (put.status == net::IoStatus::would_block)
                return bytes_->wait_writable([weak = weak_from_this()] {
                    if (const auto self = weak.lock()) self->write();
                });
            if (put.status != net::IoStatus::ok) return end();
            written_ += put.count;
        }
        // Later, not on this stack: a client may have sent many requests.
        if (const auto state = state_.lock())
            state->server.shard(0).post(Job([weak = weak_from_this()] {
                if (const auto self = weak.lock()) self->next();
            }));
    }

    void end() {
        bytes_->close();
        if (const auto state = state_.lock()) state->connections.erase(shared_from_this());
    }

    std::weak_ptr<State> state_;
    std::unique_ptr<net::ByteStream> bytes_;
    Bytes in_;
    std::string out_;
    std::size_t written_ = 0;
    bool ended_ = false; ///< nothing more will come
};

Control::Control(std::shared_ptr<State> state) : state_(std::move(state)) {}
Control::~Control() = default;

Result<std::unique_ptr<Control>> Control::open(Server& server, const std::string& path) {
    auto state = std::make_shared<State>(server);
    auto accept = [weak = std::weak_ptr(state)](std::unique_ptr<net::ByteStream> bytes) {
        const auto alive = weak.lock();
        if (!alive) return bytes->close();
        if (alive->connections.size() >= most_connections) {
            bytes->write_some(line_of(Answer::failure("too many administrators are connected")));
            return bytes->close();
        }
        auto connection = std::make_shared<Connection>(alive, std::move(bytes));
        alive->connections.insert(connection);
        connection->wait();
    };
    auto listener = net::listen_locally(*server.shard(0).loop(), path, std::move(accept));
    if (!listener) return std::unexpected(listener.error());
    state->listener = std::move(*listener);
    return std::unique_ptr<Control>(new Control(std::move(state)));
}

void Control::pause() {
    state_->paused = true;
    state_->listener->pause();
}

std::size_t Control::running() const noexcept { return state_->running; }

} // namespace epode::control
