// SPDX-License-Identifier: MIT
#include "tests/harness/test_server.hpp"

#include "core/base/base64.hpp"
#include "core/base/codec.hpp"
#include "core/base/log.hpp"
#include "core/config/server_config.hpp"
#include "core/control/execute.hpp"
#include "core/host.hpp"
#include "core/module/registry.hpp"
#include "core/net/memory_stream.hpp"
#include "core/server.hpp"
#include "core/session/client_connection.hpp"
#include "storage/faulty/faulty.hpp"
#include "storage/memory/memory.hpp"
#include "tests/harness/client.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <unistd.h>

namespace epode::test {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view stream_header =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='";

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text && *text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// A configuration in memory.
class OneFile final : public config::Files {
public:
    explicit OneFile(std::string content) : content_(std::move(content)) {}
    Result<std::string> read(const std::string& path) const override {
        if (path == "test.xml") return content_;
        return fail("there is no such file");
    }
    std::vector<std::string> match(const std::string&) const override { return {}; }

private:
    std::string content_;
};

std::string run_directory() {
    return (fs::temp_directory_path() / ("epode-test-" + std::to_string(getpid()))).string();
}

std::string module_directory() {
    const char* given = std::getenv("EPODE_TEST_MODULES");
    return given ? given : "modules"; // tests/main.cpp has said where, unless somebody else did
}

/// The named modules and what they depend on.
std::set<std::string> closure(const ModuleRegistry& registry, const std::vector<std::string>& named) {
    std::set<std::string> all;
    std::vector<std::string> open(named);
    while (!open.empty()) {
        auto name = std::move(open.back());
        open.pop_back();
        if (!all.insert(name).second) continue;
        const auto known = registry.known().find(name);
        if (known == registry.known().end()) throw std::invalid_argument("there is no module " + name);
        for (const auto needed : known->second.manifest().depends)
            if (!needed.empty()) open.emplace_back(needed);
    }
    return all;
}

} // namespace

struct TestServer::State {
    std::vector<std::string> named;
    std::string host_options;
    TestOptions options;
    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    std::shared_ptr<storage::MemoryDisk> disk = storage::memory_disk();
    storage::FaultyEngine* faulty = nullptr;
    std::unique_ptr<Server> server;
    std::vector<std::unique_ptr<Client>> clients;
    std::mt19937_64 random{from_environment("EPODE_TEST_SEED", 1)};
    std::vector<std::size_t> order;
    bool wants_end = false;

    std::size_t shard_count() const {
        return options.shards ? options.shards : from_environment("EPODE_TEST_SHARDS", 1);
    }

    std::string config_text(const ModuleRegistry& registry) const {
        std::string text = "<epode data='unused'><c2s scram-rounds='4096' " + options.c2s + "/>";
        if (!options.config.empty()) return text + options.config + "</epode>";
        const auto wanted = closure(registry, named);
        std::string without, elements;
        for (const auto& [name, known] : registry.known()) {
            const bool standard = known.manifest().stability == Stability::stable;
            if (standard && !options.all_modules && !wanted.contains(name))
                without += (without.empty() ? "" : " ") + name;
            if (!standard && wanted.contains(name) && host_options.find("<" + name) == std::string::npos)
                elements += "<" + name + "/>";
        }
        for (const auto* domain : {"example.org", "example.net"}) {
            text += "<host name='" + std::string(domain) + "'" + (without.empty() ? "" : " without='" + without + "'") +
                    " admins='admin@" + domain + "'>" + elements;
            if (std::string_view(domain) == "example.org") text += host_options;
            text += "</host>";
        }
        return text + "</epode>";
    }

    config::Loaded load(const ModuleRegistry& registry, const config::Schema& schema) const {
        return config::load("test.xml", schema, OneFile(config_text(registry)));
    }

    void start() {
        std::vector<std::string> directories{module_directory()};
        if (const char* extra = std::getenv("EPODE_TEST_EXTRA_MODULES")) directories.insert(directories.begin(), extra);
        auto registry = ModuleRegistry::discover(directories, run_directory());
        if (!registry->faults().empty()) throw std::runtime_error(registry->faults().front());
        auto loaded = load(*registry, registry->schema());
        if (!loaded) {
            std::string wrong = "the test's configuration is wrong:";
            for (const auto& fault : loaded.error()) wrong += "\n" + fault.line();
            throw std::invalid_argument(wrong);
        }
        storage::MemoryOptions memory;
        memory.disk = disk;
        memory.suspend = true;
        auto engine =
            std::make_unique<storage::FaultyEngine>(std::shared_ptr<storage::Engine>(storage::memory_engine(memory)));
        faulty = engine.get();
        Server::Options made;
        made.config = std::move(*loaded);
        made.engine = std::move(engine);
        made.clock = clock;
        made.modules = std::move(registry);
        made.shards = shard_count();
        made.token_key = Secret(std::string(32, 'k')); // outlives restarts, as a file would
        made.threads = false;
        made.load = [this](const config::Schema& schema) { return load(server->modules(), schema); };
        made.end = [this] { wants_end = true; };
        made.shuffle = random() | 1;
        server = std::make_unique<Server>(std::move(made));
        if (auto started = server->start(); !started) throw std::runtime_error(started.error().text);
        order.resize(server->shard_count());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    }

    void settle() {
        for (std::size_t rounds = 0;; ++rounds) {
            if (rounds > 1'000'000) throw std::logic_error("the server never comes to rest");
            bool worked = false;
            std::ranges::shuffle(order, random);
            for (const auto index : order) worked |= server->shard(index).turn();
            for (std::size_t i = 0; i < clients.size(); ++i) worked |= clients[i]->state_->pump();
            if (worked) continue;
            const bool idle =
                std::ranges::all_of(order, [&](std::size_t index) { return server->shard(index).idle(); });
            if (idle) return;
        }
    }

    /// Runs a task on shard 0 to its end and returns its value.
    template <typename T> T finish(std::function<Task<T>()> make) {
        std::optional<T> value;
        std::exception_ptr failure;
        for (const auto& client : clients) client->state_->pump(); // what was posted before is on its way before
        server->shard(0).post(Job([&] {
            spawn(
                make(), [&](T result) { value.emplace(std::move(result)); },
                [&](std::exception_ptr thrown) { failure = thrown; });
        }));
        settle();
        if (failure) std::rethrow_exception(failure);
        if (!value) throw std::logic_error("a task did not end");
        return std::move(*value);
    }
};

TestServer::TestServer(std::initializer_list<const char*> modules) : TestServer(modules, {}) {}

TestServer::TestServer(std::initializer_list<const char*> modules, std::string_view host_options)
    : state_(std::make_unique<State>()) {
    logging::configure(std::getenv("EPODE_TEST_LOG") ? std::getenv("EPODE_TEST_LOG") : "off");
    state_->named.assign(modules.begin(), modules.end());
    state_->host_options = host_options;
    state_->start();
}

TestServer::TestServer(TestOptions options) : state_(std::make_unique<State>()) {
    logging::configure(std::getenv("EPODE_TEST_LOG") ? std::getenv("EPODE_TEST_LOG") : "off");
    state_->options = std::move(options);
    state_->start();
}

TestServer::~TestServer() {
    state_->clients.clear();
    state_->server.reset();
    std::error_code ignored;
    fs::remove_all(run_directory(), ignored);
}

void TestServer::account(std::string_view bare_text, std::string_view role_text) {
    const auto bare = Jid::parse(bare_text);
    if (!bare) throw std::invalid_argument(bare.error().text);
    const auto role = role_text == "admin" ? Role::admin : role_text == "operator" ? Role::operator_ : Role::user;
    auto& accounts = state_->server->accounts();
    const auto outcome = state_->finish<Accounts::Outcome>([&] { return accounts.create(*bare, Secret("secret")); });
    if (!outcome) throw std::runtime_error("account " + std::string(bare_text) + ": " + outcome.error().text);
    if (role != Role::user) state_->finish<Accounts::Outcome>([&] { return accounts.set_role(*bare, role); });
}

Client& TestServer::connect() {
    auto [ours, theirs] = net::memory_pair();
    auto& shard = state_->server->shard(state_->random() % state_->server->shard_count());
    // Jobs may be moved only: the connection goes through a holder.
    auto holder = std::make_shared<std::unique_ptr<net::ByteStream>>(std::move(theirs));
    shard.post(Job([server = state_->server.get(), &shard, holder] {
        server->accept(shard, std::move(*holder), "memory", false);
    }));
    state_->clients.push_back(std::make_unique<Client>(std::make_unique<Client::State>(*this, std::move(ours))));
    settle();
    return *state_->clients.back();
}

Client& TestServer::authenticate(std::string_view text) {
    const auto jid = Jid::parse(text);
    if (!jid) throw std::invalid_argument(jid.error().text);
    auto& accounts = state_->server->accounts();
    if (!state_->finish<std::optional<AccountRecord>>([&] { return accounts.find(jid->bare()); }))
        account(jid->bare().text());
    auto& client = connect();
    const auto open = std::string(stream_header) + std::string(jid->domain()) + "'>";
    client.send(open);
    const std::string plain = std::string("\0", 1) + std::string(jid->local()) + std::string("\0", 1) + "secret";
    client.drain();
    client.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + base64::encode(plain) +
                "</auth>");
    if (const auto success = client.receive(); success.xml().find("<success") == std::string::npos)
        throw std::runtime_error("login of " + std::string(text) + " failed: " + success.xml());
    client.state_->parser.restart();
    client.send(open);
    client.drain();
    return client;
}

Client& TestServer::login(std::string_view text) {
    const auto jid = Jid::parse(text);
    if (!jid) throw std::invalid_argument(jid.error().text);
    auto& client = authenticate(text);
    client.send("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>" +
                (jid->is_full() ? "<resource>" + std::string(jid->resource()) + "</resource>" : std::string()) +
                "</bind></iq>");
    const auto bound = client.receive().fragment();
    const auto full = Jid::parse(bound.element().first().first().text());
    if (!full) throw std::runtime_error("binding failed for " + std::string(text) + ": " + bound.element().str());
    client.state_->jid = *full;
    return client;
}

void TestServer::befriend(std::string_view one, std::string_view other) {
    auto& a = login(std::string(one) + "/befriend");
    auto& b = login(std::string(other) + "/befriend");
    for (auto* client : {&a, &b}) {
        client->send("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>");
        client->available();
    }
    const auto say = [](Client& who, std::string_view type, std::string_view to) {
        who.send("<presence type='" + std::string(type) + "' to='" + std::string(to) + "'/>");
    };
    say(a, "subscribe", other);
    say(b, "subscribed", one);
    say(b, "subscribe", one);
    say(a, "subscribed", other);
    for (auto* client : {&a, &b}) client->close();
}

void TestServer::settle() { state_->settle(); }

void TestServer::advance(Duration by) {
    settle();
    const auto target = state_->clock->now() + by;
    for (;;) {
        auto next = target;
        for (std::size_t i = 0; i < state_->server->shard_count(); ++i)
            next = std::min(next, state_->server->shard(i).timers().next());
        if (next > state_->clock->now()) state_->clock->advance(next - state_->clock->now());
        settle();
        if (state_->clock->now() >= target) return;
    }
}

WallTime TestServer::wall() const { return state_->clock->wall(); }

void TestServer::restart() { restart_with_clock_back(0s); }

void TestServer::restart_with_clock_back(Duration by) {
    settle();
    state_->server->begin_stop();
    settle();
    state_->clients.clear();
    settle();
    state_->server.reset();
    state_->clock->advance(-by);
    state_->start();
}

void TestServer::kill() {
    // Nothing of what is under way gets to the disk any more.
    state_->faulty->fail_from(1, storage::FaultyEngine::Which::commit);
    state_->clients.clear();
    state_->server.reset();
    state_->start();
}

std::string TestServer::load(std::string_view module) {
    auto& modules = state_->server->modules();
    return state_->finish<std::string>([&] { return modules.load(*state_->server, std::string(module)); });
}
std::string TestServer::unload(std::string_view module) {
    auto& modules = state_->server->modules();
    return state_->finish<std::string>([&] { return modules.unload(*state_->server, std::string(module)); });
}
std::string TestServer::reload(std::string_view module) {
    auto& modules = state_->server->modules();
    return state_->finish<std::string>([&] { return modules.reload(*state_->server, std::string(module)); });
}

std::string TestServer::command(std::string_view node, std::vector<std::pair<std::string, std::string>> arguments) {
    auto* host = state_->server->shard(0).host("example.org");
    for (auto* entry : host->commands()) {
        if (entry->node != node) continue;
        CommandCall call;
        call.arguments = std::move(arguments);
        call.host = host;
        const auto result = state_->finish<CommandResult>([&] { return entry->call(call); });
        std::string text = result.text;
        for (const auto& row : result.rows) {
            text += text.empty() ? "" : "\n";
            for (std::size_t i = 0; i < row.size(); ++i) text += (i ? " " : "") + row[i];
        }
        return text;
    }
    throw std::invalid_argument("there is no command " + std::string(node));
}

control::Answer TestServer::ctl(std::vector<std::string> words, std::map<std::string, std::string> options) {
    control::Request request(std::move(words));
    request.options = std::move(options);
    return state_->finish<control::Answer>([&] { return control::execute(*state_->server, std::move(request)); });
}

void TestServer::configure(std::string xml) {
    (state_->options.config.empty() ? state_->host_options : state_->options.config) = std::move(xml);
}

bool TestServer::wants_end() const { return state_->wants_end; }

void TestServer::remove_account(std::string_view bare) {
    auto& accounts = state_->server->accounts();
    const auto jid = *Jid::parse(bare);
    const auto outcome = state_->finish<Accounts::Outcome>([&] { return accounts.remove(jid); });
    if (!outcome) throw std::runtime_error(outcome.error().text);
}

namespace {
Task<> keep_sha1_only(Server* server, Jid bare) {
    const auto found = co_await server->accounts().look(bare);
    const auto all = Credentials::from_bytes(found->record.credentials);
    auto record = found->record;
    Credentials kept;
    kept.put(*all->find(ScramHash::sha1));
    record.credentials = kept.bytes();
    storage::ScanOptions options;
    auto rows = co_await server->engine().scan(server->account_table(), storage::Range(), options);
    storage::Batch batch;
    for (const auto& row : rows.entries)
        if (const auto each = decode_value<AccountRecord>(row.bytes); each && each->bare == bare.text())
            batch.put(server->account_table(), row.key, encode_value(record));
    co_await server->engine().commit(std::move(batch));
}
Task<bool> done(Task<> task) {
    co_await task;
    co_return true;
}
} // namespace

void TestServer::weaken(std::string_view bare) {
    const auto jid = *Jid::parse(bare);
    state_->finish<bool>([&] { return done(keep_sha1_only(state_->server.get(), jid)); });
}

std::string TestServer::owner_of(std::string_view bare) {
    const auto jid = *Jid::parse(bare);
    auto& accounts = state_->server->accounts();
    const auto found = state_->finish<std::optional<AccountRecord>>([&] { return accounts.find(jid); });
    if (!found) throw std::invalid_argument("there is no account " + std::string(bare));
    return Owner(found->owner).prefix();
}

std::map<std::string, std::size_t> TestServer::stored(std::string_view bytes) {
    std::map<std::string, std::size_t> counts;
    auto& engine = state_->server->engine();
    for (const auto& name : engine.names()) {
        const auto table = engine.table(name);
        auto& count = counts[name];
        storage::Range rest;
        for (bool more = true; more;) {
            const auto page = state_->finish<storage::Page>([&] { return engine.scan(table, rest, {}); });
            for (const auto& entry : page.entries)
                if (entry.key.find(bytes) != std::string::npos || entry.bytes.find(bytes) != std::string::npos) ++count;
            more = page.more && !page.entries.empty();
            if (more) rest.begin = page.entries.back().key + '\0';
        }
    }
    return counts;
}

std::size_t TestServer::timers() const {
    std::size_t all = 0;
    for (std::size_t i = 0; i < state_->server->shard_count(); ++i) all += state_->server->shard(i).timers().size();
    return all;
}

void TestServer::fail_commit(std::size_t nth) {
    // What ids need from time to time is no business of the test: have it behind us.
    for (std::size_t i = 0; i < state_->server->shard_count(); ++i) {
        auto& shard = state_->server->shard(i);
        shard.post(Job([&shard] { shard.server().next_id(shard); }));
    }
    settle();
    state_->faulty->fail(nth, storage::FaultyEngine::Which::commit);
}

std::size_t TestServer::shards() const { return state_->server->shard_count(); }

} // namespace epode::test
