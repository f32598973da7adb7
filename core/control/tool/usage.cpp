// SPDX-License-Identifier: MIT
#include "core/control/tool/usage.hpp"

#include "core/control/tool/commands.hpp"
#include "core/control/tool/print.hpp"

namespace epode::control::tool {

namespace {

std::string with_value(const Option& option) {
    return std::string(option.name) + (option.value.empty() ? "" : " ") + std::string(option.value);
}

std::string options_of(const Entry* entry) {
    std::vector<Row> rows;
    for (const auto& option : options())
        if (!entry || takes(*entry, option)) rows.push_back({with_value(option), std::string(option.help)});
    return aligned(rows, 2);
}

} // namespace

std::string help() {
    std::vector<Row> rows;
    for (const auto* entry : all_commands()) rows.push_back({signature(*entry), std::string(entry->help)});
    return "epodectl: look after a running Epode server\n"
           "\n"
           "usage: epodectl [OPTION...] COMMAND [ARGUMENT...]\n"
           "\n" +
           aligned(rows, 2) + "\n" + options_of(nullptr);
}

std::string help(std::string_view noun) {
    std::vector<Row> rows;
    for (const auto* entry : all_commands())
        if (noun_of(*entry) == noun) rows.push_back({signature(*entry), std::string(entry->help)});
    std::string_view about;
    for (const auto& word : first_words())
        if (word.word == noun) about = word.help;
    return "epodectl " + std::string(noun) + ": " + std::string(about) + "\n\n" + aligned(rows, 2);
}

std::string help(const Entry& entry) {
    std::vector<Row> rows;
    for (const auto& parameter : entry.parameters)
        if (!parameter.name.empty()) rows.push_back({std::string(parameter.name), std::string(parameter.help)});
    auto text = "epodectl " + std::string(entry.words) + ": " + std::string(entry.help) + "\n\n";
    text += "usage: epodectl " + signature(entry) + "\n\n";
    if (!rows.empty()) text += aligned(rows, 2) + "\n";
    return text + options_of(&entry);
}

} // namespace epode::control::tool
