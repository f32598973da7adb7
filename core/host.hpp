// SPDX-License-Identifier: MIT
// Host: one served domain on one shard: its modules and their tables, and what modules ask of the server.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/base/task.hpp"
#include "core/events.hpp"
#include "core/module/registration.hpp"
#include "core/store/batch.hpp"
#include "storage/engine.hpp"

namespace epode {

class Accounts;
class Module;
class Server;
class Shard;
namespace net {
class Pool;
}

class Host {
public:
    Host(Server& server, Shard& shard, Jid jid, OwnerId owner);
    ~Host();
    Host(const Host&) = delete;

    const Jid& jid() const noexcept { return jid_; }                   ///< the domain
    std::string_view domain() const noexcept { return jid_.text(); }
    Owner owner() const noexcept { return Owner(owner_); }              ///< for rows that belong to the host itself
    Server& server() const noexcept { return server_; }
    Shard& shard() const noexcept { return shard_; }

    Instant now() const noexcept;
    WallTime wall() const noexcept;
    Timers& timers() noexcept;

    /// Whether the JID's domain is this host.
    bool serves(const Jid& jid) const noexcept { return jid.domain() == domain(); }
    /// Sends a stanza on its way, as from its `from`, which the caller vouches for. No outgoing phases run (they are for
    /// what a client says); the incoming ones do. Delivery happens after the current hook, in order.
    void route(Stanza stanza);
    /// The same, durable together with `passage`'s stanza: its sender's acknowledgement waits for this one too.
    void route(Stanza stanza, const Passage& passage);
    /// The account where it is active on this shard, else null. No load.
    std::shared_ptr<Account> active(const Jid& bare) const noexcept;
    /// Makes the account active (loads what modules keep for it). Null where there is none. Only on its home shard.
    Task<std::shared_ptr<Account>> activate(Jid bare);
    /// Commits; returns when durable. Throws storage::Failure.
    Task<> commit(Batch batch);
    Accounts& accounts() const noexcept;

    /// Tells every handler of E. Decide-events return the strictest verdict; the others return pass.
    template <typename E>
    Verdict emit(E& event) {
        const auto* handlers = handlers_of(E::name);
        if (!handlers) return Verdict::pass();
        return run_event(*handlers, &event, E::kind == EventKind::decide);
    }
    template <typename E>
    Verdict emit(E&& event) {
        return emit(static_cast<E&>(event));
    }
    template <typename E>
    bool hears() const noexcept {
        return handlers_of(E::name) != nullptr;
    }

    /// A service some module provides; null when there is none now. Modules use Use<T>.
    void* service(std::string_view name) const noexcept;

    std::span<const FeatureEntry* const> features() const noexcept { return features_; }
    std::span<const IdentityEntry* const> identities() const noexcept { return identities_; }
    /// Commands of this host's modules, by node.
    std::span<CommandEntry* const> commands() const noexcept { return commands_; }
    /// Addresses that administrate this host (`<host admins=…>`), beside accounts with role admin.
    Role role_of(const Jid& bare) const;

    // ---- For the core ------------------------------------------------------------------------------------------------
    IqHandler* iq_handler(Scope scope, bool set, std::string_view ns, std::string_view name) const noexcept;
    /// Whether any handler of that scope knows the payload's namespace (to answer service-unavailable or not-allowed).
    std::span<PhaseHook* const> hooks(int phase) const noexcept { return hooks_[static_cast<std::size_t>(phase)]; }
    std::span<const std::unique_ptr<Module, void (*)(Module*)>> modules() const noexcept { return modules_; }
    Module* module(std::string_view name) const noexcept;
    void attach(std::unique_ptr<Module, void (*)(Module*)> module);
    /// Takes the module's registrations out; `gone` receives it when nobody is inside any more.
    void detach(std::string_view name, std::move_only_function<void(std::unique_ptr<Module, void (*)(Module*)>)> gone);

private:
    friend class ModuleRegistry;
    using Handlers = std::vector<EventHandler*>;
    const Handlers* handlers_of(std::string_view name) const noexcept;
    Verdict run_event(const Handlers& handlers, void* event, bool decide);

    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
    };
    Server& server_;
    Shard& shard_;
    Jid jid_;
    OwnerId owner_;
    std::vector<std::unique_ptr<Module, void (*)(Module*)>> modules_; ///< by name
    std::vector<PhaseHook*> hooks_[phase::count];
    std::unordered_map<std::string, Handlers, TextHash, std::equal_to<>> events_;
    std::unordered_map<std::string, std::vector<IqHandler*>, TextHash, std::equal_to<>> iqs_; ///< by namespace
    std::vector<const FeatureEntry*> features_;
    std::vector<const IdentityEntry*> identities_;
    std::vector<CommandEntry*> commands_;
    std::unordered_map<std::string, void*, TextHash, std::equal_to<>> services_;
};

} // namespace epode
