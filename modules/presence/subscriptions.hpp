// SPDX-License-Identifier: MIT
// RFC 6121 section 3: what subscription stanzas do to the roster, on their way out and on their way in. The decisions
// stand in subscription_state; here they are carried out, all writes in the stanza's own batch. What others learn of
// them waits for it; only that somebody is not to be seen any more is said at once.
#pragma once

#include "core/host.hpp"
#include "core/route/passage.hpp"
#include "core/service/roster.hpp"
#include "modules/presence/subscription_state.hpp"

#include <cstddef>

namespace epode::presence {

/// Bounds on what others can make us keep (3.1.3, security warning).
struct RequestLimits {
    std::size_t count; ///< requests without an answer per account
    std::size_t bytes; ///< of one; a larger one is kept without its extended content
};

/// For one stanza: made where a hook needs it.
class Subscriptions {
public:
    Subscriptions(Host& host, RosterService& roster) : host_(host), roster_(roster) {}

    /// Outgoing, phase store: `from` and `to` are bare. What must not be routed is readdressed to the user's own
    /// account, which takes it silently; so its batch is committed like any other. Current presence follows an approval
    /// (3.1.5).
    void out(Passage& passage, Type type);
    /// Incoming, phase deliver: everything, whoever calls takes the stanza.
    void in(Passage& passage, Type type, RequestLimits limits);
    /// Requests that wait for an answer, to a session that has become available (3.1.3 rule 4), and our own to foreign
    /// servers once more where they may have been lost (3.1.2).
    void remind(Session& session, bool first);

private:
    void apply(Passage& passage, Contact contact, const Outcome& outcome);
    void deliver(Passage& passage, const Contact& contact, Type type);
    bool too_many_requests(const Account& account, const Contact& contact, RequestLimits limits) const;
    void show(Passage& passage, const Jid& to);
    void send_unavailable(const Passage& passage, const Jid& to);
    Contact contact(const Account& account, const Jid& bare) const;

    Host& host_;
    RosterService& roster_;
};

} // namespace epode::presence
