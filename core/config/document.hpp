// SPDX-License-Identifier: MIT
// The configuration as a tree of elements that know where they stand, with the included files in their places. What the
// elements mean is the schema's business.
#pragma once

#include "core/config/fault.hpp"
#include "core/config/files.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace epode::config {

struct Attribute {
    std::string name;
    std::string value;
    Position at;

    Attribute(std::string name_text, std::string value_text, Position where)
        : name(std::move(name_text)), value(std::move(value_text)), at(std::move(where)) {}
};

struct Node {
    std::string name;
    Position at;
    std::vector<Attribute> attributes;
    std::vector<Node> children;

    Node(std::string name_text, Position where) : name(std::move(name_text)), at(std::move(where)) {}
    const Attribute* find(std::string_view attribute) const noexcept;
};

/// Reads the file and what it includes. Faults are appended; without a value nothing could be made of the file.
/// Comments and processing instructions are skipped, elements nest 16 deep at most, 256 files at most are read.
///
/// `<include file="hosts.d/*.xml"/>` stands for the elements of those files, in the order of their names: a file's
/// outermost element itself, or the elements within it where it is called like the one of the main file.
std::optional<Node> read_document(const Files& files, const std::string& file, Faults& faults);

} // namespace epode::config
