// SPDX-License-Identifier: MIT
// Library: one module's shared object, opened from a copy of its own, so that the file on disk may be replaced at any
// time and two versions never share an address.
#pragma once

#include "core/base/result.hpp"
#include "core/module/manifest.hpp"

#include <memory>
#include <string>

namespace epode {

class Library {
public:
    /// Copies `path` into `run_directory` under a new name, opens it, and checks what it says of itself. The error is
    /// one plain sentence: missing, not a module, another build.
    static Result<std::shared_ptr<Library>> open(const std::string& path, const std::string& run_directory);
    /// Unmaps it; every instance must be gone. Removes the copy.
    ~Library();
    Library(const Library&) = delete;

    const Manifest& manifest() const noexcept { return *manifest_; }
    const std::string& path() const noexcept { return path_; }

private:
    Library(std::string path, std::string copy, void* handle, const Manifest* manifest)
        : path_(std::move(path)), copy_(std::move(copy)), handle_(handle), manifest_(manifest) {}
    std::string path_;
    std::string copy_;
    void* handle_;
    const Manifest* manifest_;
};

/// What modules built with this server carry.
std::string_view abi_token() noexcept;

} // namespace epode
