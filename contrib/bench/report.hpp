// SPDX-License-Identifier: MIT
// Figures in the order in which they were found, and how they are shown: as a table, side by side with ratios, or as
// JSON.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bench {

using Figure = std::pair<std::string, double>;

class Report {
public:
    void add(std::string name, double value) { figures_.emplace_back(std::move(name), value); }
    const std::vector<Figure>& figures() const { return figures_; }

private:
    std::vector<Figure> figures_;
};

/// The runs of one server.
struct Column {
    std::string server;
    std::vector<Report> runs;
};

/// One line a figure: each server's median over its runs, and the ratios to the first one.
std::string table(const std::vector<Column>& columns);
/// All runs and the medians.
std::string json(std::string_view scenario, const std::vector<Column>& columns);

} // namespace bench
