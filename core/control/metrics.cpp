// SPDX-License-Identifier: MIT
#include "core/control/metrics.hpp"

#include "core/base/log.hpp"
#include "core/control/command.hpp"
#include "core/module.hpp"
#include "core/server.hpp"
#include "core/session/client_connection.hpp"

#include <fmt/format.h>
#include <map>

namespace epode::control {

namespace {

/// A family of the exposition: one TYPE and HELP, a sample for each set of labels.
struct Family {
    std::string help;
    bool gauge = true;
    std::map<std::string, std::uint64_t> samples; ///< by labels
};
using Families = std::map<std::string, Family>;

std::string metric_name(std::string_view module, std::string_view name) {
    std::string text = "epode_" + std::string(module) + "_" + std::string(name);
    for (char& c : text)
        if (c == '-' || c == '.') c = '_';
    if (text.ends_with("_total")) text.resize(text.size() - 6); // the samples of a counter get it anyway
    return text;
}

/// Domains have no character that a label would have to escape.
void add_modules(Families& families, Shard& shard) {
    for (const auto& [domain, host] : shard.hosts())
        for (const auto& module : host->modules())
            for (const auto& metric : module->metrics()) {
                auto& family = families[metric_name(module->name(), metric.name)];
                family.help = metric.help;
                family.gauge = metric.gauge;
                family.samples[fmt::format("{{host=\"{}\"}}", domain)] += *metric.value;
            }
}

/// Conditions are our own words (RFC 6120 6.5).
void add_logins(Families& families, Shard& shard) {
    for (const auto& [domain, host] : shard.hosts()) {
        auto& accepted = families["epode_logins"];
        accepted.help = "logins that succeeded";
        accepted.gauge = false;
        accepted.samples[fmt::format("{{host=\"{}\"}}", domain)] += host->logins().accepted;
        auto& refused = families["epode_logins_refused"];
        refused.help = "logins that failed";
        refused.gauge = false;
        for (const auto& [condition, count] : host->logins().refused)
            refused.samples[fmt::format("{{host=\"{}\",condition=\"{}\"}}", domain, condition)] += count;
    }
}

void add(Families& families, const char* name, bool gauge, const char* help, std::uint64_t value) {
    auto& family = families[name];
    family.help = help;
    family.gauge = gauge;
    family.samples[""] = value;
}

void add_core(Families& families, Server& server, const Counts& counts) {
    const auto up = std::chrono::duration_cast<std::chrono::seconds>(server.clock().now() - server.started()).count();
    const auto storage = server.engine().statistics();
    add(families, "epode_uptime_seconds", true, "time since the start", static_cast<std::uint64_t>(up));
    add(families, "epode_shards", true, "threads that serve accounts", server.shard_count());
    add(families, "epode_connections", true, "open streams of clients", counts.connections);
    add(families, "epode_sessions", true, "streams that have logged in", counts.sessions);
    add(families, "epode_accounts", true, "accounts in memory", counts.accounts);
    add(families, "epode_pool_waiting", true, "blocking jobs that wait for a thread", server.pool().waiting());
    add(families, "epode_storage_commits", false, "transactions that were written", storage.commits);
    add(families, "epode_storage_batches", false, "batches in them", storage.batches);
    add(families, "epode_storage_failures", false, "batches that could not be written", storage.failures);
    add(families, "epode_storage_bytes", true, "bytes in use", storage.bytes);
    add(families, "epode_storage_quota_bytes", true, "bytes that may be used", storage.quota);
    add(families, "epode_log_dropped", false, "log lines that found no room", logging::dropped());
}

std::string escaped(std::string_view help) {
    std::string text;
    for (const char c : help) {
        if (c == '\\' || c == '"') text += '\\';
        text += c == '\n' ? ' ' : c;
    }
    return text;
}

std::string written(const Families& families) {
    std::string text;
    for (const auto& [name, family] : families) {
        text += fmt::format("# TYPE {} {}\n", name, family.gauge ? "gauge" : "counter");
        if (!family.help.empty()) text += fmt::format("# HELP {} {}\n", name, escaped(family.help));
        for (const auto& [labels, value] : family.samples)
            text += fmt::format("{}{}{} {}\n", name, family.gauge ? "" : "_total", labels, value);
    }
    return text + "# EOF";
}

} // namespace

Task<Counts> count(Server* server) {
    Counts counts;
    const auto look = [&counts](Shard& shard) {
        counts.connections += shard.connections().size();
        counts.accounts += shard.accounts().size();
        for (const auto& [bare, account] : shard.accounts()) counts.sessions += account->sessions().size();
    };
    co_await on_every_shard(server, look);
    co_return counts;
}

Task<std::string> open_metrics(Server* server) {
    Families families;
    const auto look = [&families](Shard& shard) {
        add_modules(families, shard);
        add_logins(families, shard);
    };
    co_await on_every_shard(server, look);
    const auto counts = co_await count(server);
    add_core(families, *server, counts);
    co_return written(families);
}

} // namespace epode::control
