// SPDX-License-Identifier: MIT
// What the core's own options accept, and what follows from them.
#include "core/config/server_config.hpp"

#include "core/base/log.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace epode::config {

Result<ShardCount> TextOf<ShardCount>::parse(std::string_view text) {
    if (text == "auto") return ShardCount{};
    auto count = TextOf<unsigned>::parse(text, 4);
    if (!count || *count < 1 || *count > 1024) return fail("is neither auto nor a number from 1 to 1024");
    return ShardCount{*count};
}

Result<> check_levels(const std::string& levels) {
    std::string spaced = levels;
    std::ranges::replace(spaced, ',', ' ');
    for (const std::string& word : split(spaced)) {
        LogLevel level{};
        std::size_t equals = word.find('=');
        std::string name = equals == std::string::npos ? word : word.substr(equals + 1);
        if (equals == 0 || !logging::parse(name, level))
            return fail(fmt::format("has \"{}\", which is no level (try \"info\" or \"info, tls=debug\")", word));
    }
    return {};
}

Result<> check_host_name(const Jid& name) {
    if (!name.is_domain()) return fail(fmt::format("is not a domain (try {})", name.domain()));
    return {};
}

Result<> check_admins(const std::vector<Jid>& admins) {
    for (const Jid& admin : admins) {
        if (admin.is_full())
            return fail(fmt::format("has \"{}\" with a resource (try {})", admin.text(), admin.bare().text()));
        if (admin.local().empty())
            return fail(fmt::format("has \"{0}\", which is no account (try admin@{0})", admin.text()));
    }
    return {};
}

ListenTls ListenOptions::mode() const noexcept {
    if (*tls != ListenTls::automatic) return *tls;
    if (*type == ListenType::http) return ListenTls::direct;
    return *type == ListenType::component ? ListenTls::none : ListenTls::starttls;
}

std::string ListenOptions::label() const { return fmt::format("{} {}:{}", type.text(), *address, *port); }

const HostConfig* ServerConfig::host(std::string_view domain) const noexcept {
    auto found = std::ranges::find(hosts, domain, &HostConfig::domain);
    return found == hosts.end() ? nullptr : &*found;
}

std::string ServerConfig::control_socket() const {
    return server.control->empty() ? relative_to(server.data->text, "epode.sock") : server.control->text;
}

std::vector<Identity> ServerConfig::identities() const {
    std::vector<Identity> all;
    all.emplace_back(std::vector<std::string>{}, tls.certificate->text, tls.key->text);
    for (const HostConfig& host : hosts) {
        std::string name(host.domain());
        if (host.options.certificate->empty())
            all.front().names.push_back(std::move(name));
        else
            all.emplace_back(std::vector{std::move(name)}, host.options.certificate->text, host.options.key->text);
    }
    bool unused = all.front().names.empty() && all.front().certificate.empty();
    if (unused && all.size() > 1) all.erase(all.begin());
    return all;
}

} // namespace epode::config
