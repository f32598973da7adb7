// SPDX-License-Identifier: MIT
// A session that may be resumed and the store: what is written when, and how it comes back after a restart.
#include "core/base/codec.hpp"
#include "core/base/log.hpp"
#include "core/host.hpp"
#include "core/server.hpp"
#include "core/session/account.hpp"
#include "core/session/client_connection.hpp"
#include "core/session/detached.hpp"
#include "core/session/keeping.hpp"
#include "core/session/negotiation.hpp"
#include "core/shard/shard.hpp"

#include <algorithm>
#include <unordered_map>

namespace epode {

namespace {

const Logger& log() {
    static const Logger area("c2s");
    return area;
}

constexpr std::uint32_t far_behind = 1U << 30;

/// Presence and chat states come as they are then; everything else comes itself.
bool is_kept(const OutboxEntry& entry) {
    return entry.counted && (entry.cookie || (entry.stanza && !is_passing(entry.stanza)));
}

OutRow row_of(const OutboxEntry& entry) {
    OutRow row;
    row.cookie = entry.cookie;
    row.recover = entry.recover;
    if (!entry.cookie) row.stanza = entry.stanza.bytes();
    if (!entry.copies) return row;
    const auto& message = entry.copies->message();
    const auto bytes = message.bytes();
    row.copies = keyed_hash(bytes) ^ reinterpret_cast<std::uintptr_t>(entry.copies.get());
    if (message.document() != entry.stanza.document()) row.message = bytes;
    return row;
}

Stanza stanza_of(const std::string& bytes) {
    if (bytes.empty()) return {};
    auto stanza = Stanza::from_bytes(bytes);
    return stanza ? std::move(*stanza) : Stanza();
}

} // namespace

// ---- Writing ------------------------------------------------------------------------------------------------------

void ClientConnection::keep_state() {
    if (!keeping_ || !resumption_ || ended_) return;
    SessionRow row;
    row.account = session_->account().bare().text();
    row.resource = session_->jid().resource();
    if (session_->presence_) row.presence = session_->presence_.bytes();
    row.priority = session_->priority_;
    row.available = session_->available_;
    row.interested = session_->interested_;
    row.max = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(resumption_->max).count());
    if (detached_) row.detached = detached_->since;
    row.slots = shard_->router().save_session(*session_);
    auto bytes = encode_value(row);
    if (bytes == keeping_->row) return;
    keeping_->row = bytes;
    Batch batch;
    keeping_->tables.put(batch, session_->account(), keeping_->id, bytes);
    write_kept(std::move(batch), {}, {});
}

/// Then <a/> or <resumed/> may say it.
void ClientConnection::keep_handled() {
    if (keeping_->writing_handled) return; // it looks again when it is there
    const auto h = acks_.h();
    if (h == keeping_->handled) {
        if (may_take_over()) take_over();
        return;
    }
    keeping_->writing_handled = true;
    Batch batch;
    keeping_->tables.put_handled(batch, session_->account(), keeping_->id,
                                 {h, restored_ ? keeping_->sent : acks_.sent});
    write_kept(std::move(batch), {}, h);
}

bool ClientConnection::may_take_over() const noexcept {
    return detached_ && detached_->claim && (acks_.all_handled() || !detached_->claim->patience.active());
}

/// What is not confirmed then is written; prompt clients are spared that.
void ClientConnection::keep_soon() {
    if (keeping_->timer.active() || ended_) return;
    keeping_->due = acks_.sent;
    keeping_->timer = shard_->timers().after(Keeping::patience, [this] { keep_out(false); });
}

/// Nobody is there to confirm it: with all else that comes in this turn.
void ClientConnection::keep_now() {
    if (!keeping_ || std::exchange(keeping_->soon, true)) return;
    shard_->post(Job([shard = shard_, id = id_] {
        auto* self = shard->connection(id);
        if (!self || self->ended_) return;
        self->keeping_->soon = false;
        self->keep_out(true);
    }));
}

void ClientConnection::keep_out(bool all) {
    if (ended_) return;
    auto& keeping = *keeping_;
    Batch batch;
    std::vector<std::uint32_t> numbers;
    bool more = false;
    const epode::Owner owner(session_->account());
    outbox().each([&](OutboxEntry& entry) {
        if (entry.kept || !is_kept(entry)) {
            if (!entry.kept) entry.receipt = nullptr; // nothing of it will ever be kept
            return;
        }
        if (!all && static_cast<std::int32_t>(entry.number - keeping.due) > 0) {
            more = true;
            return;
        }
        entry.kept = true;
        numbers.push_back(entry.number);
        keeping.tables.put_out(batch, owner, keeping_->id, entry.number, row_of(entry));
    });
    for (const auto number : keeping.confirmed) keeping.tables.erase_out(batch, owner, keeping_->id, number);
    keeping.confirmed.clear();
    if (!batch.empty()) write_kept(std::move(batch), std::move(numbers), {});
    if (more) keep_soon();
}

void ClientConnection::write_kept(Batch batch, std::vector<std::uint32_t> numbers,
                                  std::optional<std::uint32_t> handled) {
    ++keeping_->writes;
    auto owned = std::make_unique<Batch>(std::move(batch));
    spawn(commit_kept(shard_, id_, std::move(owned), std::move(numbers), handled), [] {}, [](std::exception_ptr) {});
}

Task<> ClientConnection::commit_kept(Shard* shard, std::uint64_t id, std::unique_ptr<Batch> batch,
                                     std::vector<std::uint32_t> numbers, std::optional<std::uint32_t> handled) {
    bool failed = false;
    auto writes = std::move(*batch);
    try {
        co_await Batch::commit(shard->server().engine(), std::move(writes));
    } catch (const std::exception& thrown) {
        failed = true;
        log().error("what a session needs after a restart could not be kept", {{"error", thrown.what()}});
    }
    co_await NextTurn();
    if (auto* self = shard->connection(id)) self->kept(numbers, handled, failed);
}

void ClientConnection::kept(const std::vector<std::uint32_t>& numbers, std::optional<std::uint32_t> handled,
                            bool failed) {
    --keeping_->writes;
    if (handled) keeping_->writing_handled = false;
    if (ended_) return finish();
    if (!numbers.empty()) {
        outbox().each([&](OutboxEntry& entry) {
            if (!entry.kept || !std::ranges::binary_search(numbers, entry.number, [&](auto a, auto b) {
                    return static_cast<std::int32_t>(a - b) < 0;
                }))
                return;
            if (!failed) entry.receipt = nullptr;
            entry.kept = !failed;
        });
        if (failed && stream_) keep_soon();
    }
    if (handled && !failed) {
        keeping_->handled = *handled;
        if (!detached_) answer_now();
        if (acks_.h() != *handled && (acks_.answer_due || detached_)) keep_handled();
    }
    if (may_take_over() && !keeping_->writing_handled && keeping_->handled == acks_.h()) return take_over();
    if (suspended_ && keeping_->writes == 0) vanish();
}

/// With what is in the store by now.
void ClientConnection::answer_now() {
    if (ended_ || detached_) return;
    const auto h = keeping_ ? keeping_->handled : acks_.h();
    if (acks_.all_handled() && h == acks_.h()) {
        acks_.answer_due = false;
        acks_.answer_timer.cancel();
    }
    write("<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(h) + "'/>");
}

// ---- Ending -------------------------------------------------------------------------------------------------------

void ClientConnection::finish() {
    if (!ended_ || (stream_ && !stream_->gone())) return;
    if (!keeping_ || !session_) return shard_->bury(*this);
    if (!acks_.all_handled() || keeping_->writes > 0) return; // comes here again
    owed_.clear();
    Batch batch;
    keeping_->tables.erase(batch, session_->account(), keeping_->id);
    auto owned = std::make_unique<Batch>(std::move(batch));
    keeping_.reset();
    spawn(commit_kept(shard_, 0, std::move(owned), {}, {}), [] {}, [](std::exception_ptr) {});
    shard_->bury(*this);
}

void ClientConnection::suspend() {
    if (!keeping_ || ended_) return close("system-shutdown");
    suspended_ = true;
    if (!detached_) detach("system-shutdown", {});
    keep_out(true);
    if (acks_.h() != keeping_->handled) keep_handled();
    if (keeping_->writes == 0) vanish();
}

/// From memory; nobody is told.
void ClientConnection::vanish() {
    if (std::exchange(ended_, true)) return;
    keeping_->timer.cancel();
    acks_.answer_timer.cancel();
    release_waiters();
    std::erase(session_->account().sessions_, session_);
    session_->ended_ = true;
    session_->connection_ = nullptr;
    keeping_.reset();
    if (!stream_) shard_->bury(*this);
}

// ---- Coming back --------------------------------------------------------------------------------------------------

ClientConnection::ClientConnection(Server& server, Shard& shard, std::shared_ptr<Session> session, KeptSession& kept)
    : server_(server), shard_(&shard), id_(session->id()), session_(std::move(session)),
      resumption_(std::make_unique<Resumption>(kept.id, Duration(std::chrono::seconds(kept.row.max)))),
      keeping_(std::make_unique<Keeping>(server, kept.id)), restored_(true) {
    session_->connection_ = this;
    acks_.enable();
    // What the client has had of the old numbers only it knows; the new ones must lie behind all it can say.
    keeping_->handled = kept.handled.h;
    keeping_->sent = kept.handled.sent;
    auto last = keeping_->sent;
    if (!kept.out.empty() && static_cast<std::int32_t>(kept.out.back().first - last) > 0) last = kept.out.back().first;
    acks_.start_at(kept.handled.h, last - keeping_->sent >= far_behind / 2 ? last : last + far_behind);
    auto& links = shard.restoring().copies;
    Outbox outbox;
    outbox.hold_receipts();
    for (auto& [number, row] : kept.out) {
        OutboxEntry entry(stanza_of(row.stanza));
        entry.number = number;
        entry.counted = entry.kept = true;
        entry.cookie = row.cookie;
        entry.recover = row.recover;
        if (row.copies && entry.stanza) {
            auto& link = links[row.copies];
            if (!link) link = Ref<Copies>(new Copies(row.message.empty() ? entry.stanza : stanza_of(row.message)));
            entry.copies = link;
        }
        outbox.restore(std::move(entry));
    }
    const auto wall = server.clock().wall();
    const auto since = kept.row.detached == WallTime{} ? wall : std::min(kept.row.detached, wall);
    detached_ = std::make_unique<Detached>(std::move(outbox), shard.clock().now() + resumption_->max - (wall - since));
    detached_->since = since;
}

Task<> ClientConnection::restore(Server* server, Shard* shard, std::unique_ptr<KeptSession> kept) {
    std::shared_ptr<Account> account;
    const auto bare = Jid::parse(kept->row.account);
    try {
        if (bare) account = co_await shard->router().activate(*bare);
    } catch (const std::exception&) {
        co_return; // logged where it was thrown; the rows stay
    }
    const auto full = bare ? bare->with_resource(kept->row.resource) : bare;
    if (!account || account->owner() != kept->owner || !full || account->session(full->resource())) {
        Batch batch;
        SessionTables(*server).erase(batch, epode::Owner(kept->owner), kept->id);
        co_await Batch::commit(server->engine(), std::move(batch));
        co_return;
    }
    auto session = std::make_shared<Session>(shard->next_id(), *full, account, Peer());
    session->presence_ = stanza_of(kept->row.presence);
    session->available_ = kept->row.available && session->presence_;
    session->priority_ = static_cast<std::int8_t>(kept->row.priority);
    session->interested_ = kept->row.interested;
    std::unique_ptr<ClientConnection> made(new ClientConnection(*server, *shard, session, *kept));
    account->sessions_.push_back(session);
    account->sort();
    shard->router().restore_session(*session, kept->row.slots);
    auto& connection = shard->adopt(std::move(made));
    connection.keep_state();
    log().info("session restored", {{"jid", session->jid().text()}, {"waiting", kept->out.size()}});
}

/// A client knows what it had before the server ended; what it had not has new numbers from there on.
void ClientConnection::believe(std::uint32_t h) {
    std::vector<std::uint64_t> cookies;
    std::vector<OutboxEntry> rest;
    for (auto& entry : detached_->outbox.take_all()) {
        if (static_cast<std::int32_t>(entry.number - h) <= 0) {
            if (entry.cookie) cookies.push_back(entry.cookie);
            if (entry.copies) entry.copies->confirm();
        } else if (entry.stanza) {
            rest.push_back(std::move(entry));
        }
    }
    acks_.start_at(acks_.h(), h);
    Batch batch;
    const epode::Owner owner(session_->account());
    keeping_->tables.erase_out(batch, owner, keeping_->id);
    std::vector<std::uint32_t> numbers;
    for (auto& entry : rest) {
        entry.number = ++acks_.sent;
        if (is_kept(entry)) {
            entry.kept = true;
            numbers.push_back(entry.number);
            keeping_->tables.put_out(batch, owner, keeping_->id, entry.number, row_of(entry));
        }
        detached_->outbox.restore(std::move(entry));
    }
    keeping_->confirmed.clear();
    detached_->forget();
    keeping_->tables.put_handled(batch, owner, keeping_->id, {acks_.h(), acks_.sent});
    keeping_->writing_handled = true; // before the client is answered
    write_kept(std::move(batch), std::move(numbers), acks_.h());
    confirmed(cookies);
}

} // namespace epode
