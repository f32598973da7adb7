// SPDX-License-Identifier: MIT
// The configuration and the log's levels.
#include "core/base/log.hpp"
#include "core/config/diff.hpp"
#include "core/config/schema.hpp"
#include "core/config/server_config.hpp"
#include "core/control/command.hpp"
#include "core/module/registry.hpp"
#include "core/server.hpp"

#include <algorithm>

namespace epode::control {

namespace {

Answer faults_of(const config::Faults& faults) {
    std::string text;
    for (const auto& fault : faults) text += (text.empty() ? "" : "\n") + fault.line();
    return Answer::failure(std::move(text));
}

Task<config::Loaded> load_other(Server& server, std::string file) {
    ModuleRegistry::Reader reader = [file = std::move(file)](const config::Schema& schema) {
        return config::load(file, schema, config::Disk());
    };
    co_return co_await server.modules().read(server.pool(), std::move(reader));
}

Task<Answer> check(Call call) {
    auto task = call.arguments.empty() ? call.server->load_config() : load_other(*call.server, call.argument(0));
    const auto loaded = co_await std::move(task);
    if (!loaded) co_return faults_of(loaded.error());
    co_return Answer("the configuration is good");
}

/// A module that needs its restart has had it, unless that failed.
std::string_view outcome_of(const config::Change& change, const Server::Applied& applied) {
    const auto failed = [&](const auto& failure) { return change.path.ends_with("/" + failure.module); };
    switch (change.needs) {
    case Needs::nothing:
        return "applied";
    case Needs::module_restart:
        return std::ranges::any_of(applied.failures, failed) ? "needs module restart" : "applied, module restarted";
    case Needs::server_restart:
        return "needs server restart";
    }
    return "";
}

std::vector<std::string> row_of(const config::Change& change, const Server::Applied& applied) {
    using What = config::Change::What;
    const std::string outcome(outcome_of(change, applied));
    if (change.what == What::changed) return {change.path, change.option, change.old_text, change.new_text, outcome};
    return {change.path, "", change.what == What::added ? "" : "there", change.what == What::added ? "new" : "gone",
            outcome};
}

Task<Answer> reload(Call call) {
    const auto reloaded = co_await call.server->reload_config();
    if (!reloaded) co_return faults_of(reloaded.error());
    Answer answer(reloaded->changes.empty() ? "loaded; nothing has changed" : "loaded");
    answer.ok = reloaded->failures.empty();
    for (const auto& failure : reloaded->failures)
        answer.text += "\nmodule " + failure.module + " goes on as it was: " + failure.reason;
    if (!reloaded->changes.empty()) answer.columns = {"where", "option", "before", "now", "outcome"};
    for (const auto& change : reloaded->changes) answer.rows.push_back(row_of(change, *reloaded));
    co_return answer;
}

Task<Answer> log_show(Call) {
    Answer answer;
    answer.columns = {"area", "level"};
    for (const auto& [area, level] : logging::areas()) answer.rows.push_back({area, std::string(logging::name(level))});
    co_return answer;
}

/// Areas that nothing has been written to yet are no mistake, but may be one.
std::string unheard_of(const std::string& levels) {
    const auto areas = logging::areas();
    std::vector<std::string_view> known;
    for (const auto& [area, level] : areas) known.push_back(area);
    std::string text;
    for (std::size_t at = 0, end = 0; at < levels.size(); at = end + 1) {
        end = std::min(levels.find(',', at), levels.size());
        const auto entry = std::string_view(levels).substr(at, end - at);
        const auto equals = std::min(entry.find('='), entry.size());
        const auto begin = std::min(entry.find_first_not_of(' '), equals);
        const auto area = entry.substr(begin, equals - begin);
        if (equals == entry.size() || std::ranges::find(known, area) != known.end()) continue;
        text += "\nnothing has been written to the area " + std::string(area) + " yet" +
                config::did_you_mean(area, known, "", "");
    }
    return text;
}

/// As in the configuration; words may stand alone: "info" "tls=debug".
Task<Answer> log_set(Call call) {
    const auto levels = joined(call.arguments);
    const auto hint = unheard_of(levels);
    if (const auto wrong = logging::adjust(levels); !wrong.empty()) co_return Answer::failure(wrong);
    Logger("control").info("levels of the log were set", {{"levels", levels}});
    co_return Answer("set: " + levels + hint);
}

constexpr Command table[] = {
    {"config check", check}, {"config reload", reload}, {"log show", log_show}, {"log set", log_set}};

} // namespace

std::span<const Command> config_commands() noexcept { return table; }

} // namespace epode::control
