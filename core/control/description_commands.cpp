// SPDX-License-Identifier: MIT
// What a module has registered, and who is called when: read from the lists that modules fill and the tables that hosts
// keep, so that it cannot differ from what happens.
#include "core/config/schema.hpp"
#include "core/control/command.hpp"
#include "core/module.hpp"
#include "core/module/registry.hpp"
#include "core/server.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace epode::control {

namespace {

// ---- modules describe -----------------------------------------------------------------------------------------------

std::string_view name_of(Scope scope) {
    switch (scope) {
    case Scope::account:
        return "own account";
    case Scope::anyone:
        return "an account";
    case Scope::server:
        return "the host";
    case Scope::room:
        return "a room";
    case Scope::service:
        return "a service";
    case Scope::stream:
        return "before login";
    }
    return "";
}

std::string requirements_of(const SettingBase& setting) {
    switch (setting.needs()) {
    case Needs::nothing:
        return "";
    case Needs::module_restart:
        return ", needs module restart";
    case Needs::server_restart:
        return ", needs server restart";
    }
    return "";
}

void add_options(Answer& answer, const Module& module) {
    for (const auto* setting : module.all()) {
        const bool secret = setting->form() == SettingBase::Form::secret;
        answer.rows.push_back(
            {"option", std::string(setting->name()), secret ? "..." : setting->text(),
             fmt::format("{} ({}{}{})", setting->help(), setting->kind(),
                         secret ? "" : ", default \"" + setting->default_text() + "\"", requirements_of(*setting))});
    }
}

/// A row for each registration: of which kind, its name, what belongs to it, a sentence.
void add_registrations(Answer& answer, const Module& module) {
    auto& rows = answer.rows;
    for (const auto& hook : module.hooks())
        rows.push_back({"phase", std::string(phase::names[static_cast<std::size_t>(hook.phase)]), "", ""});
    for (const auto& handler : module.events()) rows.push_back({"event", handler.event, "", ""});
    for (const auto& query : module.queries())
        rows.push_back({"query", fmt::format("{} {} {}", query.set ? "set" : "get", query.ns, query.name),
                        std::string(name_of(query.scope)), ""});
    for (const auto& feature : module.features())
        rows.push_back({"feature", feature.ns, std::string(name_of(feature.scope)), ""});
    for (const auto& identity : module.identities())
        rows.push_back(
            {"identity", identity.category + "/" + identity.type, std::string(name_of(identity.scope)), identity.name});
    for (const auto& command : module.commands())
        rows.push_back({"command", command.node, std::string(name(command.role)), command.title});
    for (const auto& service : module.services()) rows.push_back({"service", service.name, "", ""});
    for (const auto& timer : module.timers())
        rows.push_back(
            {"timer", config::TextOf<Duration>::print(timer.period), timer.repeat ? "repeated" : "once", ""});
    for (const auto* slot : module.slots()) rows.push_back({"data", slot->slot_name(), "", ""});
    for (const auto& metric : module.metrics())
        rows.push_back({"metric", metric.name, metric.gauge ? "gauge" : "counter", metric.help});
}

/// The instance that answers for the module: of the wanted host or the first that has it; where none has, the one that
/// is kept to know its options.
Result<const Module*, Answer> instance_of(const Call& call, const ModuleRegistry::Known& known) {
    const auto hosts = hosts_for(call);
    if (!hosts) return std::unexpected(hosts.error());
    for (const auto* host : *hosts)
        if (const auto* module = host->module(known.manifest().name)) return module;
    if (call.option("host").empty()) return known.probe.get();
    return std::unexpected(
        Answer::failure(fmt::format("host {} does not have module {}", call.option("host"), known.manifest().name)));
}

Task<Answer> describe(Call call) {
    const auto found = call.server->modules().known().find(call.argument(0));
    if (found == call.server->modules().known().end())
        co_return Answer::failure("there is no module " + call.argument(0) +
                                  or_known_module(*call.server, call.argument(0)));
    const auto& known = found->second;
    const auto module = instance_of(call, known);
    if (!module) co_return module.error();
    const auto& manifest = known.manifest();
    std::vector<std::string> needed;
    for (const auto name : manifest.depends)
        if (!name.empty()) needed.emplace_back(name);
    Answer answer;
    answer.details = {
        {"module", std::string(manifest.name)},
        {"summary", std::string(manifest.summary)},
        {"stability", manifest.stability == Stability::stable    ? "stable"
                      : manifest.stability == Stability::testing ? "testing"
                                                                 : "experimental"},
        {"specifications", specs_of(manifest)},
        {"needs", joined(needed)},
        {"loaded on", joined(known.loaded_on)},
        {"file", known.library->path()},
    };
    answer.columns = {"kind", "name", "value", "about"};
    add_options(answer, **module);
    add_registrations(answer, **module);
    co_return answer;
}

// ---- hooks ----------------------------------------------------------------------------------------------------------

/// In the order in which they are called.
template <typename Handlers>
void add_chain(Answer& answer, const Host& host, std::string_view kind, std::string_view name,
               const Handlers& handlers) {
    std::size_t order = 0;
    for (const auto* handler : handlers)
        answer.rows.push_back({std::string(host.domain()), std::string(kind), std::string(name),
                               std::to_string(++order), handler->module->name()});
}

/// Those named `wanted`, or all.
void add_chains(Answer& answer, const Host& host, std::string_view wanted) {
    for (int i = 0; i < phase::count; ++i)
        if (const auto name = phase::names[i]; wanted.empty() || wanted == name)
            add_chain(answer, host, "phase", name, host.hooks(i));
    for (const auto name : host.events())
        if (wanted.empty() || wanted == name) add_chain(answer, host, "event", name, host.handlers(name));
}

Task<Answer> hooks(Call call) {
    const auto hosts = hosts_for(call);
    if (!hosts) co_return hosts.error();
    const auto wanted = call.argument(0);
    Answer answer;
    std::vector<std::string_view> known(std::begin(phase::names), std::end(phase::names));
    const bool is_phase = std::ranges::find(known, wanted) != known.end();
    for (const auto* host : *hosts) {
        add_chains(answer, *host, wanted);
        const auto heard = host->events();
        known.insert(known.end(), heard.begin(), heard.end());
    }
    if (answer.rows.empty() && is_phase) co_return Answer("no module has a hook in phase " + wanted);
    if (answer.rows.empty())
        co_return Answer::failure("no module hears of " + wanted + config::did_you_mean(wanted, known, "", "") +
                                  "; without a name, all phases and events are listed");
    answer.columns = {"host", "kind", "name", "order", "module"};
    co_return answer;
}

constexpr Command table[] = {{"modules describe", describe}, {"hooks", hooks}};

} // namespace

std::span<const Command> description_commands() noexcept { return table; }

} // namespace epode::control
