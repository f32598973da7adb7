// SPDX-License-Identifier: MIT
// Modules: which there are, and changing them while the server runs.
#include "core/control/command.hpp"
#include "core/module.hpp"
#include "core/module/registry.hpp"
#include "core/server.hpp"

namespace epode::control {

namespace {

std::string specs_of(const Manifest& manifest) {
    std::vector<std::string> specs;
    for (const auto& spec : manifest.xeps)
        if (spec.number) specs.push_back("XEP-" + std::string(spec.number < 10 ? "000" : spec.number < 100 ? "00" : spec.number < 1000 ? "0" : "") +
                                         std::to_string(spec.number) + " " + std::string(spec.version));
    return joined(specs);
}

Task<Answer> list(Call call) {
    Answer answer;
    answer.columns = {"module", "stable", "loaded on", "XEPs", "summary"};
    for (const auto& [name, known] : call.server->modules().known())
        answer.rows.push_back({name, known.manifest().stability == Stability::stable ? "yes" : "no", joined(known.loaded_on),
                               specs_of(known.manifest()), std::string(known.manifest().summary)});
    co_return answer;
}

Answer outcome_of(const std::string& wrong, std::string sentence) {
    return wrong.empty() ? Answer(std::move(sentence)) : Answer::failure(wrong);
}

Task<Answer> load(Call call) {
    const auto wrong = co_await call.server->modules().load(*call.server, call.argument(0));
    co_return outcome_of(wrong, "module " + call.argument(0) + " is loaded");
}
Task<Answer> unload(Call call) {
    const auto wrong = co_await call.server->modules().unload(*call.server, call.argument(0));
    co_return outcome_of(wrong, "module " + call.argument(0) + " is unloaded");
}
Task<Answer> reload(Call call) {
    const auto wrong = co_await call.server->modules().reload(*call.server, call.argument(0));
    co_return outcome_of(wrong, "module " + call.argument(0) + " is reloaded");
}

constexpr Command table[] = {
    {"modules list", list}, {"modules load", load}, {"modules unload", unload}, {"modules reload", reload}};

} // namespace

std::span<const Command> module_commands() noexcept { return table; }

} // namespace epode::control
