// SPDX-License-Identifier: MIT
// What the tests of control commands share: an answer as a sentence, its table as rows, a folder that goes away.
#pragma once

#include "core/control/wire.hpp"
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <stdlib.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace epode::control_kit {

using control::Answer;
using Rows = std::vector<std::vector<std::string>>;
using Options = std::map<std::string, std::string>;

/// The sentence, with a mark where it is a failure.
inline std::string said(const Answer& answer) { return (answer.ok ? "" : "failure: ") + answer.text; }

inline std::string value_of(const Answer& answer, std::string_view name) {
    const auto found = std::ranges::find(answer.details, name, &std::pair<std::string, std::string>::first);
    return found == answer.details.end() ? "no such detail" : found->second;
}

/// Of each row the cells under these columns, sorted.
inline Rows cells(const Answer& answer, const std::vector<std::string>& columns) {
    Rows rows;
    for (const auto& row : answer.rows) {
        auto& cut = rows.emplace_back();
        for (const auto& column : columns) {
            const auto at = std::ranges::find(answer.columns, column);
            REQUIRE(at != answer.columns.end());
            cut.push_back(row.at(static_cast<std::size_t>(at - answer.columns.begin())));
        }
    }
    std::ranges::sort(rows);
    return rows;
}

inline Rows of_kind(const Answer& answer, const std::string& kind, const std::vector<std::string>& columns) {
    Answer only(answer);
    std::erase_if(only.rows, [&](const auto& row) { return row.front() != kind; });
    return cells(only, columns);
}

inline const Options password{{"password", "a good secret"}};
inline const Options example_org{{"host", "example.org"}};

struct Folder {
    std::filesystem::path path;

    Folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "epode-control-XXXXXX").string();
        path = ::mkdtemp(pattern.data());
    }
    ~Folder() { std::filesystem::remove_all(path); }
};

} // namespace epode::control_kit
