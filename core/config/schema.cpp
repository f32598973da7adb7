// SPDX-License-Identifier: MIT
// Checking elements against the settings they may have.
#include "core/config/schema.hpp"

#include "core/config/suggest.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace epode::config {

namespace {

constexpr std::string_view from_file = "file:";

std::vector<std::string_view> names_of(const Settings& settings) {
    std::vector<std::string_view> names;
    for (const SettingBase* setting : settings.all()) names.push_back(setting->name());
    return names;
}

std::string unknown_option(const Node& element, std::string_view name, const Settings& settings) {
    const auto names = names_of(settings);
    std::string hint = did_you_mean(name, names, "\"", "\"");
    if (names.empty())
        hint = " (it has none)";
    else if (hint.empty())
        hint = fmt::format(" (there {} {})", names.size() == 1 ? "is" : "are", fmt::join(names, ", "));
    return fmt::format("{}: there is no option \"{}\"{}", element.name, name, hint);
}

/// The attribute as it is quoted in a message; a secret is not.
std::string quoted(const Attribute& attribute, SettingBase::Form form) {
    bool hide = form == SettingBase::Form::secret && !attribute.value.starts_with(from_file);
    return fmt::format("{}=\"{}\"", attribute.name, hide ? "..." : attribute.value);
}

/// The content of a secret's file without the newline at its end.
Result<std::string> read_secret(const Attribute& attribute, const Files& files) {
    std::string path = relative_to(attribute.at.folder(), attribute.value.substr(from_file.size()));
    auto content = files.read(path);
    if (!content) return fail(fmt::format("cannot be read: {}: {}", path, content.error().text));
    if (content->ends_with('\n')) content->pop_back();
    if (content->ends_with('\r')) content->pop_back();
    return content;
}

/// The text that the setting takes.
Result<std::string> resolve(const Attribute& attribute, const SettingBase& setting, const Files& files) {
    using enum SettingBase::Form;
    if (setting.form() == secret && attribute.value.starts_with(from_file)) return read_secret(attribute, files);
    if (setting.form() == path && !attribute.value.empty()) return relative_to(attribute.at.folder(), attribute.value);
    return attribute.value;
}

} // namespace

std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& known, std::string_view open,
                         std::string_view close) {
    std::string_view near = nearest(name, known);
    return near.empty() ? std::string() : fmt::format(" (did you mean {}{}{}?)", open, near, close);
}

const std::vector<std::string_view>& core_elements() {
    static const std::vector<std::string_view> names{"epode", "include", "listen", "tls", "c2s", "host"};
    return names;
}

Result<> Schema::add(KnownModule module) {
    if (std::ranges::find(core_elements(), module.name) != core_elements().end())
        return fail(fmt::format("a module cannot be called {}: it is an element of the core", module.name));
    auto place = std::ranges::lower_bound(modules_, module.name, {}, &KnownModule::name);
    if (place != modules_.end() && place->name == module.name)
        return fail(fmt::format("there are two modules called {}", module.name));
    modules_.insert(place, std::move(module));
    return {};
}

const KnownModule* Schema::find(std::string_view name) const noexcept {
    auto place = std::ranges::lower_bound(modules_, name, {}, &KnownModule::name);
    return place == modules_.end() || place->name != name ? nullptr : &*place;
}

std::vector<std::string_view> Schema::names() const {
    std::vector<std::string_view> names;
    for (const KnownModule& module : modules_) names.push_back(module.name);
    return names;
}

std::vector<OptionText> options_of(const Node& element, const Settings& settings, const Files& files, Faults& faults) {
    std::vector<OptionText> options;
    for (const Attribute& attribute : element.attributes) {
        const SettingBase* setting = settings.find(attribute.name);
        if (!setting) {
            faults.emplace_back(attribute.at, unknown_option(element, attribute.name, settings));
            continue;
        }
        auto text = resolve(attribute, *setting, files);
        Result<std::string> checked = text ? setting->canonical(*text) : text;
        if (checked)
            options.emplace_back(attribute.name, std::move(*text), attribute.at);
        else
            faults.emplace_back(attribute.at, fmt::format("{}: {} {}", element.name, quoted(attribute, setting->form()),
                                                          checked.error().text));
    }
    return options;
}

} // namespace epode::config
