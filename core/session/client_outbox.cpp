// SPDX-License-Identifier: MIT
// The way out to a client: its outbox, what of it has arrived (XEP-0198, TCP), and what of the client's own stanzas is
// handled. Who reads too slowly, or has too much open, is waited for and in the end sent away.
#include "core/host.hpp"
#include "core/server.hpp"
#include "core/session/client_connection.hpp"
#include "core/session/detached.hpp"
#include "core/session/keeping.hpp"
#include "core/shard/shard.hpp"

namespace epode {

namespace {

constexpr std::size_t max_open_receipts = 256;
constexpr std::size_t max_open_bytes = 256 * 1024;
constexpr Duration tcp_patience = 100ms; ///< between looks at what TCP has acknowledged
/// So many unconfirmed stanzas are reason to look at once: what a client has is let go while its memory is still warm
/// in the processor's cache.
constexpr std::size_t look_early = 8;
constexpr std::uint32_t ask_after = 32; ///< counted stanzas between two <r/> while one is unanswered

/// A message that somebody waits for, and a query, which must be answered.
bool must_not_be_lost(const Stanza& stanza) {
    const auto type = stanza.type();
    if (stanza.is_message()) return type != "error" && type != "groupchat" && type != "headline";
    return stanza.is_iq() && (type == "get" || type == "set");
}

/// What a room says and presence come to many at once, and can wait until those have theirs whom somebody speaks to.
bool is_for_many(const Stanza& stanza) {
    return stanza && (stanza.is_presence() || (stanza.is_message() && stanza.type() == "groupchat"));
}

} // namespace

// ---- Sending ------------------------------------------------------------------------------------------------------

void ClientConnection::write(std::string raw) {
    if (!stream_ || stream_->closing()) return; // nothing follows </stream:stream>
    stream_->write(std::move(raw));
    will_flush(Haste::soon);
}

void ClientConnection::push(OutboxEntry entry) {
    if (ended_ || (stream_ && (stream_->gone() || stream_->closing()))) return;
    if (detached_ && entry.stanza && detached_->replaces(entry.stanza)) return;
    if (held_back_ && entry.stanza && held_back(entry)) return;
    put_out(std::move(entry));
}

/// Counts it and puts it where it waits for the client.
void ClientConnection::put_out(OutboxEntry entry) {
    if (acks_.enabled() && entry.stanza) {
        entry.counted = true;
        entry.number = ++acks_.sent;
    }
    if (detached_) {
        queue(std::move(entry));
    } else {
        const auto haste = is_for_many(entry.stanza) ? Haste::later : Haste::soon;
        stream_->send(std::move(entry));
        will_flush(haste);
        if (keeping_) keep_soon();
    }
    const auto& waiting = outbox();
    if (waiting.bytes() > static_cast<std::size_t>(server_.config().c2s.max_outbox->bytes) ||
        (detached_ ? waiting.stanzas() : waiting.unconfirmed()) > *server_.config().c2s.max_outbox_stanzas) {
        shard_->post(Job([shard = shard_, id = id_] {
            if (auto* self = shard->connection(id)) self->close("policy-violation", "you read too slowly");
        }));
    }
}

// ---- For a client at which nobody looks: XEP-0352 -----------------------------------------------------------------

void ClientConnection::hold_back(std::size_t stanzas, std::size_t bytes) {
    if (ended_ || !session_) return;
    release();
    held_back_ = std::make_unique<HeldBack>(stanzas, bytes);
}

void ClientConnection::stop_holding_back() {
    release();
    held_back_.reset();
}

/// Asks whether the stanza may wait, and takes it if so. What may not goes behind all that did.
bool ClientConnection::held_back(OutboxEntry& entry) {
    StanzaSending event{*session_, entry.stanza};
    session_->host().emit(event);
    if (event.key) held_back_->forget(event.key);
    if (!event.hold || entry.cookie) { // somebody waits to hear that a tracked one has arrived
        release();
        return false;
    }
    entry.receipt = nullptr; // the sender has done his part
    held_back_->add(std::move(entry), event.key);
    if (held_back_->full()) release();
    return true;
}

void ClientConnection::release() {
    if (held_back_ && !held_back_->empty())
        held_back_->release([this](OutboxEntry entry) { put_out(std::move(entry)); });
}

void ClientConnection::will_flush(Haste haste) {
    if (haste <= due_) return;
    due_ = haste;
    shard_->mark_dirty(*this);
}

void ClientConnection::flush() {
    due_ = Haste::none;
    if (!stream_) return;
    if (acks_.enabled() && acks_.sent != acks_.asked_at &&
        (acks_.peer_h() == acks_.asked_at || acks_.sent - acks_.asked_at >= ask_after) && !stream_->closing()) {
        if (acks_.peer_h() == acks_.asked_at) acks_.asked = shard_->clock().now();
        acks_.asked_at = acks_.sent;
        stream_->write("<r xmlns='urn:xmpp:sm:3'/>");
    }
    stream_->flush();
}

void ClientConnection::deliver(const Stanza& stanza, const Ref<Receipt>& receipt, const Ref<Copies>& copies) {
    OutboxEntry entry(stanza, receipt);
    entry.recover = must_not_be_lost(stanza);
    if (entry.recover) entry.copies = copies;
    push(std::move(entry));
}

void ClientConnection::send_copy(const Stanza& stanza, const Ref<Copies>& copies) {
    OutboxEntry entry(stanza);
    entry.recover = must_not_be_lost(copies->message());
    if (entry.recover) entry.copies = copies;
    push(std::move(entry));
}

void ClientConnection::send(const Stanza& stanza, std::uint64_t cookie) {
    OutboxEntry entry(stanza);
    entry.cookie = cookie;
    push(std::move(entry));
}

// ---- Acknowledgements and pressure --------------------------------------------------------------------------------

void ClientConnection::settled(std::uint32_t number, bool failed) {
    if (const auto unkept = acks_.ended(number, failed); unkept && !ended_)
        push(OutboxEntry(error_reply(unkept, StanzaError(Condition::resource_constraint, ErrorType::wait,
                                                         "the server could not keep this; try again"))));
    while (!held_.empty() && acks_.has_handled(held_.front().after)) {
        auto held = held_.pop_front();
        push(OutboxEntry(std::move(held.stanza)));
        if (held.then) held.then();
    }
    held_.trim();
    if (acks_.answer_due && acks_.all_handled()) send_h();
    if (ended_) return finish();
    if (detached_) {
        if (detached_->claim && acks_.all_handled()) keep_handled();
        return;
    }
    check_pressure();
    leave_if_answered();
}

void ClientConnection::send_h() {
    acks_.answer_due = !acks_.all_handled(); // else an unasked <a/> follows when the rest is durable
    if (ended_) return;
    if (keeping_ && keeping_->handled != acks_.h()) return keep_handled();
    acks_.answer_timer.cancel();
    write("<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(acks_.h()) + "'/>");
}

void ClientConnection::check_pressure() {
    if (!stream_) return;
    if (acks_.open() > max_open_receipts || acks_.open_bytes() > max_open_bytes)
        stream_->pause(XmppStream::pressure);
    else
        stream_->resume(XmppStream::pressure);
}

void ClientConnection::on_written() {
    auto& outbox = stream_->outbox();
    if (outbox.waits_for_tcp()) {
        if (outbox.unconfirmed() >= look_at_) {
            confirm_by_tcp();
            look_at_ = std::max(look_early, 2 * outbox.unconfirmed());
        }
        if (!tcp_watch_.active()) tcp_watch_ = shard_->timers().after(tcp_patience, [this] { watch_tcp(); });
    }
    if (has_room()) wake_room();
}

void ClientConnection::watch_tcp() {
    confirm_by_tcp();
    if (stream_->outbox().waits_for_tcp() && !stream_->gone())
        tcp_watch_ = shard_->timers().after(tcp_patience, [this] { watch_tcp(); });
}

void ClientConnection::confirm_by_tcp() {
    auto& outbox = stream_->outbox();
    // TLS adds bytes, so this many of ours are acknowledged at least.
    const auto unacknowledged = stream_->transport().unacknowledged().value_or(0);
    if (unacknowledged >= outbox.position()) return;
    std::vector<std::uint64_t> cookies;
    outbox.confirm_bytes(outbox.position() - unacknowledged, cookies);
    confirmed(cookies);
    if (has_room()) wake_room();
}

void ClientConnection::confirmed(const std::vector<std::uint64_t>& cookies) {
    if (!session_) return;
    for (const auto cookie : cookies) session_->host().emit(SessionDelivered{*session_, cookie});
}

bool ClientConnection::has_room() const noexcept {
    const auto& outbox = this->outbox();
    const auto& c2s = server_.config().c2s;
    return outbox.bytes() * 2 <= static_cast<std::size_t>(c2s.max_outbox->bytes) &&
           outbox.stanzas() * 2 <= *c2s.max_outbox_stanzas;
}

void ClientConnection::wait_for_room(Promise<bool>& promise) { room_waiters_.push_back(&promise); }

void ClientConnection::wake_room() {
    if (room_waiters_.empty()) return;
    shard_->post(Job([waiters = std::exchange(room_waiters_, {})] {
        for (auto* waiter : waiters) waiter->set(true);
    }));
}

} // namespace epode
