// SPDX-License-Identifier: MIT
// Comparing two configurations option by option.
#include "core/config/diff.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace epode::config {

namespace {

using Options = std::vector<OptionText>;

class Comparison {
public:
    explicit Comparison(const Schema& schema) : schema_(schema) {}

    void settings(const std::string& path, const Settings& before, const Settings& after);
    void listeners(const ServerConfig& before, const ServerConfig& after);
    void hosts(const ServerConfig& before, const ServerConfig& after);
    std::vector<Change> done() { return std::move(changes_); }

private:
    void option(const std::string& path, const SettingBase& setting, std::string before, std::string after);
    void modules(const std::string& path, const HostConfig& before, const HostConfig& after);
    void module(const std::string& path, const Settings& known, const Options& before, const Options& after);
    /// Names on either side: those of one only are added or removed, for those of both `both` is called.
    template <typename Table, typename Both>
    void pairs(const Table& before, const Table& after, const std::string& path, Needs needs, Both both);

    const Schema& schema_;
    std::vector<Change> changes_;
};

std::string text_of(const SettingBase& setting, const Options& options) {
    auto given = std::ranges::find(options, setting.name(), &OptionText::name);
    return given == options.end() ? setting.default_text() : setting.canonical(given->text).value_or(given->text);
}

void Comparison::option(const std::string& path, const SettingBase& setting, std::string before, std::string after) {
    if (before == after) return;
    if (setting.form() == SettingBase::Form::secret) before = after = "...";
    changes_.emplace_back(path, setting.name(), std::move(before), std::move(after), setting.needs());
}

void Comparison::settings(const std::string& path, const Settings& before, const Settings& after) {
    for (const SettingBase* setting : after.all())
        option(path, *setting, before.find(setting->name())->text(), setting->text());
}

void Comparison::module(const std::string& path, const Settings& known, const Options& before, const Options& after) {
    for (const SettingBase* setting : known.all())
        option(path, *setting, text_of(*setting, before), text_of(*setting, after));
}

template <typename Table, typename Both>
void Comparison::pairs(const Table& before, const Table& after, const std::string& path, Needs needs, Both both) {
    for (const auto& [name, value] : before)
        if (!after.contains(name)) changes_.emplace_back(path + name, Change::What::removed, needs);
    for (const auto& [name, value] : after) {
        auto old = before.find(name);
        if (old == before.end())
            changes_.emplace_back(path + name, Change::What::added, needs);
        else
            both(path + name, old->second, value);
    }
}

void Comparison::listeners(const ServerConfig& before, const ServerConfig& after) {
    auto table = [](const ServerConfig& config) {
        std::map<std::string, const ListenOptions*> labels;
        for (const ListenOptions& listener : config.listeners) labels.emplace(listener.label(), &listener);
        return labels;
    };
    pairs(table(before), table(after), "listen ", Needs::server_restart,
          [this](const std::string& path, const ListenOptions* old, const ListenOptions* now) {
              settings(path, *old, *now);
          });
}

void Comparison::modules(const std::string& path, const HostConfig& before, const HostConfig& after) {
    for (const KnownModule& known : schema_.modules()) {
        auto old = before.modules.find(known.name);
        auto now = after.modules.find(known.name);
        bool had = old != before.modules.end();
        bool has = now != after.modules.end();
        const std::string where = path + "/" + known.name;
        if (had && has)
            module(where, *known.settings, old->second, now->second);
        else if (had || has)
            changes_.emplace_back(where, has ? Change::What::added : Change::What::removed, Needs::nothing);
    }
}

void Comparison::hosts(const ServerConfig& before, const ServerConfig& after) {
    auto table = [](const ServerConfig& config) {
        std::map<std::string, const HostConfig*> domains;
        for (const HostConfig& host : config.hosts) domains.emplace(host.domain(), &host);
        return domains;
    };
    pairs(table(before), table(after), "host ", Needs::nothing,
          [this](const std::string& path, const HostConfig* old, const HostConfig* now) {
              settings(path, old->options, now->options);
              modules(path, *old, *now);
          });
}

std::string_view consequence(Needs needs) {
    switch (needs) {
    case Needs::nothing:
        return "";
    case Needs::module_restart:
        return " (the module is restarted)";
    case Needs::server_restart:
        return " (counts after a restart of the server)";
    }
    return "";
}

} // namespace

std::string Change::line() const {
    if (what == What::added) return fmt::format("{} is new{}", path, consequence(needs));
    if (what == What::removed) return fmt::format("{} is gone{}", path, consequence(needs));
    return fmt::format("{}: {} was \"{}\", is \"{}\"{}", path, option, old_text, new_text, consequence(needs));
}

std::vector<Change> diff(const ServerConfig& before, const ServerConfig& after, const Schema& schema) {
    Comparison comparison(schema);
    comparison.settings("epode", before.server, after.server);
    comparison.listeners(before, after);
    comparison.settings("tls", before.tls, after.tls);
    comparison.settings("c2s", before.c2s, after.c2s);
    comparison.hosts(before, after);
    return comparison.done();
}

} // namespace epode::config
