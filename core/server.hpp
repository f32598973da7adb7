// SPDX-License-Identifier: MIT
// Server: everything that exists once: configuration, storage, shards, modules, accounts, TLS; started and stopped in
// order.
#pragma once

#include "core/base/clock.hpp"
#include "core/base/id.hpp"
#include "core/base/result.hpp"
#include "core/config/diff.hpp"
#include "core/config/server_config.hpp"
#include "core/net/address_limit.hpp"
#include "core/net/listener.hpp"
#include "core/net/pool.hpp"
#include "core/net/tls_context.hpp"
#include "core/session/accounts.hpp"
#include "core/session/login_throttle.hpp"
#include "core/session/password_memory.hpp"
#include "core/session/tokens.hpp"
#include "core/shard/id_source.hpp"
#include "core/shard/shard.hpp"
#include "storage/engine.hpp"

#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace epode {

class Authenticator;
class ModuleRegistry;
namespace control {
class Control;
}

class Server {
public:
    struct Options {
        std::shared_ptr<const config::ServerConfig> config;
        std::unique_ptr<storage::Engine> engine;
        std::shared_ptr<const Clock> clock;
        std::unique_ptr<ModuleRegistry> modules; ///< libraries are found and checked already
        std::size_t shards = 1;
        bool threads = true;       ///< false: the owner steps shards itself (test kit): no sockets, no pool threads
        Secret token_key;          ///< of no token without it; empty: one of the process, and all tokens end with that
        std::uint64_t shuffle = 0; ///< not 0: order inside phases by this seed
        /// Reads the configuration again, for a reload; without it there is nothing to reload.
        std::function<config::Loaded(const config::Schema&)> load;
        std::function<void()> end; ///< an administrator wants the process to end; called on shard 0

        Options();
        Options(Options&&) noexcept;
        ~Options();
    };

    explicit Server(Options options);
    ~Server();
    Server(const Server&) = delete;

    static std::string_view version() noexcept;

    /// Makes hosts and module instances on every shard, then opens the listeners (with threads only). The error is one
    /// sentence for the administrator; nothing runs after it.
    Result<> start();
    /// Stops accepting, ends streams with system-shutdown, waits until all shards are quiet and storage has everything,
    /// at most as long as the configuration says. Blocks; not from a shard.
    void stop();
    /// The parts of `stop` for an owner that steps shards itself.
    void begin_stop();

    /// The configuration of this moment, from any thread; what it refers to stays valid while the server lives.
    const config::ServerConfig& config() const noexcept { return *config_.load(std::memory_order_acquire); }
    /// What `load` of the options says now, with the check that the modules fit together. The files are read on the
    /// pool. On shard 0; throws PoolFull.
    Task<config::Loaded> load_config();
    /// A module that could not be restarted; it goes on as it was.
    struct NotRestarted {
        std::string module, reason;
    };
    struct Applied {
        std::vector<config::Change> changes;
        std::vector<NotRestarted> failures;
    };
    using Reloaded = std::expected<Applied, config::Faults>;
    /// Loads the configuration again and lets it count, each shard between two stanzas; on faults nothing changes. What
    /// needs it restarts modules; hosts, a host's set of modules and options that need a restart of the server wait for
    /// that, and are answered with Needs::server_restart until then. Logs what it does. On shard 0, one at a time.
    Task<Reloaded> reload_config();
    /// Asks whoever runs the process to end it.
    void request_end() const;
    storage::Engine& engine() const noexcept { return *engine_; }
    net::Pool& pool() noexcept { return *pool_; }
    Accounts& accounts() noexcept { return accounts_; }
    Tokens& tokens() noexcept { return tokens_; }
    ModuleRegistry& modules() noexcept { return *modules_; }
    const Clock& clock() const noexcept { return *clock_; }
    Instant started() const noexcept { return started_; }

    Shard& shard(std::size_t index) const noexcept { return *shards_[index]; }
    std::size_t shard_count() const noexcept { return shards_.size(); }
    /// The shard that owns a bare JID (a full one's bare JID, a domain).
    Shard& home(const Jid& jid) const noexcept;
    Router& router(Shard& shard) const noexcept { return shard.router(); }
    /// A time-ordered id, growing on that shard, also over restarts with a clock that went back. On the shard.
    OrderedId next_id(Shard& shard);

    /// Null before the first certificate, in the test kit.
    std::shared_ptr<net::TlsContext> tls() const;
    /// Loads certificates again (SIGHUP, epodectl); on a fault the old ones stay.
    Result<> reload_tls();
    /// The authenticator of a host: a module's, or the accounts of this server.
    Authenticator& authenticator(const Host& host) noexcept;
    /// Makes salts for names without an account; stored, so it outlives restarts.
    const Secret& pretence_key() const noexcept { return pretence_key_; }
    LoginThrottle& login_throttle() noexcept { return login_throttle_; }

    /// A module's table, by name; remembered so that an account's rows can be erased from tables of modules that are
    /// gone.
    storage::Table store_table(const std::string& name);
    std::vector<storage::Table> all_store_tables() const;
    storage::Table account_table() const noexcept { return account_table_; }
    storage::Table special_table() const noexcept { return special_table_; } ///< Accounts::special
    /// Runs `task` on another shard and waits for it here. From a shard.
    Task<> at(Shard& shard, Task<> task);
    PasswordMemory& password_memory() noexcept { return passwords_; }

    /// Takes over an accepted connection on the current shard.
    void accept(Shard& shard, std::unique_ptr<net::ByteStream> bytes, std::string transport, bool tls_required);
    /// Waits until every shard has done what was posted to it before. From a shard.
    Task<> fence();
    bool stopping() const noexcept { return stopping_; }
    std::vector<std::uint16_t> ports() const;

private:
    Result<> open_listeners();
    Result<> open_control();
    bool tls_required_at(const std::string& listener) const;
    Result<std::shared_ptr<net::TlsContext>> make_tls(const config::ServerConfig& config) const;
    void publish(std::shared_ptr<const config::ServerConfig> config);
    Task<> apply_config(Shard* shard);
    Task<std::vector<NotRestarted>> restart_modules(std::vector<config::Change> changes);
    Result<> load_keys();
    Result<> load_ids();
    Result<> load_roles();
    Result<> load_sessions();
    void save_ids();
    void turn_out();

    std::vector<std::shared_ptr<const config::ServerConfig>>
        configs_; ///< the first, and every one since: shards may look at it
    std::atomic<const config::ServerConfig*> config_;
    std::function<config::Loaded(const config::Schema&)> load_;
    std::function<void()> end_;
    bool reloading_ = false;
    std::unique_ptr<storage::Engine> engine_;
    std::shared_ptr<const Clock> clock_;
    std::unique_ptr<ModuleRegistry> modules_;
    bool threads_on_;
    std::uint64_t shuffle_;
    Instant started_;
    Accounts accounts_;
    Tokens tokens_;
    std::unordered_map<std::string, std::unique_ptr<Authenticator>> internal_; ///< by host
    PasswordMemory passwords_;
    storage::Table account_table_{}, special_table_{};
    std::vector<std::unique_ptr<Shard>> shards_;
    std::vector<std::unique_ptr<IdSource>> ids_; ///< by shard
    std::unique_ptr<net::Pool> pool_;
    std::vector<std::thread> threads_;
    std::vector<std::unique_ptr<net::Listener>> listeners_;
    std::unique_ptr<control::Control> control_; ///< shard 0's; null without threads
    mutable std::mutex mutex_;                  ///< tls_, tables_
    std::shared_ptr<net::TlsContext> tls_;
    std::vector<std::pair<std::string, storage::Table>> tables_;
    Secret pretence_key_;
    LoginThrottle login_throttle_;
    net::AddressLimit addresses_;
    std::atomic<bool> stopping_{false};
};

} // namespace epode
