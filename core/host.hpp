// SPDX-License-Identifier: MIT
// Host: one served domain on one shard: its modules and their tables, and what modules ask of the server.
#pragma once

#include "core/base/clock.hpp"
#include "core/base/id.hpp"
#include "core/base/log.hpp"
#include "core/base/task.hpp"
#include "core/config/setting.hpp"
#include "core/events.hpp"
#include "core/module/registration.hpp"
#include "core/store/batch.hpp"
#include "storage/engine.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace epode {

class Accounts;
class Module;
class Server;
class Shard;
class Tokens;
namespace net {
class Pool;
}

class Host {
public:
    using ModulePtr = std::unique_ptr<Module, void (*)(Module*)>;
    using Version = void (*)(Module*);
    using OptionSource = std::function<std::vector<OptionText>(std::string_view module)>;

    /// `options` gives each module of this host its configuration.
    Host(Server& server, Shard& shard, Jid jid, OwnerId owner, OptionSource options);
    /// Belongs to nothing: a module made on it can only be asked for its settings.
    Host();
    ~Host();
    Host(const Host&) = delete;

    const Jid& jid() const noexcept { return jid_; } ///< the domain
    std::string_view domain() const noexcept { return jid_.text(); }
    Owner owner() const noexcept { return Owner(owner_); } ///< for rows that belong to the host itself
    Server& server() const noexcept { return *server_; }
    Shard& shard() const noexcept { return *shard_; }

    Instant now() const noexcept;   ///< for time-outs; in tests it stands until it is moved
    WallTime wall() const noexcept; ///< for stamps, UTC
    Timers& timers() noexcept;      ///< this shard's; modules use every() and after()

    /// Whether the JID's domain is this host.
    bool serves(const Jid& jid) const noexcept { return jid.domain() == domain(); }
    /// Sends a stanza on its way, to whatever shard or host, as from its `from`, which the caller vouches for. No
    /// outgoing phases run (they are for what a client says); the incoming ones do. Delivery happens after the current
    /// hook, in order.
    void route(Stanza stanza);
    /// One stanza for many: each shard gets it once, with its recipients there. In order with the other calls.
    void route(Stanza stanza, std::vector<Jid> recipients);
    /// The same, durable together with `passage`'s stanza: its sender's acknowledgement waits for this one too.
    void route(Stanza stanza, const Passage& passage);
    void route(Stanza stanza, const Arrival& arrival);
    /// The same, and `passage`'s batch goes with it: what both stanzas cause is kept together.
    void route_onward(Stanza stanza, Passage& passage);
    /// The members of a room, to be told what it says. Those of domains that are not served here are left out.
    Ref<Audience> audience(std::vector<RoomMember> members) const;
    /// RoomSaid for each part of the audience where somebody hears it, on its home: one letter to each shard.
    void tell(const Ref<Audience>& audience, RoomMessage message);
    /// The account where it is active on this shard, else null. No load.
    std::shared_ptr<Account> active(const Jid& bare) const noexcept;
    /// All of them: for a module that comes while people are there.
    std::vector<std::shared_ptr<Account>> active_accounts() const;
    /// Makes the account active (loads what modules keep for it). Null where there is none. Only on its home shard.
    Task<std::shared_ptr<Account>> activate(Jid bare);
    /// Commits all of it or nothing; returns when it is durable. Throws storage::Failure.
    Task<> commit(Batch batch);
    /// For what is kept under its time: larger than all that this shard has given, and than all of earlier runs of the
    /// server, also where the clock went back.
    OrderedId next_id() const;
    /// Waits until the owner's changes of this moment are durable, or have failed and been taken back. On its shard.
    Task<> settled(Owner owner);
    /// Whether this shard is the home of that address: what is kept for it is written here.
    bool home_of(const Jid& jid) const noexcept;
    /// Whether it is an address at one of this server's hosts: then some shard is its home.
    bool has_home(const Jid& jid) const noexcept;
    Accounts& accounts() const noexcept; ///< all of this server, by name: to make, list and remove them
    Tokens& tokens() const noexcept;     ///< what devices log in with (XEP-0484), of all of this server
    /// The largest stanza a client may send after login, in bytes (announced by XEP-0478).
    std::size_t stanza_limit() const noexcept;
    /// Since the server started.
    Duration uptime() const noexcept;
    /// This server's version, as in `epode --version`.
    std::string_view version() const noexcept;

    /// Tells every handler of E on this shard, at once. Decide-events return the strictest verdict; the others return
    /// pass.
    template <typename E> Verdict emit(E& event) {
        const auto* handlers = handlers_of(E::name);
        if (!handlers) return Verdict::pass();
        return run_event(*handlers, &event, E::kind == EventKind::decide);
    }
    template <typename E> Verdict emit(E&& event) { return emit(static_cast<E&>(event)); }
    /// Whether anybody does; where it costs something to say.
    template <typename E> bool hears() const noexcept { return handlers_of(E::name) != nullptr; }

    /// A service some module provides; null when there is none now. Modules use Use<T>.
    void* service(std::string_view name) const noexcept;

    std::span<const FeatureEntry* const> features() const noexcept { return features_; }
    std::span<const IdentityEntry* const> identities() const noexcept { return identities_; }
    /// The domains that this host's modules serve (conference.HOST).
    std::span<DomainEntry* const> domains() const noexcept { return domains_; }
    /// Commands of this host's modules, by node.
    std::span<CommandEntry* const> commands() const noexcept { return commands_; }
    /// The role of any account of this host, wherever its home is; addresses that administrate it (`<host admins=…>`),
    /// of other hosts too, are admins.
    Role role_of(const Jid& bare) const;

    // ---- For the core ---------------------------------------------------------------------------------------------
    /// `to` counts in the scopes room and service: the handler of the module that serves its domain, else one of a
    /// module without a service.
    IqHandler* iq_handler(Scope scope, bool set, std::string_view ns, std::string_view name,
                          const Jid& to = {}) const noexcept;
    std::span<PhaseHook* const> hooks(int phase) const noexcept { return hooks_[static_cast<std::size_t>(phase)]; }
    /// Who hears an event, in order, and the names of all events that somebody hears, sorted.
    std::span<EventHandler* const> handlers(std::string_view event) const noexcept;
    std::vector<std::string_view> events() const;
    std::span<const ModulePtr> modules() const noexcept { return modules_; }
    Module* module(std::string_view name) const noexcept;
    /// Equal where instances come from the same library (a reload brings another one); null where there is no instance.
    Version version_of(std::string_view name) const noexcept;
    /// Opens what the module keeps (tables); blocks. Before attach.
    void prepare(Module& module);
    /// Puts the module's registrations into the tables and starts its timers. Says what another module claims already.
    Result<> attach(ModulePtr module);
    /// Takes the module's registrations out; `gone` receives it when nobody is inside any more.
    void detach(std::string_view name, std::move_only_function<void(ModulePtr)> gone);
    void session_ended(const Session& session);
    void account_evicted(const Account& account);
    std::vector<OptionText> options_of(std::string_view module) const {
        return options_ ? options_(module) : std::vector<OptionText>();
    }
    /// Logins on this shard, for the metrics: those that succeeded, and the others by condition.
    struct Logins {
        std::uint64_t accepted = 0;
        std::map<std::string, std::uint64_t, std::less<>> refused;
    };
    Logins& logins() noexcept { return logins_; }
    const Logins& logins() const noexcept { return logins_; }
    void set_role(const Jid& bare, Role role);
    void set_admins(std::vector<Jid> admins) { admins_ = std::move(admins); }
    /// Shuffles the order inside phases and events (tests): order must not matter.
    void shuffle(std::uint64_t seed);

private:
    friend class ModuleRegistry;
    using Handlers = std::vector<EventHandler*>;
    const Handlers* handlers_of(std::string_view name) const noexcept;
    const IqHandler* rival(const IqHandler& handler) const noexcept;
    Result<> serve(Module& module);
    Verdict run_event(const Handlers& handlers, void* event, bool decide);

    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
    };
    Server* server_ = nullptr;
    Shard* shard_ = nullptr;
    Jid jid_;
    OwnerId owner_{};
    OptionSource options_;
    std::vector<Jid> admins_;
    std::unordered_map<Jid, Role> roles_; ///< other than user
    Logins logins_;
    std::vector<ModulePtr> modules_; ///< by name
    std::vector<PhaseHook*> hooks_[phase::count];
    std::unordered_map<std::string, Handlers, TextHash, std::equal_to<>> events_;
    std::unordered_map<std::string, std::vector<IqHandler*>, TextHash, std::equal_to<>> iqs_; ///< by namespace
    std::vector<const FeatureEntry*> features_;
    std::vector<const IdentityEntry*> identities_;
    std::vector<DomainEntry*> domains_;
    std::vector<CommandEntry*> commands_;
    std::unordered_map<std::string, void*, TextHash, std::equal_to<>> services_;
};

} // namespace epode
