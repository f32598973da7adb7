// SPDX-License-Identifier: MIT
#include "core/session/client_connection.hpp"

#include "core/base/id.hpp"
#include "core/base/log.hpp"
#include "core/host.hpp"
#include "core/server.hpp"
#include "core/session/account.hpp"
#include "core/session/detached.hpp"
#include "core/session/keeping.hpp"
#include "core/session/negotiation.hpp"
#include "core/shard/shard.hpp"

#include <algorithm>
#include <charconv>

namespace epode {

namespace {

constexpr std::string_view other_content[] = {ns::server, "jabber:component:accept"}; ///< not for clients
constexpr std::string_view caps_ns = "http://jabber.org/protocol/caps";
constexpr Duration goodbye_patience = 2s; ///< for the answers to a client that has ended its stream
constexpr Duration park_after = 30s;
constexpr Duration write_patience = 10s;        ///< with a client that takes nothing while others wait for it
constexpr std::size_t most_stalled = 16 * 1024; ///< bytes that may wait for longer
constexpr std::size_t broadcast = 32; ///< a stanza that makes so much work is the last one that is read in a turn

const Logger& log() {
    static const Logger area("c2s");
    return area;
}

xml::Limits limits_before_login(const config::ServerConfig& config) {
    xml::Limits limits;
    limits.stanza = static_cast<std::size_t>(config.c2s.max_stanza_before_login->bytes);
    limits.depth = *config.c2s.max_depth;
    limits.attributes = *config.c2s.max_attributes;
    return limits;
}

/// RFC 6121 4.7.2.3; null when the text is no priority.
std::optional<std::int8_t> priority_of(xml::Element presence) {
    const auto child = presence.child("priority", ns::client);
    if (!child) return std::int8_t{0};
    const auto text = child.text();
    auto digits = text.view();
    while (!digits.empty() && (digits.front() == ' ' || digits.front() == '+' || digits.front() == '\n'))
        digits.remove_prefix(1);
    while (!digits.empty() && (digits.back() == ' ' || digits.back() == '\n')) digits.remove_suffix(1);
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || value < -128 || value > 127)
        return std::nullopt;
    return static_cast<std::int8_t>(value);
}

Ref<xml::Document> unavailable_presence() {
    xml::Builder builder;
    return builder.open("presence", ns::client).attr("type", "unavailable").close().finish();
}

} // namespace

ClientConnection::ClientConnection(Server& server, Shard& shard, std::uint64_t id,
                                   std::unique_ptr<net::ByteStream> bytes, Peer peer)
    : server_(server), shard_(&shard), id_(id), peer_(std::move(peer)),
      stream_(std::make_unique<XmppStream>(shard, std::move(bytes), *this, limits_before_login(server.config()))),
      negotiation_(std::make_unique<Negotiation>(*this)), started_(shard.clock().now()) {}

ClientConnection::~ClientConnection() {
    if (!ended_ && keeping_)
        vanish();
    else if (!ended_)
        end_session("the server stops");
}

void ClientConnection::start() { stream_->start(); }

// ---- What comes in ------------------------------------------------------------------------------------------------

void ClientConnection::on_header(const xml::StreamHeader& header) {
    if (negotiation_) return negotiation_->on_header(header);
    close("unsupported-stanza-type");
}

void ClientConnection::on_element(Ref<xml::Document> document, const std::string* from, const std::string* to) {
    const auto root = xml::Element::root(document);
    if (root.is("error", ns::streams)) { // RFC 6120 4.9.1.1: the end, and no reason for an error of ours
        log().debug("the client says what is wrong", {{"condition", root.first().name()}, {"peer", peer_.address}});
        return close("");
    }
    if (std::ranges::find(other_content, root.ns()) != std::end(other_content)) // RFC 6120 4.8.3
        return close("invalid-namespace", "what clients send is in jabber:client");
    if (negotiation_) return negotiation_->on_element(std::move(document), from, to);
    if (root.ns() == ns::client && (root.name() == "message" || root.name() == "presence" || root.name() == "iq"))
        return on_stanza(std::move(document), from, to);
    on_nonza(root);
}

void ClientConnection::on_stanza(Ref<xml::Document> document, const std::string* from, const std::string* to) {
    const Jid& me = session_->jid();
    if (from) { // RFC 6120 8.1.2.1
        const auto claimed = Jid::parse(*from);
        if (!claimed || (*claimed != me && *claimed != me.bare()))
            return close("invalid-from", "a stanza's from is " + std::string(me.text()) + " or absent");
    }
    if (acks_.repeated()) return; // it is under way since before the session was resumed
    Stanza stanza(std::move(document), me, Jid());
    const auto number = acks_.opened(stanza);
    Ref<Receipt> receipt(new Receipt(*shard_, id_, number, static_cast<std::uint32_t>(stanza.wire_size())));
    check_pressure();
    release(); // XEP-0286 4.2: its radio is on
    if (session_->host().hears<RateCheck>()) {
        RateCheck check{*session_, stanza.wire_size()};
        session_->host().emit(check);
        if (check.pause > Duration(0)) pause_reading(check.pause);
    }
    if (to) {
        auto target = Jid::parse(*to);
        if (!target) {
            push(OutboxEntry(error_reply(stanza, StanzaError(Condition::jid_malformed, target.error().text))));
            return;
        }
        stanza = stanza.to(std::move(*target));
    }
    const auto before = shard_->router().behind();
    dispatch(std::move(stanza), std::move(receipt), number);
    if (shard_->router().behind() > before + broadcast || shard_->crowded()) shard_->line_up(*this);
}

void ClientConnection::dispatch(Stanza stanza, Ref<Receipt> receipt, std::uint32_t number) {
    const auto type = stanza.type();
    const Jid& me = session_->jid();
    const auto refuse = [&](const char* text) {
        push(OutboxEntry(error_reply(stanza, StanzaError(Condition::bad_request, text))));
    };
    switch (stanza.kind()) {
    case Stanza::Kind::message:
        if (!stanza.to()) stanza = stanza.to(me.bare()); // RFC 6120 10.3.1
        return server_.router(*shard_).outgoing(session_, std::move(stanza), std::move(receipt));
    case Stanza::Kind::presence: {
        static constexpr std::string_view types[] = {
            "", "unavailable", "subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe", "error"};
        if (std::ranges::find(types, type.view()) == std::end(types))
            return refuse("a presence of that type does not exist");
        if (!stanza.to()) {
            if (type.empty() || type == "unavailable") return own_presence(std::move(stanza), receipt);
            if (type == "error") return;
            return refuse("a presence of this type needs an address in 'to'");
        }
        return server_.router(*shard_).outgoing(session_, std::move(stanza), std::move(receipt));
    }
    case Stanza::Kind::iq: {
        const bool query = type == "get" || type == "set";
        if (!query && type != "result" && type != "error") return refuse("an iq's type is get, set, result or error");
        if (stanza.id().empty()) return refuse("an iq needs an id");
        const auto children = stanza.root().children();
        if (query && (children.empty() || std::next(children.begin()) != children.end()))
            return refuse("an iq of type get or set has exactly one child");
        const bool to_self = !stanza.to() || stanza.to() == me.bare();
        const bool to_server = stanza.to() && stanza.to().local().empty() && stanza.to() == session_->host().jid();
        if (!query && answer_to_us(stanza)) return;
        if (query && (to_self || to_server))
            return own_query(std::move(stanza), to_self ? Scope::account : Scope::server, std::move(receipt), number);
        if (!query && (to_self || to_server)) return; // an answer to nothing
        return server_.router(*shard_).outgoing(session_, std::move(stanza), std::move(receipt));
    }
    case Stanza::Kind::other:
        return;
    }
}

void ClientConnection::own_presence(Stanza stanza, const Ref<Receipt>& receipt) {
    auto& session = *session_;
    auto& host = session.host();
    const bool available = stanza.type().empty();
    const auto priority = priority_of(stanza.root());
    if (!priority) {
        push(OutboxEntry(
            error_reply(stanza, StanzaError(Condition::bad_request, "a priority is a number from -128 to 127"))));
        return;
    }
    const bool was_available = session.available_;
    const int previous = session.priority_;
    PresenceSelf self{session, stanza};
    host.emit(self);
    const auto before = session.presence_;
    session.available_ = available;
    session.priority_ = available ? *priority : std::int8_t{0};
    session.presence_ = available ? stanza : Stanza();
    session.account().sort();
    if (!available) {
        host.emit(PresenceGone{session, stanza, was_available});
    } else {
        const auto caps = stanza.root().child("c", caps_ns);
        const auto caps_before = before ? before.root().child("c", caps_ns) : xml::Element();
        if (caps && (!caps_before || caps.attr("ver") != caps_before.attr("ver").view()))
            host.emit(SessionCapsChanged{session, caps});
        if (was_available)
            host.emit(PresenceChanged{session, stanza, previous});
        else
            host.emit(PresenceInitial{session, stanza});
    }
    keep_state();
    static_cast<void>(receipt); // held until here: the presence counts as handled when all of this has been queued
}

void ClientConnection::on_nonza(xml::Element element) {
    if (element.ns() == ns::sm) return on_sm(element);
    if (element.ns() == ns::client)
        return close("unsupported-stanza-type", "a stanza is a message, a presence or an iq");
    StreamElement event{*session_, element};
    session_->host().emit(event);
    keep_state();
    if (!event.handled)
        close("unsupported-stanza-type",
              std::string(element.name()) + " of " + std::string(element.ns()) + " is unknown here");
}

void ClientConnection::pause_reading(Duration how_long) {
    if (!stream_) return;
    stream_->pause(XmppStream::rate);
    rate_pause_ = shard_->timers().after(how_long, [this] { stream_->resume(XmppStream::rate); });
}

bool ClientConnection::tick(Instant now) {
    if (detached_) return tick_detached(now);
    if (negotiation_) {
        if (now - started_ > *server_.config().c2s.negotiation_timeout)
            close("connection-timeout", "logging in took too long");
        return false;
    }
    const auto idle = now - stream_->last_read();
    const auto since = stream_->stalled_since();
    // Senders are not read while too much of theirs waits here, so one deaf client may not hold them up for ever.
    if (since && now - *since > write_patience && stream_->outbox().bytes() > most_stalled)
        lose("policy-violation", "you read too slowly");
    else if (since && now - *since > *server_.config().c2s.stall_timeout)
        lose("connection-timeout", "nothing was read for too long");
    else if (idle > *server_.config().c2s.idle_timeout)
        lose("connection-timeout", "nothing came for too long");
    else if (resumption_ && acks_.peer_h() != acks_.asked_at && idle > *server_.config().c2s.ack_timeout &&
             now - acks_.asked > *server_.config().c2s.ack_timeout)
        lose("connection-timeout", "nothing was acknowledged for too long");
    else if (idle > park_after)
        return park();
    return false;
}

bool ClientConnection::tick_detached(Instant now) {
    if (!detached_->claim && now >= detached_->until) give_up("connection-timeout");
    return false;
}

/// Gives back what only a connection needs that is in use.
bool ClientConnection::park() {
    stream_->outbox().park();
    acks_.park();
    held_.park();
    return !stream_->parser().parked() && stream_->parser().park();
}

// ---- Moving, binding, ending --------------------------------------------------------------------------------------

void ClientConnection::move(Shard& home, std::move_only_function<void(ClientConnection&)> arrived) {
    if (&home == shard_) return arrived(*this);
    stream_->detach();
    // Not at once: the caller stands on this very stream.
    shard_->post(Job([shard = shard_, id = id_, &home, arrived = std::move(arrived)]() mutable {
        auto* staying = shard->connection(id);
        if (!staying) return;
        auto self = shard->give_up(*staying);
        home.post(Job([self = std::move(self), &home, arrived = std::move(arrived)]() mutable {
            auto& connection = home.adopt(std::move(self));
            connection.shard_ = &home;
            connection.due_ = Haste::none;
            arrived(connection);
            connection.stream_->attach(home);
        }));
    }));
}

void ClientConnection::bound(std::shared_ptr<Session> session) {
    session_ = std::move(session);
    session_->connection_ = this;
    finished_negotiation_ = std::move(negotiation_); // it may be on the stack
    shard_->post(Job([shard = shard_, id = id_] {
        if (auto* self = shard->connection(id)) self->finished_negotiation_.reset();
    }));
    settle_in();
    log().info("session started", {{"jid", session_->jid().text()}, {"peer", peer_.address}});
}

/// The stream belongs to a session from now on.
void ClientConnection::settle_in() {
    auto limits = limits_before_login(server_.config());
    limits.stanza = static_cast<std::size_t>(server_.config().c2s.max_stanza->bytes);
    stream_->parser().set_limits(limits);
    stream_->transport().set_rank(net::Rank::resident);
}

void ClientConnection::close(std::string_view condition, std::string_view text) {
    if (detached_) return give_up(condition.empty() ? "closed" : condition);
    if (!stream_ || stream_->closing() || stream_->gone()) return;
    if (!condition.empty())
        log().debug("stream error", {{"condition", condition}, {"text", text}, {"peer", peer_.address}});
    if (!header_sent_ && !condition.empty()) {
        // RFC 6120 4.9.1.2: an error before our header still comes inside a stream.
        stream_->write(Negotiation::header(server_, negotiation_ ? negotiation_->domain() : "", "", random_id()));
        header_sent_ = true;
    }
    end_session(condition.empty() ? "closed" : condition);
    stream_->close(condition, text, header_sent_);
    will_flush(Haste::soon);
}

/// RFC 6120 4.4: we may finish what we have to say before we close, too.
void ClientConnection::on_end() {
    resumption_.reset();
    if (all_answered()) return close("");
    goodbye_ = shard_->timers().after(goodbye_patience, [this] { close(""); });
}

bool ClientConnection::all_answered() const noexcept {
    return running_query_ == 0 && !queries_ && held_.empty() && !acks_.answer_due;
}

void ClientConnection::leave_if_answered() {
    if (goodbye_.active() && all_answered()) close("");
}

void ClientConnection::on_fault(std::string_view condition, std::string text) { close(condition, text); }

void ClientConnection::on_gone(std::string_view reason) {
    if (resumption_ && !ended_) return detach(reason, {});
    end_session(reason);
    if (session_) { // what was frozen in a write when the session was closed, and never left
        std::vector<std::uint64_t> cookies;
        stream_->outbox().confirm_bytes(stream_->outbox().position(), cookies);
        recover(stream_->withdraw());
    }
    finish();
}

void ClientConnection::end_session(std::string_view reason) {
    if (std::exchange(ended_, true)) return;
    if (held_back_) // what of it must not be lost is found in the outbox
        held_back_->release([this](OutboxEntry entry) { stream_->send(std::move(entry)); });
    held_back_.reset();
    goodbye_.cancel();
    query_patience_.cancel();
    rate_pause_.cancel();
    tcp_watch_.cancel();
    acks_.answer_timer.cancel();
    release_waiters();
    if (!session_) return;

    auto session = session_;
    auto& account = session->account();
    auto& host = session->host();
    if (resumption_) shard_->ended_sessions().add(account.bare(), resumption_->id, acks_);
    if (stream_) confirm_by_tcp();
    log().info("session ended", {{"jid", session->jid().text()}, {"reason", reason}});
    const Stanza gone(unavailable_presence(), session->jid(), Jid());
    const bool was_available = std::exchange(session->available_, false);
    session->presence_ = Stanza();
    session->priority_ = 0;
    session->ended_ = true;
    std::erase(account.sessions_, session);
    host.emit(PresenceGone{*session, gone, was_available});
    session->connection_ = nullptr;
    host.emit(SessionClosed{*session, reason});
    host.session_ended(*session);
    recover(detached_ ? detached_->outbox.withdraw(0, true) : stream_->withdraw());
}

void ClientConnection::release_waiters() {
    queries_.reset();
    while (!held_.empty())
        if (auto held = held_.pop_front(); held.then) held.then();
    if (asked_)
        for (auto& [id, promise] : *asked_) shard_->post(Job([promise = promise] { promise->set(Stanza()); }));
    asked_.reset();
    for (auto* waiter : room_waiters_) shard_->post(Job([waiter] { waiter->set(false); }));
    room_waiters_.clear();
}

void ClientConnection::recover(std::vector<OutboxEntry> entries) {
    for (auto& entry : entries) {
        if (keeping_) { // its row stays until it is safe elsewhere
            if (entry.receipt) owed_.push_back(std::move(entry.receipt));
            const auto number = acks_.opened(Stanza());
            entry.receipt = Ref<Receipt>(new Receipt(*shard_, id_, number, 0));
        }
        Parcel parcel(entry.copies ? entry.copies->message() : std::move(entry.stanza), std::move(entry.receipt));
        parcel.skip_session = id_;
        server_.router(*shard_).route(std::move(parcel));
    }
}

} // namespace epode
