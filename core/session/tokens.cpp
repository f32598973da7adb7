// SPDX-License-Identifier: MIT
#include "core/session/tokens.hpp"

#include "core/base/base64.hpp"
#include "core/base/codec.hpp"
#include "core/base/digest.hpp"
#include "core/base/id.hpp"
#include "core/base/log.hpp"
#include "core/server.hpp"
#include "core/session/account.hpp"
#include "core/session/session.hpp"
#include "core/shard/shard.hpp"

#include <algorithm>

namespace epode {

namespace {

constexpr std::size_t salt_bytes = 16;
constexpr std::size_t device_bytes = 16;
constexpr std::size_t shown_bytes = 6;       ///< of those, in what stands for a device
constexpr std::size_t most_devices = 10'000; ///< that are ever read of one account
constexpr Duration noted_anew = 1h;          ///< a device's last use, unless something else is written

const Logger& log() {
    static const Logger area("token");
    return area;
}

std::string digest_of(std::string_view agent) { return sha256(agent).substr(0, device_bytes); }
std::string shown(std::string_view key) { return hex(key.substr(key.size() - device_bytes, shown_bytes)); }

/// URL-safe, as it stands in an attribute.
Bytes text_of(BytesView bytes) {
    Bytes text = base64::encode(bytes);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    std::erase(text, '=');
    return text;
}

DeviceRecord decoded(std::string_view bytes) {
    auto record = decode_value<DeviceRecord>(bytes);
    if (!record) throw storage::Failure("a device's row is damaged");
    return std::move(*record);
}

} // namespace

/// Where a device's row is, and the account as it was when that was found out.
struct Tokens::Place {
    OwnerId owner{};
    std::string key;
    Jid account;
    storage::Version stamp = 0;
    PasswordVerdict verdict = PasswordVerdict::accepted;

    Place() = default;
};

/// What a shard knows of the rows of its accounts that are being written.
struct Tokens::Home {
    struct Later {
        DeviceRecord record;
        storage::Version stamp = 0;
        std::uint64_t number = 0;

        Later() = default;
        Later(DeviceRecord what, storage::Version account, std::uint64_t which)
            : record(std::move(what)), stamp(account), number(which) {}
    };
    Turns turns;
    std::unordered_map<std::string, Later> later;
    std::uint64_t numbers = 0;
};

Tokens::Tokens(Server& server, Secret key) : server_(server), key_(std::move(key)) {
    if (!key_.empty()) return;
    Bytes made(32, '\0');
    random_bytes(made.data(), made.size());
    key_ = Secret(std::move(made));
}
Tokens::~Tokens() = default;

void Tokens::open() {
    table_ = server_.store_table("store/core/device");
    for (std::size_t i = 0; i < server_.shard_count(); ++i) homes_.push_back(std::make_unique<Home>());
}

Tokens::Home& Tokens::home(const Shard& shard) { return *homes_[shard.index()]; }

// ---- Rows -----------------------------------------------------------------------------------------------------------

Task<std::optional<Tokens::Place>> Tokens::find(Shard*, Jid account, std::string agent) {
    auto found = co_await server_.accounts().look(account);
    if (!found) co_return std::nullopt;
    Place place;
    place.owner = found->record.owner;
    place.key = Owner(place.owner).prefix() + digest_of(agent);
    place.stamp = found->version;
    place.account = std::move(account);
    if (const auto credentials = Credentials::from_bytes(found->record.credentials)) {
        if (credentials->state() == AccountState::disabled) place.verdict = PasswordVerdict::disabled;
        if (credentials->state() == AccountState::expired) place.verdict = PasswordVerdict::expired;
    }
    co_return place;
}

Task<std::optional<DeviceRecord>> Tokens::read(Shard* shard, Place place) {
    auto value = co_await server_.engine().get(table_, place.key);
    // What waits to be written counts only where the account is the one it was written for: else it never will be.
    const auto& later = home(*shard).later;
    if (const auto waiting = later.find(place.key); waiting != later.end() && waiting->second.stamp == place.stamp)
        co_return waiting->second.record;
    if (!value) co_return std::nullopt;
    co_return decoded(value->bytes);
}

Task<std::vector<std::pair<std::string, DeviceRecord>>> Tokens::read_all(OwnerId owner) {
    const storage::ScanOptions options(most_devices);
    auto page = co_await server_.engine().scan(table_, storage::Range::prefix(Owner(owner).prefix()), options);
    std::vector<std::pair<std::string, DeviceRecord>> rows;
    for (auto& entry : page.entries) rows.emplace_back(std::move(entry.key), decoded(entry.bytes));
    co_return rows;
}

/// Void where the account has changed meanwhile: its password, or it has gone.
void Tokens::write(storage::Batch& batch, const Place& place, const DeviceRecord& record) const {
    server_.accounts().expect(batch, place.account, place.stamp);
    batch.put(table_, place.key, encode_value(record));
}

/// Nobody waits for it. What a kill takes from it is a few milliseconds of counts, which is no way to log in again with
/// what has been seen: counts are for TLS early data, which this server does not take, and whose keys would be gone
/// with the process.
void Tokens::write_later(Shard& shard, const Place& place, const DeviceRecord& record) {
    auto& home = this->home(shard);
    const auto number = ++home.numbers;
    home.later.insert_or_assign(place.key, Home::Later(record, place.stamp, number));
    storage::Batch batch;
    write(batch, place, record);
    const auto written = [&home, key = place.key, number] {
        if (const auto found = home.later.find(key); found != home.later.end() && found->second.number == number)
            home.later.erase(found);
    };
    spawn(server_.engine().commit(std::move(batch)), written, [written, account = place.account](std::exception_ptr) {
        log().debug("a device's last login was not noted", {{"account", account.text()}});
        written();
    });
}

void Tokens::end_all(storage::Batch& batch, OwnerId owner) const {
    batch.erase(table_, storage::Range::prefix(Owner(owner).prefix()));
}

Task<storage::Version> Tokens::stamp(Jid account) {
    auto found = co_await server_.accounts().look(std::move(account));
    co_return found ? found->version : 0;
}

// ---- Using one ------------------------------------------------------------------------------------------------------

Secret Tokens::token_of(const Place& place, const DeviceRecord::Slot& slot) const {
    Bytes message = place.key; // owner and device, of fixed size
    message += slot.salt;      // and this
    message += slot.mechanism;
    Bytes token = hmac(ScramHash::sha256, key_.view(), message);
    Secret text(text_of(token));
    wipe(token);
    return text;
}

Task<Tokens::Redeemed> Tokens::redeem(Claim claim) {
    Redeemed redeemed;
    auto& shard = server_.home(claim.account);
    auto task = redeem_at_home(&shard, &claim, &redeemed);
    co_await server_.at(shard, std::move(task));
    co_return redeemed;
}

Task<> Tokens::redeem_at_home(Shard* shard, const Claim* claim, Redeemed* redeemed) {
    const auto& config = server_.config().c2s;
    if (claim->agent.empty() || *config.token_lifetime == Duration(0)) co_return;
    auto place = co_await find(shard, claim->account, claim->agent);
    if (!place) co_return;
    const auto turn = co_await home(*shard).turns.take(place->owner);
    auto record = co_await read(shard, *place);
    if (!record) co_return;
    bool changed = false;
    *redeemed = check(*place, *claim, *record, server_.clock().wall(), changed);
    if (redeemed->verdict.verdict != PasswordVerdict::accepted) co_return;
    if (!claim->invalidate) {
        if (changed) write_later(*shard, *place, *record);
        co_return;
    }
    storage::Batch batch;
    batch.erase(table_, place->key);
    home(*shard).later.erase(place->key);
    co_await server_.engine().commit(std::move(batch));
}

Tokens::Redeemed Tokens::check(const Place& place, const Claim& claim, DeviceRecord& record, WallTime now,
                               bool& changed) const {
    Redeemed outcome;
    for (auto* slot : {&record.next, &record.current}) {
        if (!*slot || slot->mechanism != claim.mechanism) continue;
        auto answer = claim.proof.answer(token_of(place, *slot).view());
        if (!answer) continue;
        if (place.verdict != PasswordVerdict::accepted) {
            outcome.verdict.verdict = place.verdict;
        } else if (slot->expires <= now) {
            outcome.verdict.verdict = PasswordVerdict::expired;
        } else if (!claim.count || *claim.count >= slot->seen) {
            outcome.verdict = sasl::TokenVerdict(PasswordVerdict::accepted, std::move(*answer));
            changed = claim.count || slot == &record.next || now - record.used >= noted_anew ||
                      record.address != claim.address;
            if (claim.count) slot->seen = std::uint64_t{*claim.count} + 1;
            record.used = now;
            record.address = claim.address;
            // Whatever was given to the device before the one it has used is void.
            if (slot == &record.next) record.current = std::exchange(record.next, {});
            outcome.renew = !claim.invalidate && now - record.current.issued >= *server_.config().c2s.token_renewal;
            outcome.stamp = place.stamp;
        }
        break;
    }
    return outcome;
}

// ---- Giving one -----------------------------------------------------------------------------------------------------

Task<std::optional<xep::fast::Token>> Tokens::issue(Wish wish) {
    std::optional<xep::fast::Token> token;
    if (wish.agent.id.empty() || wish.stamp == 0 || *server_.config().c2s.token_lifetime == Duration(0))
        co_return token;
    auto& shard = server_.home(wish.account);
    auto task = issue_at_home(&shard, &wish, &token);
    co_await server_.at(shard, std::move(task));
    co_return token;
}

Task<> Tokens::issue_at_home(Shard* shard, const Wish* wish, std::optional<xep::fast::Token>* token) {
    auto place = co_await find(shard, wish->account, wish->agent.id);
    if (!place || place->stamp != wish->stamp) co_return;
    const auto turn = co_await home(*shard).turns.take(place->owner);
    auto found = co_await read(shard, *place);
    const auto now = server_.clock().wall();
    storage::Batch batch;
    if (!found) co_await make_room(&batch, place->owner);
    DeviceRecord record = found ? std::move(*found) : DeviceRecord();
    if (!found) record.created = now;
    record.software = wish->agent.software;
    record.device = wish->agent.device;
    record.address = wish->address;
    record.used = now;
    record.next.mechanism = wish->mechanism;
    record.next.salt.assign(salt_bytes, '\0');
    random_bytes(record.next.salt.data(), salt_bytes);
    record.next.issued = now;
    record.next.expires = now + std::chrono::duration_cast<WallTime::duration>(*server_.config().c2s.token_lifetime);
    record.next.seen = 0;
    write(batch, *place, record);
    home(*shard).later.erase(place->key); // this one has it all
    try {
        co_await server_.engine().commit(std::move(batch));
    } catch (const storage::Conflict&) {
        co_return; // the password has just been changed
    }
    xep::fast::Token given;
    given.token = token_of(*place, record.next).view();
    given.expiry = record.next.expires;
    *token = std::move(given);
}

/// So that one more fits, the device that was silent for longest makes room.
Task<> Tokens::make_room(storage::Batch* batch, OwnerId owner) {
    auto rows = co_await read_all(owner);
    const std::size_t most = *server_.config().c2s.max_devices;
    std::ranges::sort(rows, {}, [](const auto& row) { return row.second.used; });
    for (std::size_t i = 0; i + most <= rows.size(); ++i) batch->erase(table_, rows[i].first);
}

// ---- For the account's owner ----------------------------------------------------------------------------------------

Task<std::vector<Tokens::Device>> Tokens::list(Jid account) {
    std::vector<Device> devices;
    auto& shard = server_.home(account);
    auto task = list_at_home(&shard, std::move(account), &devices);
    co_await server_.at(shard, std::move(task));
    co_return devices;
}

Task<> Tokens::list_at_home(Shard* shard, Jid account, std::vector<Device>* devices) {
    auto found = co_await server_.accounts().look(std::move(account));
    if (!found) co_return;
    auto rows = co_await read_all(found->record.owner);
    const auto& later = home(*shard).later;
    for (auto& [key, record] : rows) {
        const auto waiting = later.find(key);
        devices->push_back({shown(key), waiting == later.end() ? std::move(record) : waiting->second.record});
    }
    std::ranges::sort(*devices, std::ranges::greater(), [](const Device& device) { return device.record.used; });
}

Task<std::size_t> Tokens::revoke(Jid account, std::string id) {
    std::size_t count = 0;
    auto& shard = server_.home(account);
    auto task = revoke_at_home(&shard, std::move(account), std::move(id), &count);
    co_await server_.at(shard, std::move(task));
    co_return count;
}

Task<> Tokens::revoke_at_home(Shard* shard, Jid account, std::string id, std::size_t* count) {
    auto found = co_await server_.accounts().look(account);
    if (!found) co_return;
    const auto owner = found->record.owner;
    const auto turn = co_await home(*shard).turns.take(owner);
    auto rows = co_await read_all(owner);
    storage::Batch batch;
    for (const auto& [key, record] : rows) {
        if (!id.empty() && shown(key) != id) continue;
        batch.erase(table_, key);
        home(*shard).later.erase(key);
        ++*count;
    }
    if (*count == 0) co_return;
    co_await server_.engine().commit(std::move(batch));
    log().info("devices may log in no more without a password", {{"account", account.text()}, {"devices", *count}});
    const auto active = shard->accounts().find(account);
    if (active == shard->accounts().end()) co_return;
    for (const auto& session : active->second->sessions()) {
        const auto agent = session->peer().agent_id();
        const auto same = [&](const auto& row) {
            return row.first.ends_with(digest_of(agent)) && (id.empty() || shown(row.first) == id);
        };
        if (!agent.empty() && std::ranges::any_of(rows, same))
            session->close("not-authorized", "this device's access has been revoked");
    }
}

} // namespace epode
