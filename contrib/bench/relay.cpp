// SPDX-License-Identifier: MIT
#include "relay.hpp"

#include <csignal>
#include <cstdlib>
#include <limits>
#include <netinet/in.h>
#include <optional>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace bench {
namespace {

/// Accounts 2n and 2n + 1 talk to each other.
std::string partner_of(const std::string& name) {
    const auto digits = name.find_last_not_of("0123456789") + 1;
    return name.substr(0, digits) + std::to_string(std::strtoul(name.c_str() + digits, nullptr, 10) ^ 1U);
}

std::string between(std::string_view text, std::string_view from, char to) {
    const auto start = text.find(from);
    if (start == text.npos) return {};
    const auto rest = text.substr(start + from.size());
    return std::string(rest.substr(0, rest.find(to)));
}

} // namespace

struct Relay::Guest final : Link::Owner {
    Guest(Relay& with, int socket) : relay(with), link(with.loop_, *this, socket, with.tls_.get()) {}
    void opened() override {}
    void received(std::string_view bytes) override { relay.pass(*this, bytes); }
    void closed(const std::string&) override { relay.leave(*this); }

    Relay& relay;
    std::string name, partner, begun; ///< `begun`: a message of which only a part is there
    std::optional<std::string> held;  ///< waits to be overtaken
    Splitter splitter;
    Link link;
};

Relay::Relay(Loop& loop, Faults& faults)
    : loop_(loop), faults_(faults), socket_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(socket_, reinterpret_cast<sockaddr*>(&address), size) || listen(socket_, SOMAXCONN))
        throw std::runtime_error("the relay cannot listen");
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    loop_.watch(socket_, *this, EPOLLIN);
}

Relay::~Relay() {
    loop_.forget(socket_, *this);
    close(socket_);
}

void Relay::ready(std::uint32_t) {
    left_.clear();
    for (int client; (client = accept4(socket_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        auto guest = std::make_unique<Guest>(*this, client);
        auto* const key = guest.get();
        guests_.emplace(key, std::move(guest));
    }
}

void Relay::join(Guest& guest) {
    const auto header = guest.splitter.next();
    if (!header) return;
    guest.name = between(*header, " id='", '\'');
    guest.partner = partner_of(guest.name);
    names_[guest.name] = &guest;
    guest.link.write("<stream:stream>");
}

void Relay::leave(Guest& guest) {
    if (const auto named = names_.find(guest.name); named != names_.end() && named->second == &guest)
        names_.erase(named);
    auto node = guests_.extract(&guest);
    left_.push_back(std::move(node.mapped()));
}

void Relay::pass(Guest& from, std::string_view bytes) {
    if (!from.name.empty() && !faults_.any()) return deliver(from, bytes);
    from.splitter.add(bytes);
    if (from.name.empty()) join(from); // clients wait for the answer before they send more
    if (from.name.empty()) return;
    while (const auto message = from.splitter.next()) damage(from, *message);
}

void Relay::damage(Guest& from, std::string_view message) {
    ++messages_;
    const auto due = [&](std::uint64_t every) { return every && messages_ % every == 0; };
    if (due(faults_.drop)) {
        ++faults_.dropped;
        return;
    }
    if (due(faults_.swap) && !from.held) {
        ++faults_.held;
        from.held = message;
        return;
    }
    deliver(from, message);
    if (due(faults_.twice)) {
        ++faults_.doubled;
        deliver(from, message);
    }
    if (!from.held) return;
    --faults_.held;
    ++faults_.swapped;
    deliver(from, *std::exchange(from.held, std::nullopt));
}

void Relay::deliver(Guest& from, std::string_view bytes) {
    if (faults_.delay) {
        late_.push_back({now() + faults_.delay, from.partner, std::string(bytes)});
    } else if (const auto to = names_.find(from.partner); to != names_.end()) {
        to->second->link.write(bytes);
    }
}

std::int64_t Relay::release() {
    std::size_t done = 0;
    for (const auto time = now(); done < late_.size() && late_[done].due <= time; ++done)
        if (const auto to = names_.find(late_[done].to); to != names_.end()) to->second->link.write(late_[done].bytes);
    late_.erase(late_.begin(), late_.begin() + static_cast<std::ptrdiff_t>(done));
    return late_.empty() ? std::numeric_limits<std::int64_t>::max() : late_.front().due;
}

RelayProcess::RelayProcess() {
    int ports[2];
    if (pipe(ports)) throw std::runtime_error("no pipe");
    const int child = fork();
    if (child < 0) throw std::runtime_error("no process for the relay");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        Loop loop;
        Faults none;
        const Relay relay(loop, none);
        const int port = relay.port();
        if (write(ports[1], &port, sizeof port) != sizeof port) std::_Exit(1);
        for (;;) loop.turn(std::numeric_limits<std::int64_t>::max());
    }
    target_.name = "relay";
    target_.relay = true;
    target_.pid = child;
    if (read(ports[0], &target_.port, sizeof target_.port) != sizeof target_.port)
        throw std::runtime_error("the relay did not start");
    close(ports[0]);
    close(ports[1]);
}

RelayProcess::~RelayProcess() {
    kill(target_.pid, SIGKILL);
    waitpid(target_.pid, nullptr, 0);
}

} // namespace bench
