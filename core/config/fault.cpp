// SPDX-License-Identifier: MIT
// Places and faults as text.
#include "core/config/fault.hpp"

#include <filesystem>
#include <fmt/format.h>

namespace epode::config {

std::string Position::text() const {
    if (!file) return {};
    if (line == 0) return *file;
    return fmt::format("{}:{}:{}", *file, line, column);
}

std::string Position::folder() const {
    return file ? std::filesystem::path(*file).parent_path().string() : std::string();
}

std::string Fault::line() const {
    std::string where = at.text();
    return where.empty() ? text : where + ": " + text;
}

Faults one_fault(std::string text) {
    Faults faults;
    faults.emplace_back(Position(), std::move(text));
    return faults;
}

std::string relative_to(const std::string& folder, const std::string& path) {
    return (std::filesystem::path(folder) / path).lexically_normal().string();
}

} // namespace epode::config
