// SPDX-License-Identifier: MIT
// The server as a whole: status, stop, hosts, backup.
#include "core/base/log.hpp"
#include "core/control/command.hpp"
#include "core/control/metrics.hpp"
#include "core/host.hpp"
#include "core/server.hpp"
#include "core/session/account.hpp"
#include "core/session/client_connection.hpp"

#include <fmt/format.h>
#include <map>
#include <unistd.h>

namespace epode::control {

namespace {

std::string span_text(Duration span) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span).count();
    if (seconds < 60) return fmt::format("{} s", seconds);
    if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
    if (seconds < 86400) return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
    return fmt::format("{} d {} h", seconds / 86400, seconds / 3600 % 24);
}

std::string size_text(std::uint64_t bytes) {
    if (bytes < 1024) return fmt::format("{} B", bytes);
    const char* const units[] = {"KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < std::size(units); ++unit) value /= 1024;
    return fmt::format("{:.1f} {}", value, units[unit]);
}

Task<Answer> status(Call call) {
    auto& server = *call.server;
    const auto counts = co_await count(&server);
    const auto storage = server.engine().statistics();
    const auto up = server.clock().now() - server.started();
    Answer answer;
    answer.details = {
        {"state", server.stopping() ? "stopping" : "running"},
        {"version", std::string(Server::version())},
        {"process", std::to_string(::getpid())},
        {"running since", stamp(server.clock().wall() - up)},
        {"uptime", span_text(up)},
        {"hosts", std::to_string(server.shard(0).hosts().size())},
        {"shards", std::to_string(server.shard_count())},
        {"sessions", std::to_string(counts.sessions)},
        {"connections", std::to_string(counts.connections)},
        {"accounts in memory", std::to_string(counts.accounts)},
        {"blocking jobs waiting", std::to_string(server.pool().waiting())},
        {"storage in use", size_text(storage.bytes) + (storage.quota ? " of " + size_text(storage.quota) : "")},
        {"storage commits", fmt::format("{} of {} batches", storage.commits, storage.batches)},
        {"storage failures", std::to_string(storage.failures)},
        {"log lines dropped", std::to_string(logging::dropped())},
    };
    co_return answer;
}

Task<Answer> stop(Call call) {
    call.server->request_end();
    co_return Answer("the server is stopping");
}

Task<Answer> metrics(Call call) {
    auto text = co_await open_metrics(call.server);
    co_return Answer(std::move(text));
}

struct HostCounts {
    std::uint64_t sessions = 0, accounts = 0;
};

Task<Answer> hosts(Call call) {
    std::map<std::string, HostCounts, std::less<>> counts;
    const auto look = [&counts](Shard& shard) {
        for (const auto& [bare, account] : shard.accounts()) {
            auto& of_host = counts[std::string(bare.domain())];
            ++of_host.accounts;
            of_host.sessions += account->sessions().size();
        }
    };
    co_await on_every_shard(call.server, look);
    Answer answer;
    answer.columns = {"host", "sessions", "accounts in memory", "modules", "admins"};
    const auto served = hosts_for(call);
    for (const auto* host : *served) {
        const auto& of_host = counts[std::string(host->domain())];
        std::vector<std::string> admins;
        if (const auto* configured = call.server->config().host(host->domain()))
            for (const auto& admin : *configured->options.admins) admins.emplace_back(admin.text());
        answer.rows.push_back({std::string(host->domain()), std::to_string(of_host.sessions),
                               std::to_string(of_host.accounts), std::to_string(host->modules().size()),
                               joined(admins)});
    }
    co_return answer;
}

Task<Answer> backup(Call call) {
    const auto folder = call.argument(0);
    if (!folder.starts_with('/')) co_return Answer::failure("the folder must be an absolute path");
    co_await call.server->engine().backup(folder);
    co_return Answer("a copy of the data is in " + folder);
}

constexpr Command table[] = {
    {"status", status}, {"stop", stop}, {"metrics", metrics}, {"hosts", hosts}, {"backup", backup},
};

} // namespace

std::span<const Command> server_commands() noexcept { return table; }

} // namespace epode::control
