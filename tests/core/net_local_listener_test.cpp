// SPDX-License-Identifier: MIT
#include "core/net/local_listener.hpp"
#include "tests/core/net_kit.hpp"

#include <cstring>
#include <fstream>
#include <sys/stat.h>
#include <sys/un.h>
#include <vector>

using namespace epode;
using namespace epode::net;
using namespace epode::net::kit;

namespace {

struct Place {
    std::filesystem::path path;

    Place() {
        std::string pattern = (std::filesystem::temp_directory_path() / "epode-local-XXXXXX").string();
        path = ::mkdtemp(pattern.data());
    }
    ~Place() { std::filesystem::remove_all(path); }
    std::string socket() const { return (path / "epode.sock").string(); }
};

struct Guests {
    std::vector<std::unique_ptr<ByteStream>> streams;
    Listener::Accept accept() {
        return [this](std::unique_ptr<ByteStream> stream) { streams.push_back(std::move(stream)); };
    }
};

Descriptor connect_locally(const std::string& path) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.data(), path.size());
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) socket.close();
    return socket;
}

std::string error_at(const std::string& path) {
    Loop loop;
    Guests guests;
    const auto listener = listen_locally(loop, path, guests.accept());
    REQUIRE_FALSE(listener);
    return listener.error().text;
}

} // namespace

TEST_CASE("a local listener takes its own user's connections") {
    const Place folder;
    Loop loop;
    Guests guests;
    const auto listener = listen_locally(loop, folder.socket(), guests.accept());
    REQUIRE(listener);
    struct stat found{};
    REQUIRE(::stat(folder.socket().c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);
    const auto client = connect_locally(folder.socket());
    REQUIRE(run_until(loop, [&] { return guests.streams.size() == 1; }));
    REQUIRE(::send(client.number(), "hello", 5, 0) == 5);
    CHECK(read_exactly(loop, *guests.streams[0], 5) == "hello");
    CHECK(guests.streams[0]->peer_is_loopback());
}

TEST_CASE("the socket's file goes with its listener") {
    const Place folder;
    Loop loop;
    Guests guests;
    REQUIRE(listen_locally(loop, folder.socket(), guests.accept()));
    CHECK_FALSE(std::filesystem::exists(folder.socket()));
}

TEST_CASE("what a dead server left is replaced") {
    const Place folder;
    Loop loop;
    Guests guests;
    {
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        std::memcpy(name.sun_path, folder.socket().data(), folder.socket().size());
        const Descriptor dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        REQUIRE(::bind(dead.number(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
    }
    REQUIRE(std::filesystem::exists(folder.socket()));
    const auto listener = listen_locally(loop, folder.socket(), guests.accept());
    REQUIRE(listener);
    CHECK(connect_locally(folder.socket()).number() >= 0);
}

TEST_CASE("a socket at which somebody listens is left alone") {
    const Place folder;
    Loop loop;
    Guests guests;
    const auto listener = listen_locally(loop, folder.socket(), guests.accept());
    REQUIRE(listener);
    CHECK(error_at(folder.socket()) == "the socket " + folder.socket() + " is in use: another server runs");
    CHECK(std::filesystem::exists(folder.socket()));
}

TEST_CASE("a file that is no socket is left alone") {
    const Place folder;
    std::ofstream(folder.socket()) << "precious";
    CHECK(error_at(folder.socket()).ends_with("something else has that name"));
    CHECK(std::filesystem::file_size(folder.socket()) == 8);
}

TEST_CASE("a place where no socket can be says why") {
    const Place folder;
    CHECK(error_at(folder.socket() + std::string(100, 'x')).ends_with("longer than 107 bytes"));
    CHECK(error_at((folder.path / "nowhere" / "epode.sock").string()).ends_with("No such file or directory"));
}
