// SPDX-License-Identifier: MIT
#include "core/control/tool/completion.hpp"

#include "core/control/tool/commands.hpp"
#include "core/control/tool/shells.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace epode::control::tool {

namespace {

using Words = std::vector<std::string>;

/// One word of a shell. In all three nothing but the quote means anything between quotes (in fish the backslash, too).
std::string in_quotes(std::string_view text) {
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? "'\\''" : std::string(1, c);
    return word + "'";
}

std::string joined(const Words& parts, std::string_view between) {
    std::string text;
    for (const auto& part : parts) text += (text.empty() ? "" : std::string(between)) + part;
    return text;
}

std::string filled(std::string_view script, const std::map<std::string, std::string>& values) {
    std::string text(script);
    for (const auto& [name, value] : values) {
        const auto place = "@" + name + "@";
        for (auto at = text.find(place); at != text.npos; at = text.find(place, at + value.size()))
            text.replace(at, place.size(), value);
    }
    return text;
}

// ---- What the catalogue says --------------------------------------------------------------------------------------

bool has_value(const Option& option) { return !option.value.empty(); }
bool has_file(const Option& option) { return option.file; }
bool has_other_value(const Option& option) { return has_value(option) && !option.file; }
bool is_for_all(const Option& option) { return option.of == Option::Of::all; }

Words names(bool (*wanted)(const Option&)) {
    Words found;
    for (const auto& option : options())
        if (wanted(option)) found.emplace_back(option.name);
    return found;
}

std::vector<Word> special_options(const Entry& entry) {
    std::vector<Word> found;
    for (const auto& option : options())
        if (!is_for_all(option) && takes(entry, option)) found.push_back({option.name, option.help});
    return found;
}

/// What may follow the words `behind`.
struct Step {
    std::string_view behind;
    std::vector<Word> words;
};

std::vector<Step> steps() {
    std::vector<Step> all;
    all.push_back({"", first_words()});
    for (const auto& noun : nouns()) all.push_back({noun.name, second_words(noun.name)});
    all.push_back({"completion", {{"bash", ""}, {"zsh", ""}, {"fish", ""}}});
    return all;
}

/// Patterns for the words behind which a path may follow.
Words before_paths() {
    Words patterns;
    for (const auto* entry : all_commands()) {
        std::string pattern = in_quotes(entry->words);
        for (const auto& parameter : entry->parameters) {
            if (parameter.kind == Parameter::Kind::path) patterns.push_back(pattern);
            pattern += "' '*";
        }
    }
    return patterns;
}

// ---- bash and zsh -------------------------------------------------------------------------------------------------

std::string plain(const std::vector<Word>& words) {
    Words all;
    for (const auto& word : words) all.emplace_back(word.word);
    return joined(all, " ");
}

std::string explained(const std::vector<Word>& words) {
    Words all;
    for (const auto& word : words)
        all.push_back(in_quotes(std::string(word.word) + (word.help.empty() ? "" : ":") + std::string(word.help)));
    return joined(all, " ");
}

/// `begin` and `end` stand around the words that are offered, `files` is what offers files.
std::map<std::string, std::string> values(std::string (*list)(const std::vector<Word>&), const std::string& begin,
                                          const std::string& end, const std::string& files) {
    std::map<std::string, std::string> all;
    all["options with a value"] = joined(names(has_value), " | ");
    all["options with a file"] = joined(names(has_file), " | ");
    all["options with another value"] = joined(names(has_other_value), " | ");
    std::vector<Word> common;
    for (const auto& option : options())
        if (is_for_all(option)) common.push_back({option.name, option.help});
    all["options of all"] = list(common);
    for (const auto* entry : all_commands())
        if (const auto special = special_options(*entry); !special.empty())
            all["options of some"] +=
                "        " + in_quotes(entry->words) + "*) offered+=" + begin + list(special) + end + " ;;\n";
    for (const auto& step : steps())
        all["words"] += "        " + in_quotes(step.behind) + ") offered=" + begin + list(step.words) + end + " ;;\n";
    for (const auto& pattern : before_paths()) all["words"] += "        " + pattern + ") " + files + " ;;\n";
    return all;
}

// ---- fish ---------------------------------------------------------------------------------------------------------

std::string option_line(const Option& option) {
    std::string line =
        "complete -c epodectl -l " + std::string(option.name.substr(2)) + " -d " + in_quotes(option.help);
    if (option.file) line += " -r -F";
    if (has_other_value(option)) line += " -x";
    if (!is_for_all(option)) {
        Words takers;
        for (const auto* entry : all_commands())
            if (takes(*entry, option)) takers.emplace_back(entry->words);
        line += " -n 'string match -qr -- \"^(" + joined(takers, "|") + ")\" (__epodectl_given)'";
    }
    return line + "\n";
}

std::map<std::string, std::string> fish_values() {
    std::map<std::string, std::string> all;
    all["options with a value"] = joined(names(has_value), " ");
    for (const auto& option : options())
        all[is_for_all(option) ? "options of all" : "options of some"] += option_line(option);
    for (const auto& step : steps()) {
        all["words"] += "        case " + in_quotes(step.behind) + "\n            printf '%s\\t%s\\n'";
        for (const auto& word : step.words) all["words"] += " " + in_quotes(word.word) + " " + in_quotes(word.help);
        all["words"] += "\n";
    }
    for (const auto& pattern : before_paths())
        all["words"] += "        case " + pattern + "\n            __fish_complete_path (commandline -ct)\n";
    return all;
}

} // namespace

std::optional<std::string> completion(std::string_view shell) {
    if (shell == "bash") return filled(shells::bash, values(plain, "'", "'", "compopt -o default"));
    if (shell == "zsh") return filled(shells::zsh, values(explained, "(", ")", "_files; return"));
    if (shell == "fish") return filled(shells::fish, fish_values());
    return std::nullopt;
}

} // namespace epode::control::tool
