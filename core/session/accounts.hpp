// SPDX-License-Identifier: MIT
// Accounts: who exists, on this server's hosts. Rows live in the table "account"; only salted keys are stored. Those
// few that a start must know (roles, removals) are in "account-special" too. Callable from any shard; what concerns a
// live account (ending its sessions, telling its contacts) happens at its home.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/base/task.hpp"
#include "core/service/authenticator.hpp"
#include "core/session/account.hpp"
#include "core/stanza.hpp"
#include "storage/engine.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace epode {

class Server;
class Shard;

/// A row of the account table.
struct AccountRecord {
    OwnerId owner{};
    std::string bare; ///< prepared text of the bare JID
    Role role = Role::user;
    std::string credentials; ///< core/service/authenticator.hpp's codec
    WallTime created{};
    bool removing = false; ///< its rows are being erased; it no longer exists for anyone

    void fields(auto& f) { f(owner, bare, role, credentials, created, removing); }
};

class Accounts {
public:
    /// What was refused, as the stanza error to answer.
    using Outcome = Result<void, StanzaError>;

    explicit Accounts(Server& server) : server_(server) {}

    // `peer` is the client who asks, for the log; null is an administrator. It must outlive the task.

    /// Makes the account. conflict: it exists; not-acceptable: the password cannot be prepared or is empty;
    /// item-not-found: not a host of ours; what a user.registering handler refused with. Keys are derived off the
    /// shard.
    Task<Outcome> create(Jid bare, Secret password, const Peer* peer = nullptr);
    /// item-not-found, not-acceptable. Ends the account's tokens with the same stroke; its sessions go on.
    Task<Outcome> set_password(Jid bare, Secret password, const Peer* peer = nullptr);
    Task<Outcome> set_role(Jid bare, Role role);
    /// Ends its sessions, lets modules say goodbye (user.deleting), removes the row and erases what every module kept
    /// for it, also modules that are not loaded. A later account of that name inherits nothing.
    Task<Outcome> remove(Jid bare, const Peer* peer = nullptr);

    Task<std::optional<AccountRecord>> find(Jid bare);
    /// The same, with what changes whenever the account does.
    struct Found {
        AccountRecord record;
        storage::Version version = 0;
    };
    Task<std::optional<Found>> look(Jid bare);
    /// The batch is void if the account has changed since.
    void expect(storage::Batch& batch, const Jid& bare, storage::Version version) const;
    /// Adds what SCRAM needs for another hash (XEP-0480), unless it is there. item-not-found.
    Task<Outcome> add_keys(Jid bare, ScramKeys keys);
    /// Accounts of a host in no particular but stable order, after the bare JID `after` ("" to start).
    Task<std::vector<AccountRecord>> list(Jid host, std::string after, std::size_t limit);

    /// At start: accounts with a role other than user, and those whose removal a crash interrupted. Reads these alone,
    /// however many accounts there are.
    Task<std::vector<AccountRecord>> special();
    /// At start: erases what removals that a crash interrupted have left.
    Task<> finish_removals();

private:
    /// Each shard knows the roles of all accounts of its hosts (Host::role_of).
    void spread(const Jid& bare, Role role);
    Task<std::optional<AccountRecord>> row(Jid bare, storage::Version& version);
    Task<Outcome> write(AccountRecord record, storage::Version version, bool end_tokens = false);
    Task<Outcome> derive(AccountRecord& record, Secret password);
    Task<> remove_at_home(Shard* home, AccountRecord record, storage::Version version);
    Task<> erase(AccountRecord record);
    Server& server_;
};

/// The authenticator of a host whose modules provide no other: its accounts here.
std::unique_ptr<Authenticator> internal_authenticator(Server& server, Jid host);

} // namespace epode
