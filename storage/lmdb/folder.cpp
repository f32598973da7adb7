// SPDX-License-Identifier: MIT
#include "storage/lmdb/folder.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <limits>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace epode::storage::lmdb {

namespace {

std::unexpected<Error> fail_errno(const std::string& what) { return fail(what + ": " + std::strerror(errno)); }

std::string read_pid(int lock) {
    std::string text(32, '\0');
    const ssize_t size = ::pread(lock, text.data(), text.size(), 0);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text.empty() ? "another process" : "process " + text;
}

/// Only for the message that a second instance gives; the lock is the flock.
void write_pid(int lock) {
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(lock, 0) == 0) (void)!::pwrite(lock, pid.data(), pid.size(), 0);
}

} // namespace

Result<Folder> Folder::take(std::string path) {
    if (auto made = make_folder(path); !made) return std::unexpected(made.error());
    const std::string file = path + "/epode.lock";
    const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) return fail_errno("cannot open " + file);
    Folder folder(std::move(path), lock);
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0)
        return fail("the storage folder " + folder.path() + " is in use by " + read_pid(lock) +
                    "; stop it first or configure another folder");
    write_pid(lock);
    return folder;
}

Folder::~Folder() {
    if (lock_ >= 0) ::close(lock_);
}

std::uint64_t Folder::free_bytes() const noexcept {
    struct statvfs disk{};
    if (::statvfs(path_.c_str(), &disk) != 0) return std::numeric_limits<std::uint64_t>::max();
    return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
}

Result<> make_folder(const std::string& path) {
    std::error_code error;
    if (std::filesystem::create_directories(path, error)) return sync_path(parent_of(path));
    if (error) return fail("cannot make the folder " + path + ": " + error.message());
    return {};
}

Result<> sync_path(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return fail_errno("cannot open " + path);
    Result<> result;
    if (::fsync(descriptor) != 0) result = fail_errno("cannot sync " + path);
    ::close(descriptor);
    return result;
}

std::string parent_of(const std::string& path) {
    std::filesystem::path full = std::filesystem::absolute(path).lexically_normal();
    if (!full.has_filename()) full = full.parent_path();
    return full.parent_path().string();
}

} // namespace epode::storage::lmdb
