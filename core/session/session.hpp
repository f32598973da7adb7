// SPDX-License-Identifier: MIT
// Session: a bound client as the rest of the server and modules see it. Outlives its stream: once ended it is an empty
// shell in which sending does nothing.
#pragma once

#include "core/base/clock.hpp"
#include "core/base/ref.hpp"
#include "core/base/task.hpp"
#include "core/stanza.hpp"
#include "xep/xep0388_sasl2.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace epode {

class Account;
class ClientConnection;
class Host;
class Receipt;
class Reply;

/// Where a session comes from, for logs, limits and the session list.
struct Peer {
    std::string address; ///< "192.0.2.1"; the forwarded one for proxied clients
    bool loopback = false;
    bool secure = false;   ///< TLS (or the test kit)
    std::string tls;       ///< "TLSv1.3 TLS_AES_256_GCM_SHA384"
    std::string transport; ///< "tcp", "tls", "websocket", "bosh", "memory"
    std::string lang;      ///< xml:lang of the stream
    /// Which installation it says it is (XEP-0388): for the account's owner and administrators only. Null: unsaid.
    std::shared_ptr<const xep::sasl2::UserAgent> agent;

    Peer() = default;
    /// "" where it is unknown.
    std::string_view agent_id() const noexcept { return agent ? std::string_view(agent->id) : std::string_view(); }
};

class Session : public std::enable_shared_from_this<Session> {
public:
    Session(std::uint64_t id, Jid jid, std::shared_ptr<Account> account, Peer peer);
    ~Session();
    Session(const Session&) = delete;

    std::uint64_t id() const noexcept { return id_; } ///< unique on this server until it stops
    const Jid& jid() const noexcept { return jid_; }
    Account& account() const noexcept { return *account_; }
    Host& host() const noexcept;
    const Peer& peer() const noexcept { return peer_; }
    Instant since() const noexcept { return since_; }
    bool ended() const noexcept { return ended_; }
    /// Its client is away and may come back (XEP-0198): what it is sent waits. For who would wait
    /// for an answer.
    bool detached() const noexcept;

    /// Presence (RFC 6121 4): available after initial presence without type, priority as in it.
    bool available() const noexcept { return available_; }
    int priority() const noexcept { return priority_; }
    /// The last available presence, null when there is none.
    const Stanza& presence() const noexcept { return presence_; }
    /// Puts another available presence in its place and emits presence.changed, as if the client had sent it.
    void replace_presence(Stanza presence);
    /// Has asked for its roster ("interested resource", RFC 6121 2.1.6): gets roster pushes.
    bool interested() const noexcept { return interested_; }
    void set_interested() noexcept { interested_ = true; }

    /// Queues the stanza for this client; never writes, closes or calls back before the turn ends. `to` is set to this
    /// session's JID where it is absent.
    void send(const Stanza& stanza);
    /// The same, and `session.delivered` is emitted with `cookie` (not 0) when the client has it: on its XEP-0198
    /// acknowledgement, or without that once its TCP has acknowledged the bytes. Not emitted if the session ends
    /// before.
    void send_tracked(const Stanza& stanza, std::uint64_t cookie);
    /// Waits until the outbox is at most half full, with what waits for the client's acknowledgement; at once when it
    /// is. For producers of many stanzas. False: session ended. Also returns when a module is taken away.
    Task<bool> room();
    /// Sends `<iq type= id=…>payload` from `from` (null: the account's bare JID) and waits for the answer's stanza;
    /// null after `timeout` or when the session ends.
    Task<Stanza> request(bool set, Ref<xml::Document> payload, Jid from, Duration timeout);
    /// Ends the stream with a stream error of RFC 6120 4.9.3 ("" ends it politely), then the session.
    void close(std::string_view stream_condition, std::string text = {});
    /// The same at once, where nobody walks the account's sessions.
    void drop(std::string_view stream_condition);
    /// What it was sent and has not confirmed (by XEP-0198; without that, what its TCP has not), oldest first.
    std::vector<Stanza> unconfirmed() const;
    /// Nobody looks at this client (XEP-0352): what is sent to it is shown to StanzaSending first, and what a handler
    /// holds waits until something must go, there are so many stanzas or bytes of it, the client says something, or it
    /// is active again, as it is in the beginning.
    void set_inactive(std::size_t stanzas, std::size_t bytes);
    void set_active();
    bool active() const noexcept;
    /// Reads nothing from this client for that long (rates).
    void pause_reading(Duration how_long);

private:
    friend class Binding;
    friend class ClientConnection;
    friend class Account;
    friend class Accounts;
    friend class Passage;
    friend class Router;
    std::uint64_t id_;
    Jid jid_;
    std::shared_ptr<Account> account_;
    Peer peer_;
    Instant since_;
    Stanza presence_;
    ClientConnection* connection_ = nullptr; ///< null once the stream is gone
    std::int8_t priority_ = 0;
    bool available_ = false;
    bool interested_ = false;
    bool ended_ = false;
};

} // namespace epode
