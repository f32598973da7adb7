// SPDX-License-Identifier: MIT
// Detached: what a session keeps while it has no stream (XEP-0198 section 5): what waits for the next one, until when,
// and who is about to bring it. Presence and chat states say how things are, so of each sender the last ones are kept.
#pragma once

#include "core/base/clock.hpp"
#include "core/session/client_connection.hpp"
#include "core/stream/outbox.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>

namespace epode {

class Detached {
public:
    Detached(Outbox left, Instant deadline) : outbox(std::move(left)), until(deadline) { outbox.detach(); }

    /// A connection that has asked to go on with the session, and waits for what the old stream has begun.
    struct Claim {
        std::uint64_t connection;
        ResumeReply reply;
        Timers::Handle patience;

        Claim(std::uint64_t whose, ResumeReply answer) : connection(whose), reply(std::move(answer)) {}
    };

    Outbox outbox;
    Instant until;
    std::optional<Claim> claim;
    WallTime since{}; ///< for the next run of the server

    /// Whether the stanza has taken the place of an earlier one, which says nothing any more.
    bool replaces(const Stanza& stanza);
    /// The stanza is the outbox's last.
    void queued(const Stanza& stanza);
    /// The outbox is another one.
    void forget() noexcept { states_.clear(); }

private:
    std::unordered_map<std::uint64_t, std::size_t> states_; ///< place in the outbox, by sender and kind of state
};

/// Presence as RFC 6121 section 4 broadcasts it, or a message that has a chat state (XEP-0085) and nothing else: the
/// next one of that sender makes it void.
bool is_passing(const Stanza& stanza);

} // namespace epode
