// SPDX-License-Identifier: MIT
// Where something stands in the configuration, and what is wrong there. Every fault names its place, what is there and
// what would be right, so that the administrator needs no manual.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace epode::config {

/// A place in a file; lines and columns count from 1, columns in bytes. Line 0 means the file as a whole.
struct Position {
    std::shared_ptr<const std::string> file;
    unsigned line = 0;
    unsigned column = 0;

    Position() = default;
    Position(std::shared_ptr<const std::string> name, unsigned line_number, unsigned column_number)
        : file(std::move(name)), line(line_number), column(column_number) {}

    /// "epode.xml:3:14"; "" when there is no file.
    std::string text() const;
    /// The folder of the file, for what is relative to it; "" for the working directory.
    std::string folder() const;
};

/// One thing that is wrong.
struct Fault {
    Position at;
    std::string text;

    Fault(Position where, std::string what) : at(std::move(where)), text(std::move(what)) {}

    /// `epode.xml:3:14: archive: keep="30 dayz" is not a duration (try 30d, 4w or never)`
    std::string line() const;
};

using Faults = std::vector<Fault>;

/// A fault of no place in a file.
Faults one_fault(std::string text);

/// A path as it is meant in a file that lies in `folder`: absolute ones stay, others are put behind the folder.
std::string relative_to(const std::string& folder, const std::string& path);

} // namespace epode::config
