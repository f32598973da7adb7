// SPDX-License-Identifier: MIT
// run: the commands that modules register, which clients reach by XEP-0050. The administrator here has every role.
#include "core/config/schema.hpp"
#include "core/control/command.hpp"
#include "core/module.hpp"
#include "core/server.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace epode::control {

namespace {

/// "MESSAGE [SUBJECT]", as the tool takes them.
std::string parameters_of(const CommandEntry& entry) {
    std::string text;
    for (const auto& param : entry.params)
        text += (text.empty() ? "" : " ") + (param.required ? param.name + "=" : "[" + param.name + "=]");
    return text;
}

Answer list(const std::vector<Host*>& hosts) {
    Answer answer;
    answer.columns = {"command", "host", "module", "role", "arguments", "title"};
    for (const auto* host : hosts)
        for (const auto* entry : host->commands())
            answer.rows.push_back({entry->node, std::string(host->domain()), entry->module->name(),
                                   std::string(name(entry->role)), parameters_of(*entry), entry->title});
    std::ranges::sort(answer.rows);
    if (answer.rows.empty()) answer = Answer("no module has a command");
    return answer;
}

CommandEntry* find(const Host& host, std::string_view node) {
    const auto found = std::ranges::find(host.commands(), node, &CommandEntry::node);
    return found == host.commands().end() ? nullptr : *found;
}

/// The command and its host: the only one that has it, or the one that was named.
Result<std::pair<Host*, CommandEntry*>, Answer> choose(const std::vector<Host*>& hosts, const std::string& node) {
    std::vector<std::pair<Host*, CommandEntry*>> having;
    std::vector<std::string_view> known;
    std::vector<std::string> domains;
    for (auto* host : hosts) {
        for (const auto* entry : host->commands())
            if (std::ranges::find(known, entry->node) == known.end()) known.push_back(entry->node);
        if (auto* entry = find(*host, node)) {
            having.emplace_back(host, entry);
            domains.emplace_back(host->domain());
        }
    }
    if (having.empty())
        return std::unexpected(Answer::failure("no module has a command " + node + or_known(node, known)));
    if (having.size() > 1)
        return std::unexpected(
            Answer::failure(node + " is a command of several hosts; name one of them (" + joined(domains) + ")"));
    return having.front();
}

Result<> check(const Param& param, const std::string& value) {
    if (param.type == Param::Type::boolean && value != "true" && value != "false")
        return fail(param.name + "=" + value + ": a truth value is true or false");
    if (param.type != Param::Type::jid) return {};
    if (const auto jid = Jid::parse(value); !jid) return fail(param.name + "=" + value + ": " + jid.error().text);
    return {};
}

Result<CommandCall> call_of(const CommandEntry& entry, const std::vector<std::string>& arguments) {
    CommandCall call;
    std::vector<std::string_view> known;
    for (const auto& param : entry.params) known.push_back(param.name);
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        const auto equals = std::min(arguments[i].find('='), arguments[i].size());
        const auto key = arguments[i].substr(0, equals);
        const auto param = std::ranges::find(entry.params, key, &Param::name);
        if (param == entry.params.end()) return fail(entry.node + " takes no " + key + or_known(key, known));
        if (equals == arguments[i].size()) return fail("write " + key + "=VALUE");
        auto value = arguments[i].substr(equals + 1);
        if (auto good = check(*param, value); !good) return std::unexpected(good.error());
        call.arguments.emplace_back(key, std::move(value));
    }
    for (const auto& param : entry.params)
        if (param.required && call.argument(param.name).empty())
            return fail(fmt::format("{} needs {}=VALUE{}", entry.node, param.name,
                                    param.help.empty() ? "" : ": " + param.help));
    return call;
}

Task<Answer> run(Call call) {
    const auto hosts = hosts_for(call);
    if (!hosts) co_return hosts.error();
    if (call.arguments.empty()) co_return list(*hosts);
    const auto chosen = choose(*hosts, call.argument(0));
    if (!chosen) co_return chosen.error();
    auto [host, entry] = *chosen;
    auto given = call_of(*entry, call.arguments);
    if (!given) co_return Answer::failure(given.error().text);
    given->host = host;
    Logger("control").info("a command is run", {{"command", entry->node}, {"host", host->domain()}});
    // The command's module may be unloaded while we wait: nothing of the entry is used afterwards.
    const auto inside = entry->module->gate().enter();
    Task<CommandResult> running = entry->call(std::move(*given));
    CommandResult outcome = co_await running;
    Answer answer(std::move(outcome.text));
    answer.ok = outcome.ok;
    answer.columns = std::move(outcome.columns);
    answer.rows = std::move(outcome.rows);
    if (answer.text.empty()) answer.text = answer.ok ? "done" : "the command failed";
    co_return answer;
}

constexpr Command table[] = {{"run", run}};

} // namespace

std::span<const Command> run_commands() noexcept { return table; }

} // namespace epode::control
