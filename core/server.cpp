// SPDX-License-Identifier: MIT
#include "core/server.hpp"

#include "core/base/log.hpp"
#include "core/control/control.hpp"
#include "core/host.hpp"
#include "core/module.hpp"
#include "core/module/registry.hpp"
#include "core/net/tcp.hpp"
#include "core/session/client_connection.hpp"
#include "core/session/keeping.hpp"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <openssl/sha.h>
#include <string>
#include <vector>

namespace epode {

namespace {

const Logger& log() {
    static const Logger area("server");
    return area;
}

/// A host's own rows: the same owner for ever, without asking the store.
OwnerId owner_of(std::string_view domain) {
    const std::string text = "host " + std::string(domain);
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
    std::uint64_t id = 0;
    for (std::size_t i = 0; i < 8; ++i) id = id << 8 | digest[i];
    return OwnerId(id);
}

/// A line for all hosts with the same modules, which is mostly one.
void log_modules(const config::ServerConfig& config) {
    constexpr std::size_t most_named = 5;
    std::map<std::string, std::vector<std::string>> hosts;
    for (const auto& host : config.hosts) {
        std::vector<std::string> modules;
        for (const auto& [name, options] : host.modules) modules.push_back(name);
        hosts[config::join(modules, " ")].emplace_back(host.domain());
    }
    for (auto& [modules, domains] : hosts) {
        const auto more = domains.size() - std::min(domains.size(), most_named);
        domains.resize(domains.size() - more);
        auto named = config::join(domains, " ");
        if (more) named += " and " + std::to_string(more) + " more";
        log().info("serving", {{"hosts", named}, {"modules", modules}});
    }
}

constexpr std::string_view keys_row = "keys";
constexpr std::size_t key_bytes = 48; ///< hash key (16), pretence key (32)

} // namespace

Server::Options::Options() = default;
Server::Options::Options(Options&&) noexcept = default;
Server::Options::~Options() = default;

Server::Server(Options options)
    : configs_{std::move(options.config)}, config_(configs_.front().get()), load_(std::move(options.load)),
      end_(std::move(options.end)), engine_(std::move(options.engine)), clock_(std::move(options.clock)),
      modules_(std::move(options.modules)), threads_on_(options.threads), shuffle_(options.shuffle),
      started_(clock_->now()), accounts_(*this), tokens_(*this, std::move(options.token_key)),
      pool_(std::make_unique<net::Pool>(options.threads ? 2 : 0, 1024)) {
    for (std::size_t i = 0; i < std::max<std::size_t>(options.shards, 1); ++i) {
        shards_.push_back(std::make_unique<Shard>(*this, i, *clock_, options.threads));
        ids_.push_back(std::make_unique<IdSource>(*engine_, i));
    }
}

Server::~Server() {
    if (threads_on_) stop();
    control_.reset();
    listeners_.clear();
    pool_.reset();
    // Each step on all shards before the next one: what a shard still holds may be for another.
    for (auto& shard : shards_) shard->end_connections();
    turn_out();
    save_ids();
    for (auto& shard : shards_) shard->let_go();
    shards_.clear();
}

/// What was posted last, and what the engine still writes, comes to its end while everything is there.
void Server::turn_out() {
    constexpr unsigned most_rounds = 1000;
    bool worked = true;
    for (unsigned round = 0; worked && round < most_rounds; ++round) {
        engine_->drain();
        worked = false;
        for (auto& shard : shards_) worked |= shard->turn();
    }
}

std::string_view Server::version() noexcept { return EPODE_VERSION; }

// ---- Start --------------------------------------------------------------------------------------------------------

namespace {

/// Without a current executor tasks of the store complete at once. A failure is one sentence for the administrator.
template <typename T> Result<T> at_once(Task<T> task) {
    Result<T> outcome = fail("the store did not answer");
    spawn(
        std::move(task), [&](T value) { outcome = std::move(value); },
        [&](std::exception_ptr failure) {
            try {
                std::rethrow_exception(failure);
            } catch (const std::exception& thrown) {
                outcome = fail(std::string("the store cannot be used: ") + thrown.what());
            }
        });
    return outcome;
}

Task<Bytes> keys_of(storage::Engine& engine) {
    const auto table = engine.table("meta");
    auto found = co_await engine.get(table, std::string(keys_row));
    if (found && found->bytes.size() == key_bytes) co_return std::move(found->bytes);
    Bytes keys(key_bytes, '\0');
    random_bytes(keys.data(), keys.size());
    storage::Batch batch;
    batch.put(table, std::string(keys_row), keys);
    co_await engine.commit(std::move(batch));
    co_return keys;
}

} // namespace

Result<> Server::load_keys() {
    auto keys = at_once(keys_of(*engine_));
    if (!keys) return std::unexpected(keys.error());
    const auto number = [&](std::size_t at) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>((*keys)[at + i]);
        return value;
    };
    set_hash_key(number(0), number(8));
    pretence_key_ = Secret(keys->substr(16));
    wipe(*keys);
    return {};
}

Result<> Server::load_ids() {
    const auto given = at_once(IdSource::given(*engine_));
    if (!given) return std::unexpected(given.error());
    if (clock_->wall() < *given - IdSource::ahead) log().warn("the clock is behind what it was; ids go on from there");
    for (const auto& ids : ids_) ids->begin(*given);
    return {};
}

Result<> Server::load_roles() {
    const auto records = at_once(accounts_.special());
    if (!records) return std::unexpected(records.error());
    for (const auto& record : *records) {
        const auto bare = Jid::parse(record.bare);
        if (!bare || record.removing) continue;
        for (const auto& shard : shards_)
            if (auto* host = shard->host(bare->domain())) host->set_role(*bare, record.role);
    }
    return {};
}

void Server::save_ids() {
    for (const auto& ids : ids_)
        spawn(ids->save(), [] {}, [](std::exception_ptr) { log().error("the time of ids could not be noted"); });
}

/// Sessions that may be resumed are there before anybody can ask for them.
Result<> Server::load_sessions() {
    auto kept = at_once(SessionTables(*this).load());
    if (!kept) return std::unexpected(kept.error());
    for (auto& session : *kept) {
        const auto bare = Jid::parse(session.row.account);
        auto& home_shard = bare ? home(*bare) : *shards_[0];
        ++home_shard.restoring().left;
        home_shard.post(
            Job([this, shard = &home_shard, owned = std::make_unique<KeptSession>(std::move(session))]() mutable {
                const auto done = [shard] {
                    auto& restoring = shard->restoring();
                    if (--restoring.left > 0) return;
                    restoring.copies.clear();
                    for (auto* waiter : std::exchange(restoring.waiters, {})) waiter->set(true);
                };
                spawn(ClientConnection::restore(this, shard, std::move(owned)), done,
                      [done](std::exception_ptr) { done(); });
            }));
    }
    return {};
}

Result<> Server::start() {
    account_table_ = engine_->table("account");
    special_table_ = engine_->table("account-special");
    tokens_.open();
    if (auto keys = load_keys(); !keys) return keys;
    if (auto ids = load_ids(); !ids) return ids;
    for (const auto& host : config().hosts) {
        const auto domain = *Jid::parse(host.domain());
        internal_.emplace(std::string(host.domain()), internal_authenticator(*this, domain));
    }
    for (auto& shard : shards_) {
        const Executor::Scope scope(shard.get());
        for (const auto& host : config().hosts) {
            const std::string domain(host.domain());
            auto options = [this, domain](std::string_view module) {
                const auto* configured = config().host(domain);
                if (!configured) return std::vector<OptionText>();
                const auto found = configured->modules.find(module);
                return found == configured->modules.end() ? std::vector<OptionText>() : found->second;
            };
            auto made =
                std::make_unique<Host>(*this, *shard, *Jid::parse(domain), owner_of(domain), std::move(options));
            made->set_admins(*host.options.admins);
            std::vector<std::string> names;
            for (const auto& [name, given] : host.modules) names.push_back(name);
            if (auto populated = modules_->populate(*made, names); !populated) return populated;
            if (shuffle_) made->shuffle(shuffle_ + shard->index());
            auto& host_ref = *made;
            shard->add_host(std::move(made));
            host_ref.emit(HostAdded{host_ref});
        }
    }
    if (auto roles = load_roles(); !roles) return roles;
    if (auto sessions = load_sessions(); !sessions) return sessions;
    shards_[0]->post(Job([this] {
        spawn(
            accounts_.finish_removals(), [] {},
            [](std::exception_ptr) { log().error("removed accounts could not be erased"); });
    }));
    if (!threads_on_) return {};
    if (auto tls = reload_tls(); !tls) return tls;
    if (auto opened = open_listeners(); !opened) return opened;
    if (auto opened = open_control(); !opened) return opened;
    log().info("started", {{"version", version()},
                           {"hosts", config().hosts.size()},
                           {"shards", shards_.size()},
                           {"data", config().server.data->text}});
    log_modules(config());
    for (auto& shard : shards_) threads_.emplace_back([shard = shard.get()] { shard->run(); });
    return {};
}

Result<> Server::open_listeners() {
    for (const auto& configured : config().listeners) {
        if (*configured.type != config::ListenType::c2s)
            return fail("listen: this server has no listener for that type yet; use type=\"c2s\"");
        net::ListenAddress where(*configured.address, *configured.port);
        auto sharing = shards_.size() > 1 ? net::Sharing::first : net::Sharing::alone;
        for (auto& shard : shards_) {
            const bool direct = configured.mode() == config::ListenTls::direct;
            auto listener = net::Listener::open(*shard->loop(), where, sharing,
                                                [this, shard = shard.get(), direct,
                                                 label = configured.label()](std::unique_ptr<net::ByteStream> bytes) {
                                                    if (direct) bytes = net::tls_server(std::move(bytes), tls());
                                                    accept(*shard, std::move(bytes), direct ? "tls" : "tcp",
                                                           tls_required_at(label));
                                                });
            if (!listener) return std::unexpected(listener.error());
            where.port = (*listener)->port(); // with port 0 the shards share the first one's
            sharing = net::Sharing::next;
            listeners_.push_back(std::move(*listener));
        }
        log().info("listening", {{"port", where.port},
                                 {"tls", configured.mode() == config::ListenTls::direct ? "direct" : "starttls"}});
    }
    return {};
}

Result<> Server::open_control() {
    const auto path = config().control_socket();
    auto control = control::Control::open(*this, path);
    if (!control) return fail(control.error().text + " (<epode control=\"...\"> names another place)");
    control_ = std::move(*control);
    log().info("listening for administrators", {{"socket", path}});
    return {};
}

/// By its label, since a reload may have changed it. A listener that is configured no more (until the restart) is
/// strict.
bool Server::tls_required_at(const std::string& listener) const {
    for (const auto& configured : config().listeners)
        if (configured.label() == listener) return *configured.required && configured.mode() != config::ListenTls::none;
    return true;
}

std::vector<std::uint16_t> Server::ports() const {
    std::vector<std::uint16_t> ports;
    for (const auto& listener : listeners_)
        if (std::ranges::find(ports, listener->port()) == ports.end()) ports.push_back(listener->port());
    return ports;
}

void Server::accept(Shard& shard, std::unique_ptr<net::ByteStream> bytes, std::string transport, bool tls_required) {
    if (stopping_) return bytes->close();
    Peer peer;
    peer.address = bytes->peer_address();
    peer.loopback = bytes->peer_is_loopback();
    peer.secure = bytes->secure();
    peer.transport = std::move(transport);
    auto place = addresses_.enter(peer.address, *config().c2s.max_connections_per_address);
    if (!place) { // a flood must not cost a TLS handshake each
        log().debug("too many connections from one address", {{"address", peer.address}});
        return bytes->close();
    }
    bytes->set_rank(net::Rank::newcomer);
    auto connection =
        std::make_unique<ClientConnection>(*this, shard, shard.next_id(), std::move(bytes), std::move(peer));
    connection->set_tls_required(tls_required);
    connection->set_place(std::move(*place));
    shard.adopt(std::move(connection)).start();
}

Shard& Server::home(const Jid& jid) const noexcept {
    if (shards_.size() == 1) return *shards_[0];
    return *shards_[jid.bare().hash() % shards_.size()];
}

OrderedId Server::next_id(Shard& shard) { return ids_[shard.index()]->next(clock_->wall()); }

// ---- TLS, tables, authenticators ----------------------------------------------------------------------------------

std::shared_ptr<net::TlsContext> Server::tls() const {
    const std::lock_guard lock(mutex_);
    return tls_;
}

Result<> Server::reload_tls() {
    auto context = make_tls(config());
    if (!context) return std::unexpected(context.error());
    const std::lock_guard lock(mutex_);
    tls_ = std::move(*context);
    return {};
}

Result<std::shared_ptr<net::TlsContext>> Server::make_tls(const config::ServerConfig& config) const {
    std::vector<net::TlsIdentity> identities;
    for (const auto& configured : config.identities()) {
        net::TlsIdentity identity;
        identity.names = configured.names;
        identity.certificate_file = configured.certificate;
        identity.key_file = configured.key;
        if (identity.certificate_file.empty()) {
            const auto folder = std::filesystem::path(config.server.data->text) / "tls";
            std::error_code error;
            std::filesystem::create_directories(folder, error);
            const auto name = identity.names.empty() ? std::string("default") : identity.names.front();
            identity.certificate_file = (folder / (name + ".crt")).string();
            identity.key_file = (folder / (name + ".key")).string();
            const bool first = !std::filesystem::exists(identity.certificate_file, error);
            if (auto made = net::make_self_signed(identity.names, identity.certificate_file, identity.key_file); !made)
                return std::unexpected(made.error());
            if (first) log().info("made a certificate, signed by nobody else", {{"file", identity.certificate_file}});
        }
        identities.push_back(std::move(identity));
    }
    return net::TlsContext::make(identities, "xmpp-client");
}

Authenticator& Server::authenticator(const Host& host) noexcept {
    if (auto* provided = static_cast<Authenticator*>(host.service(Authenticator::service_name))) return *provided;
    return *internal_.find(std::string(host.domain()))->second;
}

storage::Table Server::store_table(const std::string& name) {
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [known, table] : tables_)
            if (known == name) return table;
    }
    const auto table = engine_->table(name);
    const std::lock_guard lock(mutex_);
    tables_.emplace_back(name, table);
    return table;
}

// ---- Between shards -----------------------------------------------------------------------------------------------

Task<> Server::at(Shard& shard, Task<> task) {
    auto* here = Shard::current();
    if (&shard == here) {
        co_await task;
        co_return;
    }
    Promise<bool> done;
    auto job = Job([task = std::move(task), here, &done]() mutable {
        spawn(
            std::move(task), [here, &done] { here->post(Job([&done] { done.set(true); })); },
            [here, &done](std::exception_ptr failure) { here->post(Job([&done, failure] { done.fail(failure); })); });
    });
    shard.post(std::move(job));
    co_await done;
}

namespace {
Task<> nothing() { co_return; }
} // namespace

Task<> Server::fence() {
    for (const auto& shard : shards_) co_await at(*shard, nothing());
}

// ---- Stop ---------------------------------------------------------------------------------------------------------

namespace {

/// When what has arrived is delivered, or there is no end of it.
void end_streams(Shard& shard, unsigned patience) {
    if (patience > 0 && !shard.router().idle())
        return shard.post(Job([&shard, patience] { end_streams(shard, patience - 1); }));
    std::vector<std::uint64_t> ids;
    for (const auto& [id, connection] : shard.connections()) ids.push_back(id);
    for (const auto id : ids)
        if (auto* connection = shard.connection(id)) connection->suspend();
}

} // namespace

void Server::begin_stop() {
    stopping_ = true;
    // What modules say now may be for another shard: streams end once all have said it.
    auto left = std::make_shared<std::atomic<std::size_t>>(shards_.size());
    for (auto& shard : shards_)
        shard->post(Job([this, left, shard = shard.get()] {
            for (const auto& [domain, host] : shard->hosts()) host->emit(ServerStopping{*host});
            if (left->fetch_sub(1) > 1) return;
            for (auto& each : shards_) each->post(Job([each = each.get()] { end_streams(*each, 100); }));
        }));
}

void Server::stop() {
    if (threads_.empty()) return;
    log().info("stopping");
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
        // Each listener belongs to the loop of its shard: they were opened shard by shard.
        shards_[i % shards_.size()]->post(Job([listener = listeners_[i].get()] { listener->pause(); }));
    }
    shards_[0]->post(Job([this] { control_->pause(); }));
    begin_stop();
    const auto deadline = clock_->now() + *config().server.shutdown;
    for (;;) {
        std::atomic<std::size_t> busy{0}; // connections, commands of administrators, a configuration being loaded
        std::mutex mutex;                 // held while notifying: whoever waits may not leave before that is over
        std::condition_variable all;
        std::size_t answered = 0;
        for (auto& shard : shards_)
            shard->post(Job([&, shard = shard.get()] {
                busy += shard->connections().size();
                if (shard->index() == 0) busy += control_->running() + (reloading_ ? 1 : 0);
                const std::lock_guard lock(mutex);
                ++answered;
                all.notify_one();
            }));
        {
            std::unique_lock lock(mutex);
            all.wait(lock, [&] { return answered == shards_.size(); });
        }
        engine_->drain();
        if (busy == 0 || clock_->now() > deadline) break;
        std::this_thread::sleep_for(10ms);
    }
    engine_->drain();
    for (auto& shard : shards_) shard->post(Job([shard = shard.get()] { shard->stop(); }));
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    control_.reset();
    log().info("stopped");
}

std::vector<storage::Table> Server::all_store_tables() const {
    std::vector<storage::Table> tables;
    for (const auto& name : engine_->names())
        if (name.starts_with("store/")) tables.push_back(engine_->table(name));
    return tables;
}

} // namespace epode
