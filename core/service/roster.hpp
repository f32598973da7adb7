// SPDX-License-Identifier: MIT
// RosterService: who may see whom. Provided by modules/roster, used by presence, blocking, last, carbons' relatives.
// Everything here is resident: the account must be active on this shard; references are good until the next suspension.
#pragma once

#include "core/session/account.hpp"
#include "core/stanza.hpp"
#include "core/store/batch.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace epode {

/// RFC 6121 2.1.2.5.
enum class Subscription : std::uint8_t { none = 0, to = 1, from = 2, both = 3 };
std::string_view name(Subscription subscription) noexcept;

struct Contact {
    Jid jid; ///< bare
    std::string name;
    std::vector<std::string> groups;
    Subscription subscription = Subscription::none;
    bool ask = false;          ///< pending out: we asked, no answer yet
    bool pending_in = false;   ///< they asked, no answer yet; such an item alone is not shown in the roster
    bool approved = false;     ///< pre-approved (RFC 6121 3.4)
    bool listed = false;       ///< a roster item for the client; false for a mere pending-in
    std::string request;       ///< the stored subscribe stanza's bytes, to be delivered again at login
    std::uint64_t version = 0; ///< of the roster when the item last changed for the client (RFC 6121 2.6); set by `put`

    bool to() const noexcept { return static_cast<unsigned>(subscription) & 1u; }
    bool from() const noexcept { return static_cast<unsigned>(subscription) & 2u; }
    void fields(auto& f) { f(jid, name, groups, subscription, ask, pending_in, approved, listed, request, version); }
};

class RosterService {
public:
    static constexpr std::string_view service_name = "roster";
    using Contacts = std::map<std::string, Contact, std::less<>>; ///< by bare JID's text

    virtual ~RosterService() = default;
    virtual const Contacts& contacts(const Account& account) const = 0;
    /// Null where there is no item and no pending request.
    virtual const Contact* find(const Account& account, const Jid& bare) const = 0;
    /// Puts the item (keyed by its jid): memory at once, rows with `batch`; emits roster.changed. Interested sessions
    /// get a push where it is listed, when `batch` is durable.
    virtual void put(Batch& batch, Account& account, Contact contact) = 0;
    /// Removes it; where it was listed subscription='remove' is pushed then.
    virtual void remove(Batch& batch, Account& account, const Jid& bare) = 0;
};

} // namespace epode
