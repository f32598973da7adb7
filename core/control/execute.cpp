// SPDX-License-Identifier: MIT
#include "core/control/execute.hpp"

#include "core/base/log.hpp"
#include "core/config/schema.hpp"
#include "core/control/catalogue.hpp"
#include "core/control/command.hpp"
#include "core/host.hpp"
#include "core/module/registry.hpp"
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
            if (request.words.size() >= count && length_of(entry.words) == count &&
                entry.words == words_of(request, count))
                return &entry;
    return nullptr;
}

const Command* command_of(std::string_view words) {
    for (const auto& table : {server_commands(), session_commands(), account_commands(), device_commands(),
                              module_commands(), description_commands(), run_commands(), config_commands()})
        if (const auto found = std::ranges::find(table, words, &Command::words); found != table.end()) return &*found;
    return nullptr;
}

bool is_noun(std::string_view word) { return std::ranges::find(nouns(), word, &Noun::name) != nouns().end(); }

/// What may follow a noun: "list or kick".
std::string verbs_of(std::string_view noun) {
    std::vector<std::string> verbs;
    for (const auto& entry : catalogue())
        if (length_of(entry.words) == 2 && entry.words.starts_with(std::string(noun) + " "))
            verbs.emplace_back(entry.words.substr(noun.size() + 1));
    const auto last = std::move(verbs.back());
    verbs.pop_back();
    return verbs.empty() ? last : joined(verbs) + " or " + last;
}

/// What to say beside "there is no such command": the nearest one, or what goes with the first word.
std::string suggestion(const Request& request) {
    std::vector<std::string_view> commands, first_words;
    for (const auto& entry : catalogue()) {
        commands.push_back(entry.words);
        if (length_of(entry.words) == 1) first_words.push_back(entry.words);
    }
    for (const auto& noun : nouns()) first_words.push_back(noun.name);
    const auto& first = request.words.front();
    auto nearest = config::did_you_mean(words_of(request, 2), commands, "\"", "\"");
    if (!nearest.empty()) return nearest;
    if (is_noun(first)) return "; \"" + first + "\" goes with " + verbs_of(first);
    return config::did_you_mean(first, first_words, "\"", "\"");
}

Answer unknown(const Request& request) {
    if (request.words.empty()) return Answer::failure("a command is needed, such as \"status\"");
    const auto& first = request.words.front();
    if (request.words.size() == 1 && is_noun(first))
        return Answer::failure("\"" + first + "\" wants a verb: " + verbs_of(first));
    return Answer::failure("there is no command \"" + words_of(request, 2) + "\"" + suggestion(request));
}

/// What is wrong with the options, or "".
std::string wrong_option(const Entry& entry, const Request& request) {
    for (const auto& [name, value] : request.options)
        if (!(name == "host" && entry.host) && !(name == "password" && entry.password))
            return "\"" + std::string(entry.words) + "\" has no option " + name;
    return {};
}

std::string usage(const Entry& entry) {
    std::string text = "usage: " + std::string(entry.words);
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
    if (arguments.size() < entry->least() || arguments.size() > entry->most()) co_return Answer::failure(usage(*entry));
    if (auto wrong = wrong_option(*entry, request); !wrong.empty()) co_return Answer::failure(std::move(wrong));
    const auto* command = command_of(entry->words); // each entry has one: a test sees to it
    Logger("control").debug("command", {{"words", entry->words}});
    Call call(server, std::move(arguments), std::move(request.options));
    co_return co_await run(command, std::move(call));
}

// ---- What several commands need -------------------------------------------------------------------------------------

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

namespace {
std::vector<Host*> all_hosts(const Server& server) {
    std::vector<Host*> hosts;
    for (const auto& [domain, host] : server.shard(0).hosts()) hosts.push_back(host.get());
    std::ranges::sort(hosts, {}, &Host::domain);
    return hosts;
}
} // namespace

Result<Host*, Answer> host_of(const Server& server, const std::string& name) {
    const auto jid = Jid::parse(name);
    if (jid && jid->is_domain())
        if (auto* host = server.shard(0).host(jid->domain())) return host;
    std::vector<std::string_view> known;
    for (const auto* host : all_hosts(server)) known.push_back(host->domain());
    return std::unexpected(Answer::failure("there is no host " + name + or_known(name, known)));
}

Result<std::vector<Host*>, Answer> hosts_for(const Call& call) {
    const auto wanted = call.option("host");
    if (wanted.empty()) return all_hosts(*call.server);
    const auto host = host_of(*call.server, wanted);
    if (!host) return std::unexpected(host.error());
    return std::vector<Host*>{*host};
}

std::string or_known(std::string_view name, const std::vector<std::string_view>& known) {
    constexpr std::size_t most = 10; // the others can be listed
    auto nearest = config::did_you_mean(name, known, "", "");
    if (!nearest.empty() || known.empty()) return nearest;
    const std::vector<std::string> first(known.begin(),
                                         known.begin() + static_cast<std::ptrdiff_t>(std::min(most, known.size())));
    return (known.size() == 1 ? "; there is " : "; there are ") + joined(first) + (known.size() > most ? ", ..." : "");
}

std::string or_known_module(Server& server, std::string_view name) {
    std::vector<std::string_view> known;
    for (const auto& [module, entry] : server.modules().known()) known.push_back(module);
    return or_known(name, known);
}

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
    return text;
}

std::string stamp(WallTime time) { return xep::format_datetime(std::chrono::floor<std::chrono::seconds>(time)); }

} // namespace epode::control
