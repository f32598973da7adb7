// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bench {
namespace {

double median(const Column& column, std::size_t row) {
    std::vector<double> values;
    for (const auto& run : column.runs)
        if (row < run.figures().size()) values.push_back(run.figures()[row].second);
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const auto middle = values.size() / 2;
    return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::string number(double value) {
    if (value == static_cast<double>(static_cast<long long>(value))) return fmt::format("{:.0f}", value);
    return fmt::format("{:.{}f}", value, value < 10 ? 3 : value < 1000 ? 1 : 0);
}

} // namespace

std::string table(const std::vector<Column>& columns) {
    std::string out;
    if (columns.size() > 1) {
        out += fmt::format("{:32}", "");
        for (const auto& column : columns) out += fmt::format("{:>12}", column.server);
        for (std::size_t i = 1; i < columns.size(); ++i)
            out += fmt::format("{:>22}", columns[i].server + "/" + columns[0].server);
        out += '\n';
    }
    for (std::size_t row = 0; row < columns[0].runs[0].figures().size(); ++row) {
        out += fmt::format("{:32}", columns[0].runs[0].figures()[row].first);
        const double first = median(columns[0], row);
        for (const auto& column : columns) out += fmt::format("{:>12}", number(median(column, row)));
        for (std::size_t i = 1; i < columns.size(); ++i)
            out += fmt::format("{:>22}", first != 0 ? fmt::format("{:.2f}", median(columns[i], row) / first) : "-");
        out += '\n';
    }
    return out;
}

std::string json(std::string_view scenario, const std::vector<Column>& columns) {
    nlohmann::ordered_json out;
    out["scenario"] = scenario;
    for (const auto& column : columns) {
        auto& server = out["servers"][column.server];
        for (std::size_t row = 0; row < column.runs[0].figures().size(); ++row)
            server["median"][column.runs[0].figures()[row].first] = median(column, row);
        for (const auto& run : column.runs) {
            auto& figures = server["runs"].emplace_back();
            for (const auto& [name, value] : run.figures()) figures[name] = value;
        }
    }
    return out.dump(2) + "\n";
}

} // namespace bench
