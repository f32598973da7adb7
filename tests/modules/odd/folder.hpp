// SPDX-License-Identifier: MIT
// A folder of modules that only a test has, for servers that are made while it exists.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>

namespace epode::test {

namespace fs = std::filesystem;

/// A folder in which servers that are made meanwhile look for modules, too.
class Folder {
public:
    Folder() {
        fs::create_directories(path_);
        ::setenv("EPODE_TEST_EXTRA_MODULES", path_.c_str(), 1);
    }
    ~Folder() {
        ::unsetenv("EPODE_TEST_EXTRA_MODULES");
        fs::remove_all(path_);
    }
    void add(const std::string& odd, const std::string& as) const {
        fs::copy_file(fs::path(EPODE_ODD_MODULES) / (odd + ".so"), at(as));
    }
    void write(const std::string& as, std::string_view content) const { std::ofstream(at(as)) << content; }
    std::string path() const { return path_.string(); }
    std::string at(const std::string& name) const { return (path_ / (name + ".so")).string(); }

private:
    const fs::path path_ = fs::temp_directory_path() / ("epode-odd-" + std::to_string(::getpid()));
};

} // namespace epode::test
