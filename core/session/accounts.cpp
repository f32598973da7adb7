// SPDX-License-Identifier: MIT
#include "core/session/accounts.hpp"

#include "core/base/codec.hpp"
#include "core/base/id.hpp"
#include "core/base/log.hpp"
#include "core/host.hpp"
#include "core/server.hpp"
#include "core/session/client_connection.hpp"
#include "core/shard/shard.hpp"

#include <openssl/sha.h>

namespace epode {

namespace {

const Logger& log() {
    static const Logger area("account");
    return area;
}

std::string digest_of(std::string_view text, std::size_t size) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
    return std::string(reinterpret_cast<const char*>(digest), size);
}

/// Eight bytes for the host, sixteen for the local part, which may be longer than a key.
std::string key_of(const Jid& bare) { return digest_of(bare.domain(), 8) + digest_of(bare.local(), 16); }

/// The administrator's trail: what happened to an account, in band from where, or at the control socket.
void note(std::string_view event, const Jid& bare, const Peer* peer) {
    if (peer)
        log().info(event, {{"account", bare.text()}, {"by", "client"}, {"peer", peer->address}});
    else
        log().info(event, {{"account", bare.text()}, {"by", "administrator"}});
}

bool is_special(const AccountRecord& record) { return record.role != Role::user || record.removing; }

std::unexpected<StanzaError> refused(Condition condition, std::string text) {
    return std::unexpected(StanzaError(condition, std::move(text)));
}

} // namespace

Task<std::optional<AccountRecord>> Accounts::row(Jid bare, storage::Version& version) {
    auto value = co_await server_.engine().get(server_.account_table(), key_of(bare));
    version = value ? value->version : 0;
    if (!value) co_return std::nullopt;
    auto record = decode_value<AccountRecord>(value->bytes);
    if (!record) throw storage::Failure("the account's row is damaged: " + std::string(bare.text()));
    if (record->bare != bare.text())
        co_return std::nullopt; // two names with one digest: out of the question, but checked
    co_return std::move(*record);
}

Task<std::optional<AccountRecord>> Accounts::find(Jid bare) {
    storage::Version version = 0;
    auto record = co_await row(std::move(bare), version);
    if (record && record->removing) co_return std::nullopt;
    co_return record;
}

Task<std::optional<Accounts::Found>> Accounts::look(Jid bare) {
    Found found;
    auto record = co_await row(std::move(bare), found.version);
    if (!record || record->removing) co_return std::nullopt;
    found.record = std::move(*record);
    co_return found;
}

void Accounts::expect(storage::Batch& batch, const Jid& bare, storage::Version version) const {
    batch.expect(server_.account_table(), key_of(bare), version);
}

Task<Accounts::Outcome> Accounts::write(AccountRecord record, storage::Version version, bool end_tokens) {
    const auto bare = Jid::parse(record.bare);
    storage::Batch batch;
    expect(batch, *bare, version);
    if (end_tokens) server_.tokens().end_all(batch, record.owner);
    batch.put(server_.account_table(), key_of(*bare), encode_value(record));
    if (is_special(record)) {
        record.credentials.clear(); // of no use there
        batch.put(server_.special_table(), key_of(*bare), encode_value(record));
    } else {
        batch.erase(server_.special_table(), key_of(*bare));
    }
    bool lost = false;
    try {
        co_await server_.engine().commit(std::move(batch));
    } catch (const storage::Conflict&) {
        lost = true;
    }
    if (lost) co_return refused(Condition::conflict, "somebody else has just changed this account");
    co_return Outcome();
}

Task<Accounts::Outcome> Accounts::derive(AccountRecord& record, Secret password) {
    const auto rounds = *server_.config().c2s.scram_rounds;
    auto work = [password = std::move(password), rounds] { return Credentials::make(password.view(), rounds); };
    auto credentials = co_await server_.pool().run(std::move(work));
    if (!credentials) co_return refused(Condition::not_acceptable, credentials.error().text);
    record.credentials = credentials->bytes();
    co_return Outcome();
}

Task<Accounts::Outcome> Accounts::create(Jid bare, Secret password, const Peer* peer) {
    auto* shard = Shard::current();
    auto* host = shard ? shard->host(bare.domain()) : nullptr;
    if (!host || bare.local().empty() || bare.is_full())
        co_return refused(Condition::item_not_found, "that is not an address of this server");
    if (password.empty()) co_return refused(Condition::not_acceptable, "a password is needed");
    const auto verdict = host->emit(UserRegistering{*host, bare, peer});
    if (verdict.kind() == Verdict::Kind::refuse) co_return std::unexpected(*verdict.error());
    if (verdict.kind() == Verdict::Kind::drop)
        co_return refused(Condition::not_allowed, "this name may not be registered");
    storage::Version version = 0;
    auto existing = co_await row(bare, version);
    if (existing) co_return refused(Condition::conflict, "this account exists already");
    AccountRecord record;
    record.bare = bare.text();
    record.created = host->wall();
    random_bytes(&record.owner, sizeof record.owner);
    auto derived = co_await derive(record, std::move(password));
    if (!derived) co_return derived;
    auto written = co_await write(std::move(record), version);
    if (!written) co_return refused(Condition::conflict, "this account exists already");
    note("account created", bare, peer);
    host->emit(UserRegistered{*host, bare});
    co_return Outcome();
}

Task<Accounts::Outcome> Accounts::set_password(Jid bare, Secret password, const Peer* peer) {
    if (password.empty()) co_return refused(Condition::not_acceptable, "a password is needed");
    storage::Version version = 0;
    auto record = co_await row(bare, version);
    if (!record || record->removing) co_return refused(Condition::item_not_found, "there is no such account");
    auto derived = co_await derive(*record, std::move(password));
    if (!derived) co_return derived;
    auto written = co_await write(std::move(*record), version, true);
    if (!written) co_return written;
    if (auto* shard = Shard::current())
        if (auto* host = shard->host(bare.domain())) host->emit(UserPasswordChanged{*host, bare});
    note("password changed", bare, peer);
    co_return Outcome();
}

Task<Accounts::Outcome> Accounts::add_keys(Jid bare, ScramKeys keys) {
    storage::Version version = 0;
    auto record = co_await row(bare, version);
    if (!record || record->removing) co_return refused(Condition::item_not_found, "there is no such account");
    auto credentials = Credentials::from_bytes(record->credentials);
    if (!credentials) throw storage::Failure("damaged credentials of " + record->bare);
    if (credentials->find(keys.hash)) co_return Outcome();
    const auto hash = keys.hash;
    credentials->put(std::move(keys));
    record->credentials = credentials->bytes();
    auto written = co_await write(std::move(*record), version);
    if (written) log().info("keys added", {{"account", bare.text()}, {"hash", name(hash)}});
    co_return written;
}

Task<Accounts::Outcome> Accounts::set_role(Jid bare, Role role) {
    storage::Version version = 0;
    auto record = co_await row(bare, version);
    if (!record || record->removing) co_return refused(Condition::item_not_found, "there is no such account");
    record->role = role;
    auto written = co_await write(std::move(*record), version);
    if (!written) co_return written;
    spread(bare, role);
    log().info("role changed", {{"account", bare.text()}, {"role", name(role)}});
    co_return Outcome();
}

void Accounts::spread(const Jid& bare, Role role) {
    for (std::size_t i = 0; i < server_.shard_count(); ++i) {
        auto* shard = &server_.shard(i);
        shard->post(Job([shard, bare, role] {
            if (auto* host = shard->host(bare.domain())) host->set_role(bare, role);
            const auto& accounts = shard->accounts();
            if (const auto found = accounts.find(bare); found != accounts.end()) found->second->role_ = role;
        }));
    }
}

Task<Accounts::Outcome> Accounts::remove(Jid bare, const Peer* peer) {
    storage::Version version = 0;
    auto record = co_await row(bare, version);
    if (!record) co_return refused(Condition::item_not_found, "there is no such account");
    // From here on it exists for nobody: logins fail, and a crash goes on with the erasing at the next start.
    auto* home = &server_.home(bare);
    co_await server_.at(*home, remove_at_home(home, *record, version));
    note("account removed", bare, peer);
    co_return Outcome();
}

Task<> Accounts::remove_at_home(Shard* home, AccountRecord record, storage::Version version) {
    const auto bare = *Jid::parse(record.bare);
    auto account = co_await home->router().activate(bare);
    if (!record.removing) {
        record.removing = true;
        auto marked = co_await write(record, version);
        if (!marked) throw storage::Conflict("the account was changed meanwhile");
    }
    if (record.role != Role::user) spread(bare, Role::user);
    if (account) {
        home->pending().close(account); // its sessions end later and would leave rows
        const auto sessions = std::vector(account->sessions().begin(), account->sessions().end());
        for (const auto& session : sessions)
            if (session->connection_) session->connection_->close("not-authorized", "this account has been removed");
        account->host().emit(UserDeleting{*account});
        co_await home->pending().settled(*account);
    }
    co_await erase(record);
    home->router().forget(bare);
    if (auto* host = home->host(bare.domain())) host->emit(UserDeleted{*host, bare});
}

Task<> Accounts::erase(AccountRecord record) {
    const auto rows = storage::Range::prefix(Owner(record.owner).prefix());
    for (const auto table : server_.all_store_tables()) {
        storage::Batch batch;
        batch.erase(table, rows);
        co_await server_.engine().commit(std::move(batch));
    }
    storage::Batch batch;
    batch.erase(server_.account_table(), key_of(*Jid::parse(record.bare)));
    batch.erase(server_.special_table(), key_of(*Jid::parse(record.bare)));
    co_await server_.engine().commit(std::move(batch));
}

Task<std::vector<AccountRecord>> Accounts::list(Jid host, std::string after, std::size_t limit) {
    auto range = storage::Range::prefix(digest_of(host.domain(), 8));
    if (!after.empty()) {
        if (const auto jid = Jid::parse(after)) range.begin = key_of(*jid) + '\0';
    }
    std::vector<AccountRecord> records;
    while (records.size() < limit) {
        storage::ScanOptions options(limit - records.size());
        auto page = co_await server_.engine().scan(server_.account_table(), range, options);
        for (const auto& entry : page.entries)
            if (auto record = decode_value<AccountRecord>(entry.bytes); record && !record->removing)
                records.push_back(std::move(*record));
        if (!page.more || page.entries.empty()) break;
        range.begin = page.entries.back().key + '\0';
    }
    co_return records;
}

Task<std::vector<AccountRecord>> Accounts::special() {
    storage::Range range;
    std::vector<AccountRecord> records;
    for (;;) {
        storage::ScanOptions options(1000);
        auto page = co_await server_.engine().scan(server_.special_table(), range, options);
        for (const auto& entry : page.entries)
            if (auto record = decode_value<AccountRecord>(entry.bytes)) records.push_back(std::move(*record));
        if (!page.more || page.entries.empty()) break;
        range.begin = page.entries.back().key + '\0';
    }
    co_return records;
}

Task<> Accounts::finish_removals() {
    const auto records = co_await special();
    for (const auto& record : records) {
        if (!record.removing) continue;
        log().info("finishing the removal of an account", {{"account", record.bare}});
        co_await erase(record);
    }
}

// ---- The authenticator over these rows ----------------------------------------------------------------------------

namespace {
/// Where no module provides another: passwords of this server's own accounts, for one host.
class InternalAuthenticator final : public Authenticator {
public:
    InternalAuthenticator(Server& server, Jid host) : server_(server), host_(std::move(host)) {}

    std::span<const ScramHash> hashes() const noexcept override { return scram_hashes; }

    Task<std::optional<Credentials>> credentials(std::string username) override {
        auto bare = Jid::make(username, host_.domain());
        if (!bare) co_return std::nullopt;
        auto record = co_await server_.accounts().find(*bare);
        if (!record) co_return std::nullopt;
        auto credentials = Credentials::from_bytes(record->credentials);
        if (!credentials) throw storage::Failure("damaged credentials of " + record->bare);
        co_return std::move(*credentials);
    }

    Task<PasswordVerdict> verify(std::string username, Secret password) override {
        const auto bare = Jid::make(username, host_.domain());
        if (!bare) co_return PasswordVerdict::refused;
        auto found = co_await credentials(username);
        if (found && server_.password_memory().knows(*bare, found->bytes(), password))
            co_return PasswordVerdict::accepted;
        const auto rounds = *server_.config().c2s.scram_rounds;
        auto work = [found, password, rounds] {
            if (found) return found->matches(password.view());
            pretend_to_match(password.view(), rounds);
            return false;
        };
        const bool right = co_await server_.pool().run(std::move(work));
        if (!right) co_return PasswordVerdict::refused;
        switch (found->state()) {
        case AccountState::disabled:
            co_return PasswordVerdict::disabled;
        case AccountState::expired:
            co_return PasswordVerdict::expired;
        case AccountState::active:
            break;
        }
        server_.password_memory().learn(*bare, found->bytes(), password);
        co_return PasswordVerdict::accepted;
    }

    bool takes_keys() const noexcept override { return true; }

    Task<Result<>> add_keys(std::string username, ScramKeys keys) override {
        auto bare = Jid::make(username, host_.domain());
        if (!bare) co_return fail(bare.error().text);
        auto outcome = co_await server_.accounts().add_keys(*bare, std::move(keys));
        co_return plain(std::move(outcome));
    }

    Task<Result<>> set_password(std::string username, Secret password) override {
        auto bare = Jid::make(username, host_.domain());
        if (!bare) co_return fail(bare.error().text);
        auto outcome = co_await server_.accounts().set_password(*bare, std::move(password));
        co_return plain(std::move(outcome));
    }

private:
    static Result<> plain(Accounts::Outcome outcome) {
        if (outcome) return {};
        return fail(outcome.error().text);
    }
    Server& server_;
    Jid host_;
};
} // namespace

std::unique_ptr<Authenticator> internal_authenticator(Server& server, Jid host) {
    return std::make_unique<InternalAuthenticator>(server, std::move(host));
}

} // namespace epode
