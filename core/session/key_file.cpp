// SPDX-License-Identifier: MIT
#include "core/session/key_file.hpp"

#include "core/base/id.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace epode {

namespace {

constexpr std::size_t key_bytes = 32;

class File {
public:
    explicit File(int descriptor) : descriptor_(descriptor) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    explicit operator bool() const noexcept { return descriptor_ >= 0; }
    int descriptor() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

auto cannot(const std::string& path, std::string_view what) {
    return fail(path + " cannot be " + std::string(what) + ": " + std::strerror(errno));
}

Result<> make(const std::string& path) {
    Bytes key(key_bytes, '\0');
    random_bytes(key.data(), key.size());
    const Secret wiped(key);
    // Under its name only when it is whole: half a key would end every token at the next start.
    const auto draft = path + ".new";
    ::unlink(draft.c_str());
    const File file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    const bool good = file && ::write(file.descriptor(), key.data(), key.size()) == ssize_t{key_bytes} &&
                      ::fsync(file.descriptor()) == 0 && ::rename(draft.c_str(), path.c_str()) == 0;
    wipe(key);
    if (!good) return cannot(path, "made");
    return {};
}

} // namespace

Result<Secret> key_file(const std::string& path) {
    if (::access(path.c_str(), F_OK) != 0)
        if (auto made = make(path); !made) return std::unexpected(made.error());
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return cannot(path, "read");
    struct stat status{};
    if (::fstat(file.descriptor(), &status) != 0) return cannot(path, "read");
    if (status.st_mode & (S_IRWXG | S_IRWXO)) return fail(path + " is open to others than its owner");
    Bytes key(key_bytes + 1, '\0');
    const auto size = ::read(file.descriptor(), key.data(), key.size());
    if (size < 0) return cannot(path, "read");
    if (size != ssize_t{key_bytes}) return fail(path + " is not 32 bytes long; without it a new one is made");
    key.resize(key_bytes);
    return Secret(std::move(key));
}

} // namespace epode
