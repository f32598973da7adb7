// SPDX-License-Identifier: MIT
// For tests and fuzzers of the configuration: files in memory, and a schema with a few modules that have every kind of
// option.
#pragma once

#include "core/config/server_config.hpp"

#include <algorithm>
#include <fnmatch.h>
#include <map>
#include <string>
#include <vector>

namespace epode::config {

class MemoryFiles final : public Files {
public:
    std::map<std::string, std::string> files;

    MemoryFiles() = default;
    explicit MemoryFiles(std::map<std::string, std::string> content) : files(std::move(content)) {}

    Result<std::string> read(const std::string& path) const override {
        auto found = files.find(path);
        if (found == files.end()) return fail("No such file or directory");
        return found->second;
    }
    std::vector<std::string> match(const std::string& pattern) const override {
        std::vector<std::string> paths;
        for (const auto& [path, content] : files)
            if (fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME) == 0) paths.push_back(path);
        return paths;
    }
};

enum class Policy : std::uint8_t { always, roster, nobody };
constexpr auto setting_names(Policy) {
    return std::to_array<Named<Policy>>(
        {{"always", Policy::always}, {"roster", Policy::roster}, {"nobody", Policy::nobody}});
}

struct ArchiveOptions : Settings {
    Setting<Duration> keep{*this, "keep", 30_days, {.min = 1_days, .help = "how long messages stay"}};
    Setting<Policy> policy{*this, "default", Policy::always, {.help = "what is kept -- unless users say otherwise"}};
    using Settings::Settings;
};
struct OfflineOptions : Settings {
    Setting<std::size_t> limit{*this, "limit", 500, {.min = 1, .max = 100000, .help = "messages per account"}};
    Setting<double> share{*this, "share", 0.5, {.min = 0.0, .max = 1.0}};
};
struct RegisterOptions : Settings {
    Setting<std::string> from{*this, "from", "invited", {.help = "who <may> register & \"how\""}};
    Setting<std::vector<Jid>> watchers{*this, "watchers", {}};
};
struct UploadOptions : Settings {
    Setting<ByteSize> size{*this, "max-size", 10_MiB, {.min = 1_KiB, .max = 1_GiB}};
    Setting<FilePath> folder{*this, "folder", {}, {.restart = Needs::module_restart}};
    Setting<std::vector<std::string>> types{*this, "types", {"image/png", "image/jpeg"}};
};
struct LdapOptions : Settings {
    Setting<std::string> server{*this, "server", "ldap://localhost", {.required = true}};
    Setting<Secret> password{*this, "password", {}, {.check = [](const Secret& given) -> Result<> {
                                 if (given.view().size() < 4) return fail("is too short (4 letters or more)");
                                 return {};
                             }}};
    Setting<int> offset{*this, "offset", 0, {.min = -10, .max = 10}};
    Setting<bool> verify{*this, "verify", true};
};

/// archive, offline, ping, register, upload, vcard on by default; ldap is not.
struct Kit {
    ArchiveOptions archive;
    OfflineOptions offline;
    RegisterOptions registering;
    UploadOptions upload;
    LdapOptions ldap;
    struct None : Settings {
    } none;
    Schema schema;

    Kit() {
        const KnownModule modules[] = {{"archive", archive, true, "What was said, for later."},
                                       {"offline", offline, true},
                                       {"ping", none, true},
                                       {"register", registering, true},
                                       {"upload", upload, true},
                                       {"vcard", none, true},
                                       {"ldap", ldap, false, "Accounts in a directory."}};
        for (const KnownModule& module : modules) (void)schema.add(module);
    }
    Loaded load(const MemoryFiles& files, const std::string& main = "epode.xml") const {
        return config::load(main, schema, files);
    }
    Loaded load(const std::string& text) const { return load(MemoryFiles({{"epode.xml", text}})); }
    /// The faults, a line each; "" when there are none.
    std::string faults(const MemoryFiles& files) const {
        std::string lines;
        auto loaded = load(files);
        if (loaded) return lines;
        for (const Fault& fault : loaded.error()) lines += fault.line() + "\n";
        if (!lines.empty()) lines.pop_back();
        return lines;
    }
    std::string faults(const std::string& text) const { return faults(MemoryFiles({{"epode.xml", text}})); }
};

} // namespace epode::config
