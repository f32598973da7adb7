// SPDX-License-Identifier: MIT
#include "core/net/local_listener.hpp"

#include "core/base/log.hpp"
#include "core/net/listening_socket.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace epode::net {

namespace {

constexpr int backlog = 16;

std::unexpected<Error> fault(const std::string& path, std::string_view what) {
    return fail("the socket " + path + " " + std::string(what));
}

std::unexpected<Error> fault(const std::string& path, int error) {
    return fault(path, "cannot be made: " + std::generic_category().message(error));
}

bool known_peer(int connection) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
    if (peer.uid == 0 || peer.uid == ::geteuid()) return true;
    Logger("net").warn("somebody else's connection was refused", {{"uid", peer.uid}, {"pid", peer.pid}});
    return false;
}

/// Closes what is not given away.
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int number() const { return number_; }
    int give() { return std::exchange(number_, -1); }

private:
    int number_;
};

int new_socket() { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

/// Makes room for a new socket file; never removes anything but a socket at which nobody listens.
Result<> clear_place(const std::string& path, const sockaddr_un& name) {
    struct stat found{};
    if (::lstat(path.c_str(), &found) != 0) return {};
    if (!S_ISSOCK(found.st_mode)) return fault(path, "cannot be made: something else has that name");
    const Descriptor probe(new_socket());
    const bool answers = ::connect(probe.number(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
    if (answers || errno != ECONNREFUSED) return fault(path, "is in use: another server runs");
    ::unlink(path.c_str());
    return {};
}

class LocalListener final : public Listener {
public:
    LocalListener(std::unique_ptr<Listener> listener, std::string path)
        : listener_(std::move(listener)), path_(std::move(path)) {}
    ~LocalListener() override { ::unlink(path_.c_str()); }
    std::uint16_t port() const override { return 0; }
    void pause() override { listener_->pause(); }
    void resume() override { listener_->resume(); }

private:
    std::unique_ptr<Listener> listener_;
    std::string path_;
};

} // namespace

Result<std::unique_ptr<Listener>> listen_locally(Loop& loop, const std::string& path, Listener::Accept accept) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (path.size() >= sizeof name.sun_path) return fault(path, "cannot be made: its path is longer than 107 bytes");
    std::memcpy(name.sun_path, path.data(), path.size());
    if (auto cleared = clear_place(path, name); !cleared) return std::unexpected(cleared.error());
    Descriptor socket(new_socket());
    if (socket.number() < 0) return fault(path, errno);
    if (::bind(socket.number(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) return fault(path, errno);
    // Nobody can connect before `listen`, so nobody slips in with the mode that the umask gave.
    if (::chmod(path.c_str(), 0600) != 0 || ::listen(socket.number(), backlog) != 0) {
        const int error = errno;
        ::unlink(path.c_str());
        return fault(path, error);
    }
    auto listener = listen_on(loop, socket.number(), 0, known_peer, std::move(accept));
    socket.give();
    return std::make_unique<LocalListener>(std::move(listener), path);
}

} // namespace epode::net
