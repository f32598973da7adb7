// SPDX-License-Identifier: MIT
#include "core/control/tool/password.hpp"

#include "core/control/tool/print.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <system_error>
#include <termios.h>
#include <unistd.h>

namespace epode::control::tool {

namespace {

constexpr std::size_t longest = 1023;

/// A line without its end. Byte by byte: what follows is somebody else's, and nothing may stay in a buffer.
Result<Secret> read_line(int from, const std::string& source) {
    Bytes line;
    line.reserve(longest + 1); // never moved, so nothing stays behind
    for (char next = 0; line.size() <= longest;) {
        const auto got = ::read(from, &next, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(source + ": " + std::generic_category().message(errno));
        if (got == 0 || next == '\n') break;
        line.push_back(next);
    }
    if (line.ends_with('\r')) line.pop_back();
    Secret secret(std::move(line));
    if (secret.empty()) return fail(source + ": nothing was given");
    if (secret.view().size() > longest) return fail(source + ": that is longer than 1023 bytes");
    if (!is_utf8(secret.view())) return fail(source + ": that is not in UTF-8");
    return secret;
}

/// Nothing that is typed is shown while it lives.
class Unseen {
public:
    Unseen() {
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        termios hidden = before_;
        hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
    }
    Unseen(const Unseen&) = delete;
    Unseen& operator=(const Unseen&) = delete;
    ~Unseen() {
        if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
        std::fputc('\n', stderr); // the one that was typed was not shown
    }

private:
    termios before_{};
    bool changed_ = false;
};

/// Signals that end or stop the tool wait while it lives, so that the terminal is set right before.
class Held {
public:
    Held() {
        sigset_t signals;
        sigemptyset(&signals);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) sigaddset(&signals, signal);
        ::sigprocmask(SIG_BLOCK, &signals, &before_);
        descriptor_ = ::signalfd(-1, &signals, SFD_CLOEXEC);
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() {
        if (descriptor_ >= 0) ::close(descriptor_);
        ::sigprocmask(SIG_SETMASK, &before_, nullptr);
    }

    /// Until a line has been typed (0) or a signal has come.
    int wait() const {
        std::array<pollfd, 2> both{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{descriptor_, POLLIN, 0}};
        while (::poll(both.data(), both.size(), -1) < 0 && errno == EINTR) {
        }
        signalfd_siginfo info{};
        if (!(both[1].revents & POLLIN) || ::read(descriptor_, &info, sizeof info) != sizeof info) return 0;
        return static_cast<int>(info.ssi_signo);
    }

private:
    sigset_t before_{};
    int descriptor_ = -1;
};

/// Whoever stops the tool (Ctrl-Z) is asked again afterwards.
Result<Secret> prompt(const std::string& question) {
    for (;;) {
        int signal = 0;
        {
            const Held held;
            const Unseen unseen;
            std::fprintf(stderr, "%s: ", question.c_str());
            signal = held.wait();
            if (signal == 0) return read_line(STDIN_FILENO, "terminal");
        }
        std::raise(signal);
    }
}

} // namespace

Result<Secret> password_from(const std::string& file) {
    if (file == "-") return read_line(STDIN_FILENO, "standard input");
    const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (opened < 0) return fail(file + ": " + std::generic_category().message(errno));
    auto secret = read_line(opened, file);
    ::close(opened);
    return secret;
}

Result<Secret> new_password(const std::string& whose) {
    if (!::isatty(STDIN_FILENO))
        return fail("there is no terminal to ask at; give --password-file FILE (- is standard input)");
    auto first = prompt("Password for " + whose);
    if (!first) return first;
    const auto again = prompt("The same again");
    if (!again) return again;
    if (first->view() != again->view()) return fail("the two are not the same");
    return first;
}

Result<Secret> unseen_value(const std::string& name) {
    return ::isatty(STDIN_FILENO) ? prompt(name) : read_line(STDIN_FILENO, name);
}

} // namespace epode::control::tool
