// SPDX-License-Identifier: MIT
// Reading the configuration from the disk.
#include "core/config/files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <glob.h>
#include <memory>
#include <system_error>

namespace epode::config {

namespace {

constexpr std::size_t largest = 16U << 20;

struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

std::unexpected<Error> system_fault() { return fail(std::generic_category().message(errno)); }

} // namespace

Result<std::string> Disk::read(const std::string& path) const {
    std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
    if (!file) return system_fault();
    std::string content;
    char piece[16384];
    while (std::size_t count = std::fread(piece, 1, sizeof piece, file.get())) {
        content.append(piece, count);
        if (content.size() > largest) return fail("it is larger than 16 MiB");
    }
    if (std::ferror(file.get())) return system_fault(); // a folder, for one
    return content;
}

std::vector<std::string> Disk::match(const std::string& pattern) const {
    glob_t found{};
    std::vector<std::string> paths;
    if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0)
        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    std::ranges::sort(paths);
    return paths;
}

} // namespace epode::config
