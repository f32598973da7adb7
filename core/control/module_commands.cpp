// SPDX-License-Identifier: MIT
// Modules: which there are, and changing them while the server runs.
#include "core/control/command.hpp"
#include "core/module.hpp"
#include "core/module/registry.hpp"
#include "core/server.hpp"

#include <fmt/format.h>

namespace epode::control {

std::string specs_of(const Manifest& manifest) {
    std::vector<std::string> specs;
    for (const auto& spec : manifest.rfcs)
        if (spec.number)
            specs.push_back(
                fmt::format("RFC {}{}{}", spec.number, spec.version.empty() ? "" : " section ", spec.version));
    for (const auto& spec : manifest.xeps)
        if (spec.number) specs.push_back(fmt::format("XEP-{:04} {}", spec.number, spec.version));
    return joined(specs);
}

namespace {

Task<Answer> list(Call call) {
    Answer answer;
    answer.columns = {"module", "stable", "loaded on", "specifications", "summary"};
    for (const auto& [name, known] : call.server->modules().known())
        answer.rows.push_back({name, known.manifest().stability == Stability::stable ? "yes" : "no",
                               joined(known.loaded_on), specs_of(known.manifest()),
                               std::string(known.manifest().summary)});
    co_return answer;
}

/// `wrong` is what the registry says.
Answer outcome_of(const Call& call, std::string wrong, std::string_view done) {
    if (!wrong.empty()) return Answer::failure(std::move(wrong));
    return Answer("module " + call.argument(0) + " " + std::string(done));
}

Task<Answer> load(Call call) {
    auto wrong = co_await call.server->modules().load(*call.server, call.argument(0));
    co_return outcome_of(call, std::move(wrong), "is loaded");
}
Task<Answer> unload(Call call) {
    auto wrong = co_await call.server->modules().unload(*call.server, call.argument(0));
    co_return outcome_of(call, std::move(wrong), "is unloaded");
}
Task<Answer> reload(Call call) {
    auto wrong = co_await call.server->modules().reload(*call.server, call.argument(0));
    co_return outcome_of(call, std::move(wrong), "is reloaded");
}

constexpr Command table[] = {
    {"modules list", list}, {"modules load", load}, {"modules unload", unload}, {"modules reload", reload}};

} // namespace

std::span<const Command> module_commands() noexcept { return table; }

} // namespace epode::control
