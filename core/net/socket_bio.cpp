// SPDX-License-Identifier: MIT
// OpenSSL's own socket BIO calls read() and write(), which go through the kernel's layer of files: a lock on the file's
// position where threads share the table of descriptors, checks of a range. recv() and send() go straight to the
// socket.
#include "core/net/socket_bio.hpp"

#include <cerrno>
#include <cstdint>
#include <sys/socket.h>

namespace epode::net {

namespace {

int descriptor_of(BIO* bio) noexcept { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

bool try_later() noexcept { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int write_to(BIO* bio, const char* bytes, int size) {
    const auto count = ::send(descriptor_of(bio), bytes, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
    BIO_clear_retry_flags(bio);
    if (count < 0 && try_later()) BIO_set_retry_write(bio);
    return static_cast<int>(count);
}

int read_from(BIO* bio, char* into, int size) {
    const auto count = ::recv(descriptor_of(bio), into, static_cast<std::size_t>(size), MSG_DONTWAIT);
    BIO_clear_retry_flags(bio);
    if (count < 0 && try_later()) BIO_set_retry_read(bio);
    if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return static_cast<int>(count);
}

long control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
}

const BIO_METHOD* method() {
    static const Owned<BIO_METHOD, BIO_meth_free> made([] {
        auto* fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK | BIO_TYPE_DESCRIPTOR, "socket");
        const bool good = fresh && BIO_meth_set_write(fresh, write_to) && BIO_meth_set_read(fresh, read_from) &&
                          BIO_meth_set_ctrl(fresh, control) && BIO_meth_set_create(fresh, create);
        return good ? fresh : nullptr;
    }());
    return made.get();
}

} // namespace

OwnedBio socket_bio(int descriptor) {
    if (!method()) return nullptr;
    OwnedBio bio(BIO_new(method()));
    if (bio) BIO_set_data(bio.get(), reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
    return bio;
}

} // namespace epode::net
