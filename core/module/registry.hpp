// SPDX-License-Identifier: MIT
// ModuleRegistry: the modules there are, their settings, and which hosts have them; load, unload and reload while
// stanzas flow. Instances belong to their hosts; libraries belong here and outlive them.
#pragma once

#include "core/base/result.hpp"
#include "core/base/task.hpp"
#include "core/config/server_config.hpp"
#include "core/host.hpp"
#include "core/module/library.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace epode {

class Server;
namespace net {
class Pool;
}

class ModuleRegistry {
public:
    struct Known {
        std::shared_ptr<Library> library;
        Host::ModulePtr probe;              ///< an instance that belongs to no host, to know its settings
        std::vector<std::string> loaded_on; ///< hosts

        Known(std::shared_ptr<Library> code, Host::ModulePtr instance, std::vector<std::string> hosts)
            : library(std::move(code)), probe(std::move(instance)), loaded_on(std::move(hosts)) {}
        Known(Known&&) noexcept = default;
        /// The old instance goes before its code.
        Known& operator=(Known other) noexcept {
            library.swap(other.library);
            probe.swap(other.probe);
            loaded_on.swap(other.loaded_on);
            return *this;
        }
        const Manifest& manifest() const noexcept { return library->manifest(); }
    };

    /// Opens every module in `directories` (the first of a name counts). A module that cannot be opened is left out and
    /// named in `faults()`; naming it in the configuration is then an error that repeats why.
    static std::unique_ptr<ModuleRegistry> discover(const std::vector<std::string>& directories,
                                                    std::string run_directory);
    ~ModuleRegistry();

    const config::Schema& schema() const noexcept { return *schema_; }
    const std::map<std::string, Known, std::less<>>& known() const noexcept { return known_; }
    const std::vector<std::string>& faults() const noexcept { return faults_; }

    /// The modules of one host in dependency order. The error names a cycle or what is missing.
    Result<std::vector<std::string>> order(const std::vector<std::string>& wanted) const;
    /// Whether every host's modules fit together; the error names the host.
    Result<> check(const config::ServerConfig& config) const;
    /// Makes, prepares and attaches the host's modules; before its shard runs.
    Result<> populate(Host& host, const std::vector<std::string>& modules);

    // ---- At run time, from a shard (the control connection's). The text is "" or one sentence on what was wrong.
    // -------
    Task<std::string> load(Server& server, std::string name);
    Task<std::string> unload(Server& server, std::string name);
    Task<std::string> reload(Server& server, std::string name);

    using Reader = std::move_only_function<config::Loaded(const config::Schema&)>;
    /// A configuration, read on a thread of `pool`, with the check that the modules fit together. While it is read no
    /// module comes or goes, since the schema is theirs. From shard 0; throws PoolFull.
    Task<config::Loaded> read(net::Pool& pool, Reader reader);

private:
    ModuleRegistry() = default;
    Result<> learn(const std::string& path);
    void rebuild_schema();
    Result<Host::ModulePtr> make(const Known& known, Host& host);
    Task<> load_on(Shard* shard, const Known* known, std::vector<std::string> hosts, std::string* wrong);
    Task<> unload_on(Shard* shard, std::string name, std::vector<std::string> hosts);
    Task<> swap_on(Shard* shard, const Known* fresh, std::vector<std::string> hosts, std::string* wrong);
    Task<> detach(Host* host, std::string name);
    static void hand_over(Module& old, Module& next);
    static std::set<OwnerId> outdated_in(const Module& module);
    /// One sentence on a module that is not known, with the nearest name or with why its file is no good.
    std::string missing(std::string_view name) const;
    std::string path_of(std::string_view name) const;

    std::vector<std::string> directories_;
    std::string run_directory_;
    std::map<std::string, Known, std::less<>> known_;
    std::unique_ptr<config::Schema> schema_;
    std::vector<std::string> faults_;
    std::vector<Known> stuck_; ///< of reloads that went wrong half-way: some shard may run their code
    Host nowhere_;
    bool busy_ = false; ///< one change at a time
};

} // namespace epode
