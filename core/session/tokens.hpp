// SPDX-License-Identifier: MIT
// Tokens: what a device logs in with once it has shown a password (XEP-0484). A row per account and device holds two of
// them, the one in use and the next, by what they are made from: a token is a keyed hash of account, device, mechanism
// and a salt. The key is not in the store, so who reads that has no token. All of it happens at the account's home.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"
#include "core/base/task.hpp"
#include "core/jid.hpp"
#include "core/session/sasl.hpp"
#include "core/store/turns.hpp"
#include "storage/engine.hpp"
#include "xep/xep0388_sasl2.hpp"
#include "xep/xep0484_fast.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace epode {

class Server;
class Shard;

/// A row of the device table.
struct DeviceRecord {
    struct Slot {
        std::string mechanism; ///< "" where there is no token
        std::string salt;
        WallTime issued{}, expires{};
        std::uint64_t seen = 0; ///< one more than the largest count; 0: none was given

        Slot() = default;
        explicit operator bool() const noexcept { return !mechanism.empty(); }
        void fields(auto& f) { f(mechanism, salt, issued, expires, seen); }
    };
    std::string software, device; ///< as it calls itself
    std::string address;          ///< of its last login that was noted
    WallTime created{}, used{};
    Slot current, next;

    DeviceRecord() = default;
    void fields(auto& f) { f(software, device, address, created, used, current, next); }
};

class Tokens {
public:
    Tokens(Server& server, Secret key);
    ~Tokens();

    /// Finds the table; before anything else.
    void open();

    /// Somebody says that he has a token.
    struct Claim {
        Jid account;
        std::string agent; ///< the device, as it calls itself (XEP-0388)
        std::string mechanism;
        std::string address;
        sasl::TokenProof proof;
        std::optional<std::uint32_t> count;
        bool invalidate = false; ///< afterwards it is none

        Claim() = default;
    };
    struct Redeemed {
        sasl::TokenVerdict verdict;
        bool renew = false; ///< it is time for another one
        storage::Version stamp = 0;

        Redeemed() = default;
    };
    /// `refused`: no such account, device or token, or its count has been seen; `expired` only where the token was
    /// right. Writes nothing that the login waits for, except where it invalidates. Any shard.
    Task<Redeemed> redeem(Claim claim);

    /// The account as it was at the login: what is issued later is void if it has changed. 0: there is none.
    Task<storage::Version> stamp(Jid account);
    /// Who is given a token.
    struct Wish {
        Jid account;
        xep::sasl2::UserAgent agent;
        std::string mechanism;
        std::string address;
        storage::Version stamp = 0;

        Wish() = default;
    };
    /// Durable when it returns; the device's earlier one stays good until this one is used. Null where the account has
    /// changed since the stamp (its password, say), or no tokens are given here. Any shard.
    Task<std::optional<xep::fast::Token>> issue(Wish wish);

    struct Device {
        std::string id; ///< stands for it, and tells nothing
        DeviceRecord record;
    };
    /// Those that have a token, or had one that has expired since.
    Task<std::vector<Device>> list(Jid account);
    /// Its tokens are void and its sessions end; durable when it returns. "" for all devices. How many it were.
    Task<std::size_t> revoke(Jid account, std::string id);
    /// All tokens of the owner are void once the batch is durable.
    void end_all(storage::Batch& batch, OwnerId owner) const;
    storage::Table table() const noexcept { return table_; }

private:
    struct Home;
    struct Place;

    Home& home(const Shard& shard);
    Task<> redeem_at_home(Shard* shard, const Claim* claim, Redeemed* redeemed);
    Task<> issue_at_home(Shard* shard, const Wish* wish, std::optional<xep::fast::Token>* token);
    Task<> list_at_home(Shard* shard, Jid account, std::vector<Device>* devices);
    Task<> revoke_at_home(Shard* shard, Jid account, std::string id, std::size_t* count);
    Task<std::optional<Place>> find(Shard* shard, Jid account, std::string agent);
    Task<std::optional<DeviceRecord>> read(Shard* shard, Place place);
    Task<std::vector<std::pair<std::string, DeviceRecord>>> read_all(OwnerId owner);
    Task<> make_room(storage::Batch* batch, OwnerId owner);
    void write(storage::Batch& batch, const Place& place, const DeviceRecord& record) const;
    void write_later(Shard& shard, const Place& place, const DeviceRecord& record);
    Secret token_of(const Place& place, const DeviceRecord::Slot& slot) const;
    Redeemed check(const Place& place, const Claim& claim, DeviceRecord& record, WallTime now, bool& changed) const;

    Server& server_;
    Secret key_;
    storage::Table table_{};
    std::vector<std::unique_ptr<Home>> homes_; ///< by shard
};

} // namespace epode
