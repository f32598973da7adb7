// SPDX-License-Identifier: MIT
// ClientConnection: one client's stream on a shard, from the first byte to the end: first a Negotiation, then a
// Session.
#pragma once

#include "core/base/ring.hpp"
#include "core/net/address_limit.hpp"
#include "core/route/iq.hpp"
#include "core/session/acknowledgement.hpp"
#include "core/session/held_back.hpp"
#include "core/session/resumption.hpp"
#include "core/session/session.hpp"
#include "core/stream/xmpp_stream.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace epode {

class Detached;
struct Keeping;
struct KeptSession;
class Negotiation;
class Server;

/// How soon what waits in an outbox is to be written: those whom somebody speaks to do not wait for a room of
/// thousands.
enum class Haste : std::uint8_t { none, later, soon };

class ClientConnection final : public XmppStream::Owner {
public:
    ClientConnection(Server& server, Shard& shard, std::uint64_t id, std::unique_ptr<net::ByteStream> bytes, Peer peer);
    ~ClientConnection() override;

    std::uint64_t id() const noexcept { return id_; }
    Server& server() const noexcept { return server_; }
    Shard& shard() const noexcept { return *shard_; }
    /// Not while the session is detached.
    XmppStream& stream() noexcept { return *stream_; }
    Peer& peer() noexcept { return peer_; }
    const std::shared_ptr<Session>& session() const noexcept { return session_; }

    /// Begins to read.
    void start();
    /// Ends the stream with an error ("" politely) and whatever stands on it.
    void close(std::string_view condition, std::string_view text = {});
    /// The same for a stream that is dead or too slow: a session that may be resumed goes on without it.
    void lose(std::string_view condition, std::string_view text = {});
    void flush();
    /// Whether it has something to write, and how soon.
    Haste due() const noexcept { return due_; }
    /// Queues bytes of the stream itself.
    void write(std::string raw);

    // ---- For the negotiation --------------------------------------------------------------------------------------
    /// Goes on at `home` (perhaps this shard): `arrived` runs there, before anything more is read.
    void move(Shard& home, std::move_only_function<void(ClientConnection&)> arrived);
    /// The negotiation is over; stanzas go to `session` from now on.
    void bound(std::shared_ptr<Session> session);
    // Stream management inside of other elements: core/session/resumption.hpp.
    /// XEP-0198 section 3, once bound. The answer goes out before anything else does.
    std::string enable(xml::Element element);
    /// Section 5: on the account's home, logged in as `account`, not bound. Nothing is read while it lasts.
    void resume(const Jid& account, xml::Element element, ResumeReply reply);
    void set_header_sent() noexcept { header_sent_ = true; }
    void forget_header() noexcept { header_sent_ = false; }
    /// Null once bound.
    Negotiation* negotiation() const noexcept { return negotiation_.get(); }
    Shard* shard_ref() const noexcept { return shard_; }
    /// Nobody may log in before TLS here.
    bool tls_required() const noexcept { return tls_required_; }
    void set_tls_required(bool required) noexcept { tls_required_ = required; }
    void set_place(net::AddressLimit::Place place) noexcept { place_ = std::move(place); }

    // ---- For the router and the session ---------------------------------------------------------------------------
    /// A stanza that RFC 6121's rules deliver to this client: not lost with the stream, unless by `copies` (null:
    /// nobody else got it) another device has it.
    void deliver(const Stanza& stanza, const Ref<Receipt>& receipt, const Ref<Copies>& copies);
    /// What stands for a message that others are sent.
    void send_copy(const Stanza& stanza, const Ref<Copies>& copies);
    void send(const Stanza& stanza, std::uint64_t cookie);
    /// Session::set_inactive and set_active.
    void hold_back(std::size_t stanzas, std::size_t bytes);
    void stop_holding_back();
    bool holds_back() const noexcept { return held_back_ != nullptr; }
    /// A receipt of ours has ended.
    void settled(std::uint32_t number, bool failed);
    bool detached() const noexcept { return detached_ != nullptr; }
    /// The server ends: what is kept of a session that may be resumed goes on after it, and nobody is told that it went.
    void suspend();
    /// A session of an earlier run of the server.
    static Task<> restore(Server* server, Shard* shard, std::unique_ptr<KeptSession> kept);
    bool resumable() const noexcept { return resumption_ != nullptr; }
    bool has_room() const noexcept;
    void wait_for_room(Promise<bool>& promise);
    /// Those who wait look again.
    void wake_room();
    void pause_reading(Duration how_long);
    std::string send_query(bool set, Ref<xml::Document> payload, Jid from, Promise<Stanza>& answer);
    void forget_query(const std::string& id);
    /// Every few seconds: time-outs, parking. True when it has just parked its parser.
    bool tick(Instant now);
    bool park();

private:
    void on_header(const xml::StreamHeader& header) override;
    void on_element(Ref<xml::Document> document, const std::string* from, const std::string* to) override;
    void on_end() override;
    void on_fault(std::string_view condition, std::string text) override;
    void on_gone(std::string_view reason) override;
    void on_written() override;

    void on_stanza(Ref<xml::Document> document, const std::string* from, const std::string* to);
    void on_nonza(xml::Element element);
    void dispatch(Stanza stanza, Ref<Receipt> receipt, std::uint32_t number);
    void own_presence(Stanza stanza, const Ref<Receipt>& receipt);
    void own_query(Stanza stanza, Scope scope, Ref<Receipt> receipt, std::uint32_t number);
    void run_query(Iq iq, Ref<Receipt> receipt, std::uint32_t number);
    void query_done(std::uint32_t number);
    bool all_answered() const noexcept;
    /// The client has ended its stream and waited for its answers only.
    void leave_if_answered();
    void reply(const Stanza& query, Reply reply, std::uint32_t number);
    bool answer_to_us(const Stanza& stanza);
    void push(OutboxEntry entry);
    void put_out(OutboxEntry entry);
    bool held_back(OutboxEntry& entry);
    void release();
    void will_flush(Haste haste);
    void check_pressure();
    void confirmed(const std::vector<std::uint64_t>& cookies);
    void watch_tcp();
    void confirm_by_tcp();
    void on_sm(xml::Element element);
    void answer_request();
    void confirm_up_to(std::uint32_t h);
    void close_too_high(std::uint32_t h, std::uint32_t sent);
    void send_h();
    Outbox& outbox() const noexcept;

    // ---- From one stream to the next (resumption.cpp) ---------------------------------------------------------------
    struct Request;
    explicit ClientConnection(ClientConnection& of);
    void detach(std::string_view condition, std::string_view text);
    void limit_detached();
    void queue(OutboxEntry entry);
    static Task<> find_resumable(std::unique_ptr<Request> request);
    void claim(const Account* account, bool broken, Request& request);
    void hold_for(std::uint64_t connection, ResumeReply reply);
    void take_over();
    /// A detached session ends.
    void give_up(std::string_view reason);
    void settle_in();
    void believe(std::uint32_t h);

    // ---- What of it is in the store (kept_session.cpp) --------------------------------------------------------------
    ClientConnection(Server& server, Shard& shard, std::shared_ptr<Session> session, KeptSession& kept);
    void keep_state();
    void keep_handled();
    void keep_soon();
    void keep_now();
    void keep_out(bool all);
    void write_kept(Batch batch, std::vector<std::uint32_t> numbers, std::optional<std::uint32_t> handled);
    static Task<> commit_kept(Shard* shard, std::uint64_t id, std::unique_ptr<Batch> batch,
                              std::vector<std::uint32_t> numbers, std::optional<std::uint32_t> handled);
    void kept(const std::vector<std::uint32_t>& numbers, std::optional<std::uint32_t> handled, bool failed);
    void answer_now();
    bool may_take_over() const noexcept;
    /// Ended, and nothing of it is under way: its rows and the connection go.
    void finish();
    void vanish();
    void release_waiters();
    bool tick_detached(Instant now);
    void end_session(std::string_view reason);
    void recover(std::vector<OutboxEntry> entries);

    Server& server_;
    Shard* shard_;
    std::uint64_t id_;
    Peer peer_;
    net::AddressLimit::Place place_;
    std::unique_ptr<XmppStream> stream_; ///< null while the session is detached
    std::unique_ptr<Negotiation> negotiation_;
    std::shared_ptr<Session> session_;
    Acknowledgement acks_;
    std::unique_ptr<Resumption> resumption_; ///< null where the session ends with its stream
    std::unique_ptr<Detached> detached_;     ///< while there is no stream
    std::unique_ptr<HeldBack> held_back_; ///< while the client is inactive
    std::unique_ptr<Keeping> keeping_;       ///< where it may be resumed
    std::vector<Ref<Receipt>> owed_;         ///< of what is handed on
    bool suspended_ = false;
    bool restored_ = false; ///< from the store, and not resumed since

    struct WaitingQuery {
        Iq iq;
        Ref<Receipt> receipt;
        std::uint32_t number;
    };
    struct HeldReply {
        std::uint32_t after = 0; ///< goes when all receipts up to this one have ended
        Stanza stanza;
        std::move_only_function<void()> then; ///< what must follow it
    };
    std::unique_ptr<std::deque<WaitingQuery>> queries_; ///< behind the one being answered
    Ring<HeldReply> held_;
    std::unique_ptr<std::unordered_map<std::string, Promise<Stanza>*>> asked_;
    std::vector<Promise<bool>*> room_waiters_;
    Timers::Handle query_patience_;
    Timers::Handle rate_pause_;
    Timers::Handle goodbye_;
    Timers::Handle tcp_watch_;
    std::size_t look_at_ = 0; ///< unconfirmed stanzas at which TCP is asked before its time
    Instant started_;
    std::unique_ptr<Negotiation> finished_negotiation_;
    std::uint32_t running_query_ = 0; ///< its stanza's number; 0: none
    bool pumping_ = false;
    bool tls_required_ = true;
    bool header_sent_ = false;
    Haste due_ = Haste::none;
    bool ended_ = false;
};

} // namespace epode
