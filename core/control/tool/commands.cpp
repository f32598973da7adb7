// SPDX-License-Identifier: MIT
#include "core/control/tool/commands.hpp"

#include <algorithm>

namespace epode::control::tool {

namespace {

constexpr Option all_options[] = {
    {"--socket", "PATH", "the server's control socket", Option::Of::all, true},
    {"--json", "", "print the server's answer as a JSON object"},
    {"--host", "DOMAIN", "on one host only", Option::Of::host},
    {"--password-file", "FILE", "take the password from the first line of a file; - is standard input",
     Option::Of::password, true},
    {"--help", "", "print this and end"},
    {"--version", "", "print the version and end"},
};

constexpr Entry own[] = {
    {"completion", "print the completion script of a shell", {{{"SHELL", "bash, zsh or fish"}}}},
    {"manual", "print the manual page, in roff"},
};

} // namespace

std::span<const Option> options() noexcept { return all_options; }

bool takes(const Entry& entry, const Option& option) noexcept {
    switch (option.of) {
    case Option::Of::all:
        return true;
    case Option::Of::host:
        return entry.host;
    case Option::Of::password:
        return entry.password;
    }
    return false;
}

std::span<const Entry> own_commands() noexcept { return own; }

bool is_own(const Entry& entry) noexcept {
    return std::ranges::any_of(own, [&](const Entry& mine) { return mine.words == entry.words; });
}

std::vector<const Entry*> all_commands() {
    std::vector<const Entry*> all;
    for (const auto& entry : catalogue()) all.push_back(&entry);
    for (const auto& entry : own) all.push_back(&entry);
    return all;
}

std::string_view noun_of(const Entry& entry) noexcept {
    const auto space = entry.words.find(' ');
    return space == entry.words.npos ? std::string_view() : entry.words.substr(0, space);
}

std::string_view verb_of(const Entry& entry) noexcept {
    const auto noun = noun_of(entry);
    return noun.empty() ? entry.words : entry.words.substr(noun.size() + 1);
}

std::vector<Word> first_words() {
    std::vector<Word> words;
    for (const auto* entry : all_commands()) {
        const auto noun = noun_of(*entry);
        if (noun.empty()) {
            words.push_back({entry->words, entry->help});
        } else if (std::ranges::find(words, noun, &Word::word) == words.end()) {
            const auto known = std::ranges::find(nouns(), noun, &Noun::name);
            words.push_back({noun, known == nouns().end() ? std::string_view() : known->help});
        }
    }
    return words;
}

std::vector<Word> second_words(std::string_view noun) {
    std::vector<Word> words;
    for (const auto* entry : all_commands())
        if (noun_of(*entry) == noun) words.push_back({verb_of(*entry), entry->help});
    return words;
}

std::string signature(const Entry& entry) {
    std::string text(entry.words);
    for (const auto& parameter : entry.parameters) {
        if (parameter.name.empty()) continue;
        const auto name = std::string(parameter.name) + (parameter.many ? "..." : "");
        text += parameter.required ? " " + name : " [" + name + "]";
    }
    return text;
}

} // namespace epode::control::tool
