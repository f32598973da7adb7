// SPDX-License-Identifier: MIT
#include "core/control/execute.hpp"

#include "core/base/log.hpp"
#include "core/config/schema.hpp"
#include "core/control/catalogue.hpp"
#include "core/control/command.hpp"
#include "core/host.hpp"
#include "core/server.hpp"
#include "storage/engine.hpp"
#include "xep/xep0082_datetime.hpp"

#include <algorithm>

namespace epode::control {

namespace {

std::string words_of(const Request& request, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count && i < request.words.size(); ++i) text += (i ? " " : "") + request.words[i];
    return text;
}

std::size_t length_of(std::string_view words) { return static_cast<std::size_t>(std::ranges::count(words, ' ')) + 1; }

const Entry* entry_of(const Request& request) {
    for (const std::size_t count : {2u, 1u})
        for (const auto& entry : catalogue())
            if (request.words.size() >= count && length_of(entry.words) == count && entry.words == words_of(request, count))
                return &entry;
    return nullptr;
}

const Command* command_of(std::string_view words) {
    for (const auto& table :
         {server_commands(), session_commands(), account_commands(), module_commands(), config_commands()})
        if (const auto found = std::ranges::find(table, words, &Command::words); found != table.end()) return &*found;
    return nullptr;
}

Answer unknown(const Request& request) {
    std::vector<std::string_view> known;
    for (const auto& entry : catalogue()) known.push_back(entry.words);
    const auto words = words_of(request, 2);
    return Answer::failure("there is no command \"" + words + "\"" + config::did_you_mean(words, known, "\"", "\""));
}

std::string usage(const Entry& entry) {
    std::string text(entry.words);
    for (const auto& parameter : entry.parameters) {
        if (parameter.name.empty()) continue;
        const std::string name = std::string(parameter.name) + (parameter.many ? "..." : "");
        text += parameter.required ? " " + name : " [" + name + "]";
    }
    return text;
}

Task<Answer> run(const Command* command, Call call) {
    try {
        co_return co_await command->run(std::move(call));
    } catch (const storage::Failure& failure) {
        co_return Answer::failure(std::string("the store cannot do that: ") + failure.what());
    } catch (const std::exception& thrown) {
        co_return Answer::failure(std::string("that failed: ") + thrown.what());
    }
}

} // namespace

Task<Answer> execute(Server& server, Request request) {
    const auto* entry = entry_of(request);
    if (!entry) co_return unknown(request);
    const auto length = static_cast<std::ptrdiff_t>(length_of(entry->words));
    std::vector<std::string> arguments(request.words.begin() + length, request.words.end());
    if (arguments.size() < entry->least() || arguments.size() > entry->most())
        co_return Answer::failure("this is how: " + usage(*entry));
    const auto* command = command_of(entry->words);
    if (!command) co_return Answer::failure("this server cannot do that");
    Logger("control").debug("command", {{"words", entry->words}});
    Call call(server, std::move(arguments), std::move(request.options));
    co_return co_await run(command, std::move(call));
}

// ---- What several commands need -----------------------------------------------------------------------------------------

namespace {
Task<> visit(Shard* shard, std::function<void(Shard&)> look) {
    look(*shard);
    co_return;
}
} // namespace

Task<> on_every_shard(Server* server, std::function<void(Shard&)> look) {
    for (std::size_t i = 0; i < server->shard_count(); ++i) {
        auto task = visit(&server->shard(i), look);
        co_await server->at(server->shard(i), std::move(task));
    }
}

Result<std::vector<Host*>, Answer> hosts_for(const Call& call) {
    std::vector<Host*> hosts;
    for (const auto& [domain, host] : call.server->shard(0).hosts()) hosts.push_back(host.get());
    std::ranges::sort(hosts, {}, &Host::domain);
    const auto wanted = call.option("host");
    if (wanted.empty()) return hosts;
    std::vector<std::string_view> known;
    for (const auto* host : hosts) known.push_back(host->domain());
    std::erase_if(hosts, [&](const Host* host) { return host->domain() != wanted; });
    if (hosts.empty())
        return std::unexpected(Answer::failure("there is no host " + wanted + config::did_you_mean(wanted, known, "", "")));
    return hosts;
}

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
    return text;
}

std::string stamp(WallTime time) { return xep::format_datetime(std::chrono::floor<std::chrono::seconds>(time)); }

} // namespace epode::control
