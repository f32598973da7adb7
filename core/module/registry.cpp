// SPDX-License-Identifier: MIT
#include "core/module/registry.hpp"

#include "core/module.hpp"
#include "core/net/pool.hpp"
#include "core/server.hpp"
#include "core/shard/shard.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>

namespace epode {

namespace fs = std::filesystem;

namespace {

const Logger& log() {
    static const Logger area("module");
    return area;
}

std::vector<std::string_view> depends_of(const Manifest& manifest) {
    std::vector<std::string_view> names;
    for (const auto name : manifest.depends)
        if (!name.empty()) names.push_back(name);
    return names;
}

bool depends_on(const Manifest& manifest, std::string_view name) {
    return std::ranges::find(manifest.depends, name) != std::end(manifest.depends);
}

std::string needs(std::string_view module, std::string_view other, std::string_view host, bool exists) {
    std::string sentence = "module ";
    sentence.append(module).append(" needs module ").append(other);
    if (!exists) return sentence + ", and there is none";
    return sentence.append(", which ")
        .append(host)
        .append(" does not have: take it out of without, or name it in <host>");
}

struct Busy {
    explicit Busy(bool& flag) : flag_(flag) { flag_ = true; }
    ~Busy() { flag_ = false; }
    bool& flag_;
};

} // namespace

// ---- What there is ------------------------------------------------------------------------------------------------

std::unique_ptr<ModuleRegistry> ModuleRegistry::discover(const std::vector<std::string>& directories,
                                                         std::string run_directory) {
    std::unique_ptr<ModuleRegistry> registry(new ModuleRegistry);
    registry->directories_ = directories;
    registry->run_directory_ = std::move(run_directory);
    for (const auto& directory : directories) {
        std::error_code error;
        std::vector<std::string> files;
        for (const auto& entry : fs::directory_iterator(directory, error))
            if (entry.path().extension() == ".so") files.push_back(entry.path().string());
        std::ranges::sort(files);
        for (const auto& file : files) {
            if (registry->known_.contains(fs::path(file).stem().string())) continue;
            if (auto learned = registry->learn(file); !learned) registry->faults_.push_back(learned.error().text);
        }
    }
    registry->rebuild_schema();
    return registry;
}

ModuleRegistry::~ModuleRegistry() {
    schema_.reset();
    stuck_.clear();
    known_.clear(); // each probe before its library (members in reverse order)
}

Result<> ModuleRegistry::learn(const std::string& path) {
    auto library = Library::open(path, run_directory_);
    if (!library) return std::unexpected(library.error());
    Known known(std::move(*library), Host::ModulePtr(nullptr, [](Module*) {}), {});
    auto probe = make(known, nowhere_);
    if (!probe) return std::unexpected(probe.error());
    known.probe = std::move(*probe);
    std::string name(known.manifest().name);
    known_.insert_or_assign(std::move(name), std::move(known));
    return {};
}

void ModuleRegistry::rebuild_schema() {
    auto schema = std::make_unique<config::Schema>();
    for (const auto& [name, known] : known_) {
        auto added =
            schema->add(config::KnownModule(name, *known.probe, known.manifest().stability == Stability::stable,
                                            std::string(known.manifest().summary)));
        if (!added) faults_.push_back(added.error().text);
    }
    schema_ = std::move(schema);
}

Result<Host::ModulePtr> ModuleRegistry::make(const Known& known, Host& host) {
    const auto& manifest = known.manifest();
    try {
        return Host::ModulePtr(manifest.create(host), manifest.destroy);
    } catch (const std::exception& thrown) {
        return fail("module " + std::string(manifest.name) + " could not be made: " + thrown.what());
    }
}

Result<std::vector<std::string>> ModuleRegistry::order(const std::vector<std::string>& wanted) const {
    std::vector<std::string> sorted;
    std::vector<std::string> path;
    std::string wrong;
    const std::function<void(const std::string&)> visit = [&](const std::string& name) {
        if (!wrong.empty() || std::ranges::find(sorted, name) != sorted.end()) return;
        if (std::ranges::find(path, name) != path.end()) {
            wrong = "modules depend on each other in a circle: " + path.front();
            for (std::size_t i = 1; i < path.size(); ++i) wrong += " -> " + path[i];
            wrong += " -> " + name;
            return;
        }
        const auto known = known_.find(name);
        if (known == known_.end()) {
            wrong = missing(name);
            return;
        }
        path.push_back(name);
        for (const auto needed : depends_of(known->second.manifest())) {
            if (std::ranges::find(wanted, needed) == wanted.end()) {
                wrong = needs(name, needed, "this host", known_.contains(needed));
                return;
            }
            visit(std::string(needed));
        }
        path.pop_back();
        sorted.push_back(name);
    };
    for (const auto& name : wanted) visit(name);
    if (!wrong.empty()) return fail(std::move(wrong));
    return sorted;
}

Result<> ModuleRegistry::check(const config::ServerConfig& config) const {
    for (const auto& host : config.hosts) {
        std::vector<std::string> names;
        for (const auto& [name, options] : host.modules) names.push_back(name);
        if (const auto sorted = order(names); !sorted)
            return fail("host " + std::string(host.domain()) + ": " + sorted.error().text);
    }
    return {};
}

Result<> ModuleRegistry::populate(Host& host, const std::vector<std::string>& modules) {
    const auto sorted = order(modules);
    if (!sorted) return fail("host " + std::string(host.domain()) + ": " + sorted.error().text);
    for (const auto& name : *sorted) {
        auto& known = known_.find(name)->second;
        auto module = make(known, host);
        if (!module) return std::unexpected(module.error());
        host.prepare(**module);
        if (auto attached = host.attach(std::move(*module)); !attached) return attached;
        const std::string domain(host.domain());
        if (std::ranges::find(known.loaded_on, domain) == known.loaded_on.end()) known.loaded_on.push_back(domain);
    }
    return {};
}

std::string ModuleRegistry::missing(std::string_view name) const {
    for (const auto& fault : faults_)
        if (fault.starts_with("module " + std::string(name) + " ")) return fault;
    std::vector<std::string_view> names;
    for (const auto& [known, module] : known_) names.emplace_back(known);
    return "there is no module " + std::string(name) + config::did_you_mean(name, names, "", "") + " in " +
           config::join(directories_, " or ");
}

std::string ModuleRegistry::path_of(std::string_view name) const {
    for (const auto& directory : directories_) {
        const auto path = fs::path(directory) / (std::string(name) + ".so");
        std::error_code error;
        if (fs::is_regular_file(path, error)) return path.string();
    }
    return (fs::path(directories_.empty() ? "." : directories_.front()) / (std::string(name) + ".so")).string();
}

// ---- While stanzas flow -------------------------------------------------------------------------------------------

Task<config::Loaded> ModuleRegistry::read(net::Pool& pool, Reader reader) {
    if (busy_) co_return std::unexpected(config::one_fault("a module is being changed; try again"));
    const Busy busy(busy_);
    auto work = [this, reader = std::move(reader)]() mutable { return reader(schema()); };
    auto loaded = co_await pool.run(std::move(work));
    if (!loaded) co_return loaded;
    if (auto good = check(**loaded); !good) co_return std::unexpected(config::one_fault(good.error().text));
    co_return loaded;
}

Task<std::string> ModuleRegistry::load(Server& server, std::string name) {
    if (busy_) co_return "another module is being changed; try again";
    const Busy busy(busy_);
    const auto before = known_.find(name);
    if (before != known_.end() && !before->second.loaded_on.empty())
        co_return "module " + name + " is loaded already; reload it";
    // A new file may have come since the server started.
    if (std::error_code error; !fs::is_regular_file(path_of(name), error)) co_return missing(name);
    if (auto learned = learn(path_of(name)); !learned) co_return learned.error().text;
    rebuild_schema();
    auto& known = known_.find(name)->second;
    std::vector<std::string> hosts;
    for (const auto& host : server.config().hosts) {
        if (!server.shard(0).host(host.domain())) continue; // configured since the start: served after a restart
        const auto& without = *host.options.without;
        if (std::ranges::find(without, name) == without.end()) hosts.emplace_back(host.domain());
    }
    for (const auto& domain : hosts) {
        auto* host = server.shard(0).host(domain);
        for (const auto needed : depends_of(known.manifest()))
            if (!host->module(needed)) co_return needs(name, needed, domain, known_.contains(needed));
    }
    std::string wrong;
    for (std::size_t i = 0; i < server.shard_count() && wrong.empty(); ++i)
        co_await server.at(server.shard(i), load_on(&server.shard(i), &known, hosts, &wrong));
    if (!wrong.empty()) {
        for (std::size_t i = 0; i < server.shard_count(); ++i)
            co_await server.at(server.shard(i), unload_on(&server.shard(i), name, hosts));
        co_return wrong;
    }
    known.loaded_on = hosts;
    log().info("module loaded", {{"module", name}});
    co_return "";
}

Task<> ModuleRegistry::load_on(Shard* shard, const Known* known, std::vector<std::string> hosts, std::string* wrong) {
    for (const auto& domain : hosts) {
        auto* host = shard->host(domain);
        auto module = make(*known, *host);
        if (!module) {
            *wrong = module.error().text;
            break;
        }
        host->prepare(**module);
        co_await shard->router().load_slots(*host, **module);
        if (auto attached = host->attach(std::move(*module)); !attached) {
            *wrong = attached.error().text;
            break;
        }
    }
}

Task<std::string> ModuleRegistry::unload(Server& server, std::string name) {
    if (busy_) co_return "another module is being changed; try again";
    const Busy busy(busy_);
    const auto found = known_.find(name);
    if (found == known_.end()) co_return missing(name);
    if (found->second.loaded_on.empty()) co_return "module " + name + " is not loaded";
    for (const auto& [other, known] : known_)
        if (!known.loaded_on.empty() && depends_on(known.manifest(), name))
            co_return "module " + other + " needs module " + name + "; unload that first";
    const auto hosts = std::exchange(found->second.loaded_on, {});
    for (std::size_t i = 0; i < server.shard_count(); ++i)
        co_await server.at(server.shard(i), unload_on(&server.shard(i), name, hosts));
    co_await server.fence();
    // Nothing of it runs any more. The code goes too; its settings are learned again from the file when it comes back.
    schema_.reset();
    known_.erase(name);
    static_cast<void>(learn(path_of(name)));
    rebuild_schema();
    log().info("module unloaded", {{"module", name}});
    co_return "";
}

Task<> ModuleRegistry::unload_on(Shard* shard, std::string name, std::vector<std::string> hosts) {
    for (const auto& domain : hosts) {
        auto* host = shard->host(domain);
        if (!host) continue;
        if (auto* module = host->module(name)) module->leaving();
        co_await detach(host, name);
    }
}

Task<> ModuleRegistry::detach(Host* host, std::string name) {
    Promise<bool> gone;
    host->detach(name, [&gone](Host::ModulePtr module) {
        module.reset(); // destroyed here, on its own shard
        gone.set(true);
    });
    co_await gone;
}

Task<std::string> ModuleRegistry::reload(Server& server, std::string name) {
    if (busy_) co_return "another module is being changed; try again";
    const Busy busy(busy_);
    const auto found = known_.find(name);
    if (found == known_.end()) co_return missing(name);
    if (found->second.loaded_on.empty()) co_return "module " + name + " is not loaded; load it";
    auto library = Library::open(path_of(name), run_directory_);
    if (!library) co_return library.error().text;
    Known fresh(std::move(*library), Host::ModulePtr(nullptr, [](Module*) {}), found->second.loaded_on);
    auto probe = make(fresh, nowhere_);
    if (!probe) co_return probe.error().text;
    fresh.probe = std::move(*probe);
    for (const auto& domain : fresh.loaded_on) {
        auto* host = server.shard(0).host(domain);
        for (const auto& option : host->options_of(name)) {
            auto* setting = fresh.probe->find(option.name);
            if (!setting)
                co_return "the new " + name + " has no option " + option.name + ", which the configuration sets";
            if (auto checked = setting->canonical(option.text); !checked)
                co_return "the new " + name + ": " + option.name + "=\"" + option.text + "\" " + checked.error().text;
        }
    }
    std::string wrong;
    for (std::size_t i = 0; i < server.shard_count() && wrong.empty(); ++i)
        co_await server.at(server.shard(i), swap_on(&server.shard(i), &fresh, fresh.loaded_on, &wrong));
    co_await server.fence();
    if (!wrong.empty()) {
        stuck_.push_back(std::move(fresh));
        co_return wrong;
    }
    schema_.reset();
    std::swap(found->second, fresh); // the old one goes at the end of this function: probe first, then code
    rebuild_schema();
    log().info("module reloaded", {{"module", name}});
    co_return "";
}

void ModuleRegistry::hand_over(Module& old, Module& next) {
    next.restore(old.save());
    for (auto* slot : next.slots_)
        for (auto* before : old.slots_)
            if (before->slot_name() == slot->slot_name()) slot->restore(before->save());
}

std::set<OwnerId> ModuleRegistry::outdated_in(const Module& module) {
    std::set<OwnerId> owners;
    for (auto* slot : module.slots_) {
        const auto of_slot = slot->outdated();
        owners.insert(of_slot.begin(), of_slot.end());
    }
    return owners;
}

Task<> ModuleRegistry::swap_on(Shard* shard, const Known* fresh, std::vector<std::string> hosts, std::string* wrong) {
    const std::string name(fresh->manifest().name);
    for (const auto& domain : hosts) {
        auto* host = shard->host(domain);
        auto made = make(*fresh, *host);
        if (!made) {
            *wrong = made.error().text;
            break;
        }
        // One turn: nobody finds the module missing, and nothing changes between saving and restoring.
        auto& next = **made;
        host->prepare(next);
        std::set<OwnerId> outdated;
        if (auto* old = host->module(name)) {
            hand_over(*old, next);
            outdated = outdated_in(next);
        }
        Promise<bool> gone;
        host->detach(name, [&](Host::ModulePtr old) {
            if (old) outdated.merge(outdated_in(*old)); // changed while it was on its way out
            old.reset();
            gone.set(true);
        });
        if (auto attached = host->attach(std::move(*made)); !attached) *wrong = attached.error().text;
        co_await gone;
        for (const auto owner : outdated) shard->router().reload(owner);
    }
}

} // namespace epode
