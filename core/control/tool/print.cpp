// SPDX-License-Identifier: MIT
#include "core/control/tool/print.hpp"

#include <algorithm>
#include <cwchar>
#include <optional>

namespace epode::control::tool {

namespace {

struct Character {
    char32_t code;
    std::size_t length;
};

/// The character at the beginning of `text`, or nothing where that is no UTF-8 (RFC 3629 section 3).
std::optional<Character> character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::size_t length = byte(0) < 0x80 ? 1 : byte(0) < 0xC2 ? 0 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
    if (length == 0 || byte(0) > 0xF4 || length > text.size()) return std::nullopt;
    if (length == 1) return Character{byte(0), 1};
    char32_t code = byte(0) & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return std::nullopt;
        code = code << 6 | (byte(i) & 0x3F);
    }
    constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < least[length] || code > 0x10FFFF || surrogate) return std::nullopt;
    return Character{code, length};
}

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

/// `kept` are the control characters that may stay.
std::string cleaned(std::string_view text, std::string_view kept) {
    std::string clean;
    clean.reserve(text.size());
    while (!text.empty()) {
        const auto next = character(text);
        const auto length = next ? next->length : 1;
        const bool stays = next && (!is_control(next->code) || kept.find(text.front()) != kept.npos);
        clean += stays ? text.substr(0, length) : "?";
        text.remove_prefix(length);
    }
    return clean;
}

bool is_number(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_numeric(const std::vector<Row>& rows, std::size_t column) {
    bool any = false;
    for (const auto& row : rows) {
        if (column >= row.size() || row[column] == "-" || row[column].empty()) continue;
        if (!is_number(row[column])) return false;
        any = true;
    }
    return any;
}

struct Column {
    std::size_t width = 0;
    bool numeric = false;
};

std::string line_of(const Row& row, const std::vector<Column>& columns, std::size_t indent) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string padding(columns[i].width - width(row[i]), ' ');
        line += (i ? "  " : "") + (columns[i].numeric ? padding + row[i] : row[i] + padding);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

std::string aligned(std::vector<Row> rows, std::size_t indent, std::size_t titles) {
    std::vector<Column> columns;
    for (auto& row : rows) {
        columns.resize(std::max(columns.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            row[i] = cleaned(row[i], "");
            columns[i].width = std::max(columns[i].width, width(row[i]));
        }
    }
    const std::vector<Row> below(rows.begin() + static_cast<std::ptrdiff_t>(titles), rows.end());
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i].numeric = is_numeric(below, i);
    std::string text;
    for (const auto& row : rows) text += line_of(row, columns, indent);
    return text;
}

} // namespace

std::size_t width(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) {
        const auto next = character(text);
        const int wide = next ? ::wcwidth(static_cast<wchar_t>(next->code)) : 1;
        columns += wide < 0 ? 1 : static_cast<std::size_t>(wide);
        text.remove_prefix(next ? next->length : 1);
    }
    return columns;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto next = character(text);
        if (!next) return false;
        text.remove_prefix(next->length);
    }
    return true;
}

std::string printable(std::string_view text) { return cleaned(text, "\n\t"); }

std::string aligned(const std::vector<Row>& rows, std::size_t indent) { return aligned(rows, indent, 0); }

std::string table(const Row& columns, const std::vector<Row>& rows) {
    if (rows.empty()) return "none\n";
    std::vector<Row> lines{columns};
    lines.insert(lines.end(), rows.begin(), rows.end());
    return aligned(std::move(lines), 0, 1);
}

std::string for_people(const Answer& answer) {
    std::string text;
    const auto part = [&](std::string given) {
        if (given.empty()) return;
        if (!given.ends_with('\n')) given += '\n';
        text += (text.empty() ? "" : "\n") + given;
    };
    if (answer.ok) part(printable(answer.text));
    std::vector<Row> details;
    for (const auto& [name, value] : answer.details) details.push_back({name, value});
    part(aligned(details));
    if (!answer.columns.empty()) part(table(answer.columns, answer.rows));
    return text;
}

} // namespace epode::control::tool
