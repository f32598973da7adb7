// SPDX-License-Identifier: MIT
// CLI11 tells words from options; which words are right is said by the catalogue, so that all faults read alike.
#include "core/control/tool/command_line.hpp"

#include "core/config/suggest.hpp"
#include "core/control/tool/commands.hpp"
#include "core/control/tool/print.hpp"
#include "core/control/tool/usage.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>

namespace epode::control::tool {

namespace {

std::string in_quotes(std::string_view word) { return "\"" + std::string(word) + "\""; }

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
    const auto near = config::nearest(word, known);
    return near.empty() ? "" : " (did you mean " + in_quotes(near) + "?)";
}

class CommandLine {
public:
    CommandLine();
    std::expected<Asked, Told> read(std::vector<std::string> arguments);

private:
    void add(const Entry& entry);
    void add(CLI::App& to, const Option& option);
    const CLI::App* innermost() const;
    std::string help_of(const CLI::App* app) const;
    std::string whole(std::string_view word) const;

    Told unknown(const std::string& word) const;
    std::expected<Asked, Told> asked(const Entry& entry, const CLI::App& app) const;

    CLI::App app_;
    std::map<const CLI::App*, const Entry*> entries_;
};

CommandLine::CommandLine() {
    app_.set_help_flag("-h,--help");
    app_.set_version_flag("--version", EPODE_VERSION);
    app_.fallthrough(); // options may stand anywhere
    app_.allow_extras();
    app_.require_subcommand(0, 1);
    for (const auto& option : options())
        if (option.of == Option::Of::all && option.name != "--help" && option.name != "--version") add(app_, option);
    for (const auto* entry : all_commands()) add(*entry);
}

void CommandLine::add(CLI::App& to, const Option& option) {
    if (option.value.empty())
        to.add_flag(std::string(option.name));
    else
        to.add_option(std::string(option.name))->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void CommandLine::add(const Entry& entry) {
    auto* parent = &app_;
    if (const std::string noun(noun_of(entry)); !noun.empty()) {
        const auto there = app_.get_subcommands([&](const CLI::App* app) { return app->get_name() == noun; });
        parent = there.empty() ? app_.add_subcommand(noun) : there.front();
    }
    auto* app = parent->add_subcommand(std::string(verb_of(entry)));
    entries_[app] = &entry;
    for (const auto& option : options())
        if (option.of != Option::Of::all && takes(entry, option)) add(*app, option);
    // One place for each, so that none takes another's; how many there must be is checked afterwards.
    for (const auto& parameter : entry.parameters) {
        if (parameter.name.empty()) continue;
        auto* place = app->add_option("place" + std::to_string(&parameter - entry.parameters.data()));
        if (parameter.many) place->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
    }
}

const CLI::App* CommandLine::innermost() const {
    const CLI::App* app = &app_;
    while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
    return app;
}

std::string CommandLine::help_of(const CLI::App* app) const {
    if (const auto entry = entries_.find(app); entry != entries_.end()) return help(*entry->second);
    return app == &app_ ? help() : help(app->get_name());
}

/// `word` behind the noun that was given, if any.
std::string CommandLine::whole(std::string_view word) const {
    const auto* app = innermost();
    return (app == &app_ ? "" : app->get_name() + " ") + std::string(word);
}

Told CommandLine::unknown(const std::string& word) const {
    const auto entry = entries_.find(innermost());
    std::vector<std::string_view> known;
    if (word.starts_with('-')) {
        for (const auto& option : options())
            if (entry == entries_.end() || takes(*entry->second, option)) known.push_back(option.name);
        return Told("there is no option " + in_quotes(word) + did_you_mean(word, known));
    }
    if (entry != entries_.end())
        return Told(in_quotes(word) + " is too much; usage: epodectl " + signature(*entry->second));
    std::vector<std::string> names;
    for (const auto& next : innermost() == &app_ ? first_words() : second_words(innermost()->get_name()))
        names.push_back(whole(next.word));
    for (const auto& name : names) known.push_back(name);
    return Told("there is no command " + in_quotes(whole(word)) + did_you_mean(whole(word), known));
}

/// The one fault that is left to CLI11 to find; its message begins with the option's name.
Told wrong_option(std::string_view message) {
    const auto name = message.substr(0, message.find(':'));
    const auto option = std::ranges::find(options(), name, &Option::name);
    if (option == options().end()) return Told(std::string(message));
    return Told(std::string(name) + " needs a value: " + std::string(name) + " " + std::string(option->value));
}

/// Nothing but paths is changed.
std::string value_of(const Parameter& parameter, const std::string& given) {
    if (parameter.kind != Parameter::Kind::path || given.empty()) return given;
    return std::filesystem::absolute(given).lexically_normal().string();
}

std::expected<Asked, Told> CommandLine::asked(const Entry& entry, const CLI::App& app) const {
    Asked asked;
    asked.entry = &entry;
    if (const auto noun = noun_of(entry); !noun.empty()) asked.request.words.emplace_back(noun);
    asked.request.words.emplace_back(verb_of(entry));
    for (const auto& parameter : entry.parameters) {
        if (parameter.name.empty()) continue;
        const auto given = app["place" + std::to_string(&parameter - entry.parameters.data())]->results();
        if (given.empty() && parameter.required)
            return std::unexpected(
                Told(std::string(parameter.name) + " is missing; usage: epodectl " + signature(entry)));
        for (const auto& value : given) {
            if (parameter.kind == Parameter::Kind::assignment && value.ends_with("=-"))
                asked.unseen.push_back(asked.request.words.size());
            asked.request.words.push_back(value_of(parameter, value));
        }
    }
    const auto chosen = [](const CLI::App& where, const char* name) {
        const auto* option = where.get_option_no_throw(name);
        return option && option->count() ? option->results().back() : std::string();
    };
    asked.socket = chosen(app_, "--socket");
    asked.json = app_.count("--json") > 0;
    asked.password_file = chosen(app, "--password-file");
    if (auto host = chosen(app, "--host"); !host.empty()) asked.request.options["host"] = std::move(host);
    return asked;
}

std::expected<Asked, Told> CommandLine::read(std::vector<std::string> arguments) {
    for (const auto& word : arguments)
        if (!is_utf8(word)) return std::unexpected(Told(in_quotes(printable(word)) + " is not in UTF-8"));
    std::ranges::reverse(arguments);
    try {
        app_.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
        return std::unexpected(Told(help_of(innermost()), Told::As::answer));
    } catch (const CLI::CallForVersion&) {
        return std::unexpected(Told("epodectl " EPODE_VERSION "\n", Told::As::answer));
    } catch (const CLI::ParseError& wrong) {
        return std::unexpected(wrong_option(wrong.what()));
    }
    auto rest = app_.remaining(true);
    std::erase(rest, "--"); // the mark itself is left over, too
    if (!rest.empty()) return std::unexpected(unknown(rest.front()));
    const auto entry = entries_.find(innermost());
    if (entry == entries_.end()) return std::unexpected(Told(help_of(innermost()), Told::As::usage));
    return asked(*entry->second, *entry->first);
}

} // namespace

std::expected<Asked, Told> read_command_line(std::vector<std::string> arguments) {
    return CommandLine().read(std::move(arguments));
}

} // namespace epode::control::tool
