// SPDX-License-Identifier: MIT
#include "core/control/tool/connection.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace epode::control::tool {

namespace {

using Failure = std::unexpected<std::string>;

/// Closes itself.
class Connection {
public:
    explicit Connection(int number) : number_(number) {}
    Connection(Connection&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Connection& operator=(Connection&&) = delete;
    ~Connection() {
        if (number_ >= 0) ::close(number_);
    }
    int number() const { return number_; }

private:
    int number_;
};

std::string message(int error) {
    switch (error) {
    case ENOENT:
        return "there is none";
    case ECONNREFUSED:
        return "nobody listens";
    case EACCES:
        return "only the server's user and root may";
    default:
        return std::generic_category().message(error);
    }
}

std::expected<Connection, std::string> open(const Place& place) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (place.path.size() >= sizeof name.sun_path) return Failure("longer than 107 bytes");
    std::memcpy(name.sun_path, place.path.data(), place.path.size());
    struct stat found {};
    if (::stat(place.path.c_str(), &found) != 0) return Failure(message(errno));
    if (place.own_only && found.st_uid != ::geteuid()) return Failure("somebody else's; name it with --socket");
    Connection connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connection.number() < 0) return Failure(message(errno));
    if (::connect(connection.number(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0)
        return Failure(message(errno));
    return connection;
}

bool send_all(int to, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::expected<std::string, std::string> exchange(const Connection& connection, std::string_view line) {
    const Failure ended(
        "the server ended the connection without an answer; it may be stopping, or not let this user in");
    if (!send_all(connection.number(), line)) return ended;
    std::string answer;
    std::array<char, 65536> buffer;
    for (;;) {
        const auto got = ::recv(connection.number(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return ended;
        answer.append(buffer.data(), static_cast<std::size_t>(got));
        if (!answer.ends_with('\n')) continue; // an answer is one line
        answer.pop_back();
        return answer;
    }
}

} // namespace

std::vector<Place> places(const std::string& named, const std::function<const char*(const char*)>& environment) {
    if (!named.empty()) return {Place{named}};
    const auto value = [&](const char* name) {
        const char* found = environment(name);
        return std::string(found ? found : "");
    };
    if (auto socket = value("EPODE_SOCKET"); !socket.empty()) return {Place{std::move(socket)}};
    std::vector<Place> usual;
    if (const auto data = value("EPODE_DATA"); !data.empty()) usual.push_back({data + "/epode.sock"});
    usual.push_back({"data/epode.sock", true});
    usual.push_back({"/var/lib/epode/epode.sock"});
    usual.push_back({"/run/epode/epode.sock"});
    return usual;
}

std::expected<std::string, std::string> ask(const std::vector<Place>& places, std::string_view line) {
    std::string tried;
    for (const auto& place : places) {
        const auto connection = open(place);
        if (connection) return exchange(*connection, line);
        tried += (tried.empty() ? "" : "\n  ") + place.path + ": " + connection.error();
    }
    if (places.size() == 1) return Failure("no server answers at " + tried);
    return Failure("no server answers\n  " + tried +
                   "\nEpode's socket is epode.sock in its data folder unless its configuration says otherwise; "
                   "--socket PATH or EPODE_SOCKET names one");
}

} // namespace epode::control::tool
