// SPDX-License-Identifier: MIT
// Configurations of every kind. The input is cut at NUL bytes into files: epode.xml, a.xml, b.xml, ... Laws: a fault
// says something; what is accepted does not differ from itself, and every option of it is accepted again.
#include "core/config/diff.hpp"
#include "tests/core/config_kit.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace epode;
using namespace epode::config;

namespace {

MemoryFiles cut(std::string_view input) {
    MemoryFiles files;
    for (char letter = 'a'; letter <= 'z'; ++letter) {
        std::size_t end = input.find('\0');
        std::string name = letter == 'a' ? "epode" : std::string(1, static_cast<char>(letter - 1));
        files.files[name + ".xml"] = std::string(input.substr(0, end));
        if (end == std::string_view::npos) break;
        input.remove_prefix(end + 1);
    }
    return files;
}

void require(bool law) {
    if (!law) std::abort();
}

void accepted_again(const Settings& settings) {
    for (const SettingBase* setting : settings.all()) require(setting->canonical(setting->text()) == setting->text());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Kit kit;
    auto loaded = kit.load(cut({reinterpret_cast<const char*>(data), size}));
    if (!loaded) {
        require(!loaded.error().empty());
        for (const Fault& fault : loaded.error()) require(!fault.text.empty() && !fault.line().empty());
        return 0;
    }
    const ServerConfig& config = **loaded;
    require(!config.hosts.empty() && !config.listeners.empty());
    require(diff(config, config, kit.schema).empty());
    accepted_again(config.server);
    accepted_again(config.c2s);
    for (const ListenOptions& listener : config.listeners) accepted_again(listener);
    for (const HostConfig& host : config.hosts) {
        accepted_again(host.options);
        for (const auto& [name, options] : host.modules)
            for (const OptionText& option : options)
                require(kit.schema.find(name)->settings->find(option.name)->canonical(option.text).has_value());
    }
    return 0;
}
