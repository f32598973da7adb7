// SPDX-License-Identifier: MIT
#include "core/base/log.hpp"
#include "core/control/wire.hpp"
#include "core/module/registry.hpp"
#include "core/net/tcp.hpp"
#include "core/server.hpp"
#include "storage/memory/memory.hpp"
#include "tests/catch.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

using namespace epode;
using control::Answer;
using control::Request;

namespace {

/// What a tool does: lines out, lines in.
class Tool {
public:
    explicit Tool(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        REQUIRE(path.size() < sizeof name.sun_path);
        std::memcpy(name.sun_path, path.data(), path.size());
        const timeval patience{60, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
    }
    Tool(const Tool&) = delete;
    ~Tool() { ::close(socket_); }

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return; // the server has had enough
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    void ask(std::vector<std::string> words, std::map<std::string, std::string> options = {}) {
        Request request(std::move(words));
        request.options = std::move(options);
        send(to_line(request) + "\n");
    }
    void say_no_more() { ::shutdown(socket_, SHUT_WR); }

    /// The next answer; null when the server has closed.
    std::optional<Answer> answer() {
        while (in_.find('\n') == std::string::npos) {
            char buffer[4096];
            const auto got = ::recv(socket_, buffer, sizeof buffer, 0);
            if (got <= 0) return std::nullopt;
            in_.append(buffer, static_cast<std::size_t>(got));
        }
        const auto line = in_.substr(0, in_.find('\n'));
        in_.erase(0, line.size() + 1);
        const auto answer = control::answer_of(line);
        REQUIRE(answer);
        return answer;
    }
    std::string text() {
        const auto next = answer();
        return next ? (next->ok ? "" : "failure: ") + next->text : "closed";
    }

private:
    int socket_;
    std::string in_;
};

/// A server with threads and sockets, but without modules, which this is not about.
class Running {
public:
    explicit Running(const std::string& options = {}, std::shared_ptr<Clock> clock = std::make_shared<SystemClock>())
        : clock_(std::move(clock)) {
        std::string pattern = (std::filesystem::temp_directory_path() / "epode-ctl-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        make(options);
    }
    Running(const Running&) = delete;
    ~Running() {
        server_.reset();
        std::filesystem::remove_all(folder_);
    }

    Result<> start() { return server_->start(); }
    Server& server() { return *server_; }
    std::string socket() const { return server_->config().control_socket(); }
    const std::filesystem::path& folder() const { return folder_; }
    /// Until somebody asks for the end of the process.
    void wait_for_end() { end_.get_future().wait(); }

private:
    void make(const std::string& options) {
        net::ignore_sigpipe();
        logging::configure("off");
        auto modules = ModuleRegistry::discover({}, (folder_ / "run").string());
        const auto file = (folder_ / "epode.xml").string();
        std::ofstream(file)
            << "<epode data='" << folder_.string() << "' " << options
            << "><listen port='0' address='127.0.0.1'/><c2s scram-rounds='20000'/><host name='example.org'/></epode>";
        auto loaded = config::load(file, modules->schema(), config::Disk());
        REQUIRE(loaded);
        Server::Options made;
        made.config = std::move(*loaded);
        made.engine = storage::memory_engine(storage::MemoryOptions());
        made.clock = clock_;
        made.modules = std::move(modules);
        made.shards = 2;
        made.end = [this] { end_.set_value(); };
        server_ = std::make_unique<Server>(std::move(made));
    }

    std::shared_ptr<Clock> clock_;
    std::filesystem::path folder_;
    std::promise<void> end_;
    std::unique_ptr<Server> server_;
};

} // namespace

TEST_CASE("control: requests are answered, each in its turn") {
    Running running;
    REQUIRE(running.start());
    Tool tool(running.socket());
    tool.ask({"hosts"});
    CHECK(tool.answer()->rows.at(0).at(0) == "example.org");
    tool.send(R"({"command":["stauts"]})"
              "\n"
              R"({"command":["sessions"],"more":1})"
              "\n");
    CHECK(tool.text() == "failure: there is no command \"stauts\" (did you mean \"status\"?)");
    CHECK(tool.text() == "failure: \"sessions\" wants a verb: list or kick");
    for (const char byte : std::string_view("{\"command\":[\"log\"]}\n")) tool.send(std::string_view(&byte, 1));
    CHECK(tool.text() == "failure: \"log\" wants a verb: show or set");
}

TEST_CASE("control: a client that has said all still gets its answer") {
    Running running;
    REQUIRE(running.start());
    Tool tool(running.socket());
    tool.ask({"accounts", "add", "romeo@example.org"}, {{"password", "a good secret"}});
    tool.ask({"accounts", "list", "example.org"});
    tool.say_no_more();
    CHECK(tool.text() == "romeo@example.org has been made");
    CHECK(tool.answer()->rows.at(0).at(0) == "romeo@example.org");
    CHECK(tool.text() == "closed");
}

TEST_CASE("control: what is no request is answered and does no harm") {
    Running running;
    REQUIRE(running.start());
    Tool tool(running.socket());
    for (const std::string_view line : {"", "status", "[]", "{}", R"({"command":"status"})", R"({"command":[1]})",
                                        R"({"command":["status"],"options":[]})", "{\"command\":[\"\xFF\"]}"}) {
        CAPTURE(line);
        tool.send(std::string(line) + "\n");
        CHECK(tool.text() == R"(failure: a request is a line like {"command": ["sessions", "list"]})");
    }
    tool.ask({"status"});
    CHECK(tool.answer()->ok);
}

TEST_CASE("control: a request that never ends is refused") {
    Running running;
    REQUIRE(running.start());
    Tool tool(running.socket());
    tool.send(std::string(control::longest_request + 10'000, 'x'));
    CHECK(tool.text() == "failure: a request is at most 1048576 bytes long");
    CHECK(tool.text() == "closed");
    Tool other(running.socket());
    other.ask({"status"});
    CHECK(other.answer()->ok);
}

TEST_CASE("control: an answer that is long arrives whole") {
    Running running;
    REQUIRE(running.start());
    Tool tool(running.socket());
    const std::string name(500'000, 'x');
    tool.ask({name}); // repeated in the answer
    CHECK(tool.text() == "failure: there is no command \"" + name + "\"");
}

TEST_CASE("control: there is room for so many clients, and room again when one has gone") {
    Running running;
    REQUIRE(running.start());
    std::vector<std::unique_ptr<Tool>> tools;
    for (int i = 0; i < 16; ++i) {
        tools.push_back(std::make_unique<Tool>(running.socket()));
        tools.back()->ask({"status"});
        CHECK(tools.back()->answer()->ok);
    }
    Tool late(running.socket());
    CHECK(late.text() == "failure: too many administrators are connected");
    CHECK(late.text() == "closed");
    tools[3]->say_no_more();
    CHECK(tools[3]->text() == "closed");
    Tool next(running.socket());
    next.ask({"status"});
    CHECK(next.answer()->ok);
}

TEST_CASE("control: the socket is the owner's alone, and goes with the server") {
    Running running;
    REQUIRE(running.start());
    CHECK(running.socket() == (running.folder() / "epode.sock").string());
    struct stat found{};
    REQUIRE(::stat(running.socket().c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);
    running.server().stop();
    CHECK_FALSE(std::filesystem::exists(running.socket()));
}

TEST_CASE("control: the configuration may put the socket elsewhere") {
    Running running("control='admin'");
    REQUIRE(running.start());
    CHECK(running.socket() == (running.folder() / "admin").string());
    Tool tool(running.socket());
    tool.ask({"status"});
    CHECK(tool.answer()->ok);
}

TEST_CASE("control: a server that cannot have its socket does not start, and says why") {
    Running first;
    REQUIRE(first.start());
    Running second("control='" + first.socket() + "'");
    const auto started = second.start();
    REQUIRE_FALSE(started);
    CHECK(started.error().text == "the socket " + first.socket() +
                                      " is in use: another server runs (<epode control=\"...\"> names another place)");
    Tool tool(first.socket());
    tool.ask({"status"});
    CHECK(tool.answer()->ok);
    Running third("control='" + std::string(120, 'x') + "'");
    const auto too_long = third.start();
    REQUIRE_FALSE(too_long);
    CHECK(too_long.error().text.find("its path is longer than 107 bytes") != std::string::npos);
}

TEST_CASE("control: stop is answered, and what runs is waited for") {
    Running running;
    REQUIRE(running.start());
    Tool slow(running.socket());
    slow.ask({"status"});
    REQUIRE(slow.answer()->ok);
    // Begins before the other connection exists, and derives keys on a thread of the pool.
    slow.ask({"accounts", "add", "romeo@example.org"}, {{"password", "a good secret"}});
    Tool other(running.socket());
    other.ask({"stop"});
    CHECK(other.text() == "the server is stopping");
    running.wait_for_end();
    running.server().stop();
    CHECK(slow.text() == "romeo@example.org has been made");
    CHECK(slow.text() == "closed");
    CHECK(other.text() == "closed");
}

TEST_CASE("a server with nothing to do stops when it is told to, not when a timer wakes it") {
    const auto clock = std::make_shared<ManualClock>();
    clock->advance(std::chrono::years(100)); // so far off that no timer of this server is ever due
    Running running({}, clock);
    REQUIRE(running.start());
    auto stopped = std::async(std::launch::async, [&] { running.server().stop(); });
    const bool by_itself = stopped.wait_for(30s) == std::future_status::ready;
    if (!by_itself)
        for (std::size_t i = 0; i < running.server().shard_count(); ++i) running.server().shard(i).post(Job([] {}));
    stopped.get();
    CHECK(by_itself);
}
