// SPDX-License-Identifier: MIT
// The log goes to a file of its own while one of these lives, for tests of what it says.
#pragma once

#include "core/base/log.hpp"
#include "tests/catch.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <unistd.h>

namespace epode::test {

/// Make it after the server, which sets the levels.
class CapturedLog {
public:
    explicit CapturedLog(std::string_view levels = "info") {
        char name[] = "/tmp/epode-log-XXXXXX";
        const int descriptor = ::mkstemp(name);
        REQUIRE(descriptor >= 0);
        ::close(descriptor);
        file_ = name;
        REQUIRE(logging::open(file_).empty());
        REQUIRE(logging::configure(levels).empty());
    }
    ~CapturedLog() {
        logging::flush();
        (void)logging::configure("off");
        (void)logging::open("");
        std::filesystem::remove(file_);
        std::filesystem::remove(file_ + ".1");
    }
    CapturedLog(const CapturedLog&) = delete;

    const std::string& file() const { return file_; }
    std::string all() const { return read(file_); }
    static std::string read(const std::string& file) {
        logging::flush();
        std::ifstream in(file);
        std::stringstream text;
        text << in.rdbuf();
        return text.str();
    }
    /// The last line behind time and level.
    std::string last() const {
        std::string text = all();
        REQUIRE(text.ends_with('\n'));
        text.pop_back();
        const std::string line = text.substr(text.rfind('\n') + 1);
        REQUIRE(line.size() > 31);
        return line.substr(31);
    }

private:
    std::string file_;
};

} // namespace epode::test
