// SPDX-License-Identifier: MIT
// The data folder: made durable, locked against a second instance, and asked how much room is left.
#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace epode::storage::lmdb {

class Folder {
public:
    /// Makes the folder where it is missing and locks it while this object lives.
    static Result<Folder> take(std::string path);

    Folder(Folder&& other) noexcept : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}
    Folder& operator=(Folder&&) = delete;
    ~Folder();

    const std::string& path() const noexcept { return path_; }
    /// Bytes that an ordinary user may still write here; the maximum where the system does not say.
    std::uint64_t free_bytes() const noexcept;

private:
    Folder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

    std::string path_;
    int lock_;
};

/// Makes the folder and those above it.
Result<> make_folder(const std::string& path);
/// fsync of a file, or of a folder and thereby of the names in it.
Result<> sync_path(const std::string& path);
/// The folder that holds `path`.
std::string parent_of(const std::string& path);

} // namespace epode::storage::lmdb
