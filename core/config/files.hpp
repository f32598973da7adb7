// SPDX-License-Identifier: MIT
// Files: where the configuration reads from. The disk in life, a table in tests and fuzzers.
#pragma once

#include "core/base/result.hpp"

#include <string>
#include <vector>

namespace epode::config {

class Files {
public:
    virtual ~Files() = default;
    /// The whole content, 16 MiB at most. The error completes `epode.xml: cannot be read: `.
    virtual Result<std::string> read(const std::string& path) const = 0;
    /// The files that a shell pattern (* ? [..]) stands for, sorted by bytes. None is no fault.
    virtual std::vector<std::string> match(const std::string& pattern) const = 0;
};

class Disk final : public Files {
public:
    Result<std::string> read(const std::string& path) const override;
    std::vector<std::string> match(const std::string& pattern) const override;
};

} // namespace epode::config
