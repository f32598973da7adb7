// SPDX-License-Identifier: MIT
#include "core/net/listening_socket.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace epode::net {

namespace {

union SocketName {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
};

struct Place {
    SocketName name{};
    socklen_t size = 0;
    bool both_families = false; // a v6 socket that also takes v4
};

Place v6_place(const in6_addr& address, std::uint16_t port, bool both) {
    Place place;
    place.name.v6.sin6_family = AF_INET6;
    place.name.v6.sin6_addr = address;
    place.name.v6.sin6_port = htons(port);
    place.size = sizeof place.name.v6;
    place.both_families = both;
    return place;
}

Place v4_place(const in_addr& address, std::uint16_t port) {
    Place place;
    place.name.v4.sin_family = AF_INET;
    place.name.v4.sin_addr = address;
    place.name.v4.sin_port = htons(port);
    place.size = sizeof place.name.v4;
    return place;
}

std::optional<Place> parse(const ListenAddress& where) {
    in_addr v4{};
    in6_addr v6{};
    if (::inet_pton(AF_INET, where.address.c_str(), &v4) == 1) return v4_place(v4, where.port);
    if (::inet_pton(AF_INET6, where.address.c_str(), &v6) == 1) return v6_place(v6, where.port, false);
    return std::nullopt;
}

bool turn(int descriptor, int level, int name, bool on) {
    const int value = on ? 1 : 0;
    return ::setsockopt(descriptor, level, name, &value, sizeof value) == 0;
}

/// The first is alone until it listens, so that of two servers one is refused: the kernel decides at `listen`. Only
/// then others may join it.
bool prepare(int descriptor, const Place& place, Sharing sharing) {
    if (!turn(descriptor, SOL_SOCKET, SO_REUSEADDR, true)) return false;
    if (sharing == Sharing::next && !turn(descriptor, SOL_SOCKET, SO_REUSEPORT, true)) return false;
    if (place.name.any.sa_family == AF_INET6 && !turn(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, !place.both_families))
        return false;
    if (::bind(descriptor, &place.name.any, place.size) != 0 || ::listen(descriptor, SOMAXCONN) != 0) return false;
    return sharing != Sharing::first || turn(descriptor, SOL_SOCKET, SO_REUSEPORT, true);
}

/// The descriptor, or the negative errno.
int try_open(const Place& place, Sharing sharing) {
    const int descriptor = ::socket(place.name.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    if (prepare(descriptor, place, sharing)) return descriptor;
    const int error = errno;
    ::close(descriptor);
    return -error;
}

std::string why(int error) {
    switch (error) {
    case EADDRINUSE:
        return "in use";
    case EADDRNOTAVAIL:
        return "this machine has no such address";
    case EACCES:
        return "permission denied: ports below 1024 need CAP_NET_BIND_SERVICE";
    default:
        return std::generic_category().message(error);
    }
}

bool every_address(const ListenAddress& where) { return where.address.empty() || where.address == "*"; }

int open_everywhere(std::uint16_t port, Sharing sharing) {
    const int dual = try_open(v6_place(in6addr_any, port, true), sharing);
    // Machines that have IPv6 switched off.
    if (dual != -EAFNOSUPPORT && dual != -EADDRNOTAVAIL) return dual;
    return try_open(v4_place(in_addr{INADDR_ANY}, port), sharing);
}

} // namespace

Result<int> open_listening(const ListenAddress& where, Sharing sharing) {
    const std::string shown = (every_address(where) ? "*" : where.address) + " port " + std::to_string(where.port);
    int outcome = 0;
    if (every_address(where)) {
        outcome = open_everywhere(where.port, sharing);
    } else {
        const auto place = parse(where);
        if (!place) return fail("cannot listen on " + shown + ": the address must be in figures (127.0.0.1, ::1) or *");
        outcome = try_open(*place, sharing);
    }
    if (outcome < 0) return fail("cannot listen on " + shown + ": " + why(-outcome));
    return outcome;
}

std::uint16_t port_of(int descriptor) {
    SocketName name{};
    socklen_t size = sizeof name;
    if (::getsockname(descriptor, &name.any, &size) != 0) return 0;
    return ntohs(name.any.sa_family == AF_INET6 ? name.v6.sin6_port : name.v4.sin_port);
}

} // namespace epode::net
