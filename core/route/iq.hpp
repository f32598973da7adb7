// SPDX-License-Identifier: MIT
// Iq: one query on its way to a handler, and Reply: what the handler answers. Every query is answered exactly once;
// core sends the reply, and an error where a handler fails.
#pragma once

#include "core/session/account.hpp"
#include "core/stanza.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace epode {

/// Whom a query is for; a handler declares it, and two modules may not claim the same query for the same scope.
enum class Scope : std::uint8_t {
    account, ///< the sender's own account (no `to`, or its own bare JID); nobody else gets here
    anyone,  ///< an account's bare JID, asked by its owner or by others
    server,  ///< the host's domain
    room,    ///< a room of a service
    service, ///< a service's domain (conference.HOST)
    stream,  ///< a stream that has not logged in (registration)
};
inline constexpr int scope_count = 6;

class Iq {
public:
    Iq(Host& host, Scope scope, Stanza stanza, std::shared_ptr<Account> account, std::shared_ptr<Session> session,
       Peer peer)
        : host_(&host), scope_(scope), stanza_(std::move(stanza)), account_(std::move(account)),
          session_(std::move(session)), peer_(std::move(peer)) {}

    const Stanza& stanza() const noexcept { return stanza_; }
    xml::Element payload() const noexcept { return stanza_.root().first(); }
    bool set() const { return stanza_.type() == "set"; }
    Scope scope() const noexcept { return scope_; }
    Host& host() const noexcept { return *host_; }
    /// Who asks (null JID before login).
    const Jid& from() const noexcept { return stanza_.from(); }
    /// Whose account is asked (scopes account and anyone); it stays resident while this Iq lives. Must not be called in
    /// others.
    Account& account() const noexcept { return *account_; }
    bool has_account() const noexcept { return static_cast<bool>(account_); }
    /// The asking client's session where it is on this shard (always in scope account); else null.
    Session* session() const noexcept { return session_.get(); }
    /// Whether the one who asks owns the account that is asked.
    bool own() const noexcept { return account_ && account_->bare() == stanza_.from().bare(); }
    /// Where the stream comes from (scope stream and own sessions).
    const Peer& peer() const noexcept { return session_ ? session_->peer() : peer_; }

private:
    Host* host_;
    Scope scope_;
    Stanza stanza_;
    std::shared_ptr<Account> account_;
    std::shared_ptr<Session> session_;
    Peer peer_;
};

class Reply {
public:
    static Reply result(Ref<xml::Document> payload = nullptr) { return Reply(std::move(payload), nullptr); }
    static Reply error(StanzaError error) { return Reply(nullptr, std::make_unique<StanzaError>(std::move(error))); }

    const StanzaError* failure() const noexcept { return error_.get(); }
    const Ref<xml::Document>& payload() const noexcept { return payload_; }
    /// Runs after the reply has been queued for the client, in order (pushes that must follow a result).
    Reply then(std::move_only_function<void()> action) && {
        after_ = std::move(action);
        return std::move(*this);
    }
    std::move_only_function<void()>& after() noexcept { return after_; }

private:
    Reply(Ref<xml::Document> payload, std::unique_ptr<StanzaError> error) noexcept
        : payload_(std::move(payload)), error_(std::move(error)) {}
    Ref<xml::Document> payload_;
    std::unique_ptr<StanzaError> error_;
    std::move_only_function<void()> after_;
};

} // namespace epode
