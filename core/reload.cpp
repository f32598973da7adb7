// SPDX-License-Identifier: MIT
// Loading the configuration again while the server runs: everything is checked before anything changes, and what cannot
// change without a restart is said.
#include "core/base/log.hpp"
#include "core/host.hpp"
#include "core/module.hpp"
#include "core/module/registry.hpp"
#include "core/server.hpp"

#include <algorithm>
#include <set>

namespace epode {

namespace {

using config::Change;
using config::one_fault;

constexpr std::string_view host_path = "host "; ///< how the path of a host, or a host's module, begins

const Logger& log() {
    static const Logger area("server");
    return area;
}

/// Whether a module that came into the configuration, or left it, was loaded or unloaded by hand already. On shard 0.
bool done_by_hand(const Server& server, const Change& change) {
    const auto slash = change.path.find('/');
    if (!change.path.starts_with(host_path) || slash == std::string::npos) return false;
    const auto* host = server.shard(0).host(change.path.substr(host_path.size(), slash - host_path.size()));
    if (!host) return false;
    const auto is_it = [name = change.path.substr(slash + 1)](const auto& module) { return module->name() == name; };
    return std::ranges::any_of(host->modules(), is_it) == (change.what == Change::What::added);
}

/// Hosts and their sets of modules are put together at the start.
std::vector<Change> with_needs(const Server& server, std::vector<Change> changes) {
    for (auto& change : changes)
        if (change.what != Change::What::changed && !done_by_hand(server, change)) change.needs = Needs::server_restart;
    return changes;
}

/// Modules that hosts are to have and have not, whatever the earlier configurations said: one that was unloaded by
/// hand, and then left the configuration and came back, is in no difference of theirs.
std::vector<Change> not_loaded(const Server& server, const config::ServerConfig& after) {
    std::vector<Change> changes;
    for (const auto& configured : after.hosts) {
        const auto* host = server.shard(0).host(configured.domain());
        if (!host) continue; // the host as a whole waits for the restart
        for (const auto& [name, options] : configured.modules)
            if (!host->module(name))
                changes.emplace_back(std::string(host_path).append(configured.domain()).append("/").append(name),
                                     Change::What::added, Needs::server_restart);
    }
    return changes;
}

/// What counts now, compared with the configuration that counted until now; and what waits for a restart, compared with
/// the one the server was started with, so that it is not forgotten with the next reload.
std::vector<Change> changes_of(const Server& server, const config::ServerConfig& first,
                               const config::ServerConfig& after, const config::Schema& schema) {
    auto changes = with_needs(server, config::diff(server.config(), after, schema));
    std::erase_if(changes, [](const Change& change) { return change.needs == Needs::server_restart; });
    for (auto& change : with_needs(server, config::diff(first, after, schema)))
        if (change.needs == Needs::server_restart) changes.push_back(std::move(change));
    for (auto& change : not_loaded(server, after))
        if (std::ranges::find(changes, change.path, &Change::path) == changes.end())
            changes.push_back(std::move(change));
    return changes;
}

/// The new texts, but the present ones for options that need more than to be set.
std::vector<OptionText> texts_for(const Module& module, std::vector<OptionText> texts) {
    std::erase_if(texts, [&](const OptionText& text) {
        const auto* setting = module.find(text.name);
        return !setting || setting->needs() != Needs::nothing;
    });
    for (const auto* setting : module.all())
        if (setting->needs() != Needs::nothing && setting->given())
            texts.emplace_back(std::string(setting->name()), setting->text());
    return texts;
}

bool names_log(const Change& change) { return change.path == "epode" && change.option == "log"; }

} // namespace

Task<config::Loaded> Server::load_config() {
    if (!load_) co_return std::unexpected(one_fault("there is no configuration to load"));
    ModuleRegistry::Reader reader = [this](const config::Schema& schema) { return load_(schema); };
    co_return co_await modules_->read(*pool_, std::move(reader));
}

Task<Server::Reloaded> Server::reload_config() {
    if (reloading_) co_return std::unexpected(one_fault("the configuration is being loaded already; try again"));
    reloading_ = true;
    const struct End {
        bool& flag;
        ~End() { flag = false; }
    } end(reloading_);
    auto loaded = co_await load_config();
    if (!loaded) {
        for (const auto& fault : loaded.error())
            log().error("the configuration was not loaded again", {{"fault", fault.line()}});
        co_return std::unexpected(loaded.error());
    }
    std::shared_ptr<const config::ServerConfig> next = *loaded;
    if (threads_on_) {
        auto work = [this, next] { return make_tls(*next); };
        auto tls = co_await pool_->run(std::move(work));
        if (!tls) {
            log().error("the configuration was not loaded again", {{"fault", tls.error().text}});
            co_return std::unexpected(one_fault(tls.error().text));
        }
        const std::lock_guard lock(mutex_);
        tls_ = std::move(*tls);
    }
    Applied applied;
    applied.changes = changes_of(*this, *configs_.front(), *next, modules_->schema());
    publish(next);
    if (std::ranges::any_of(applied.changes, names_log)) logging::configure(*next->server.log);
    for (std::size_t i = 0; i < shard_count(); ++i) {
        auto task = apply_config(&shard(i));
        co_await at(shard(i), std::move(task));
    }
    applied.failures = co_await restart_modules(applied.changes);
    for (const auto& change : applied.changes) log().info("configuration changed", {{"change", change.line()}});
    log().info("configuration loaded again", {{"changes", applied.changes.size()}});
    co_return applied;
}

void Server::publish(std::shared_ptr<const config::ServerConfig> config) {
    configs_.push_back(std::move(config)); // the old one stays: another shard may be reading it
    config_.store(configs_.back().get(), std::memory_order_release);
}

Task<> Server::apply_config(Shard* shard) {
    for (const auto& [domain, host] : shard->hosts()) {
        const auto* configured = config().host(domain);
        if (!configured) continue; // goes with the next restart
        host->set_admins(*configured->options.admins);
        for (const auto& module : host->modules()) {
            if (!configured->modules.contains(module->name())) continue;
            auto assigned = module->assign(texts_for(*module, host->options_of(module->name())));
            if (!assigned)
                log().error("options were not applied", {{"module", module->name()}, {"error", assigned.error().text}});
        }
        host->emit(ConfigReloaded{*host});
    }
    co_return;
}

Task<std::vector<Server::NotRestarted>> Server::restart_modules(std::vector<Change> changes) {
    std::vector<NotRestarted> failures;
    std::set<std::string> names;
    for (const auto& change : changes)
        if (change.needs == Needs::module_restart) names.insert(change.path.substr(change.path.rfind('/') + 1));
    for (const auto& name : names) {
        const auto wrong = co_await modules_->reload(*this, name);
        if (wrong.empty()) continue;
        log().error("a module was not restarted", {{"module", name}, {"error", wrong}});
        failures.emplace_back(name, wrong);
    }
    co_return failures;
}

void Server::request_end() const {
    if (end_) end_();
}

} // namespace epode
