// SPDX-License-Identifier: MIT
#include "core/shard/shard.hpp"

#include "core/host.hpp"
#include "core/module.hpp"
#include "core/server.hpp"
#include "core/session/client_connection.hpp"
#include "core/session/session.hpp"

#include <malloc.h>

namespace epode {

namespace {
constexpr Duration sweep_interval = 5s;
constexpr std::size_t crowd = 2048;   ///< arrivals: some milliseconds
constexpr int share_when_crowded = 8; ///< budgets: what waits for the longest time comes first
/// So many connections that have become quiet have left holes of their logins among what lives on, which glibc keeps
/// until it is asked: an idle connection would cost 21.5 KiB and costs 17.1 (`epode-bench idle`).
constexpr std::size_t many_parked = 64;
} // namespace

Shard::Shard(Server& server, std::size_t index, const Clock& clock, bool with_loop)
    : server_(server), index_(index), timers_(clock), loop_(with_loop ? std::make_unique<net::Loop>() : nullptr),
      pending_(*this), router_(*this), read_buffer_(std::make_unique<std::array<char, 16 * 1024>>()) {
    write_buffer_.reserve(16 * 1024 + 1024);
    pending_.on_failed = [this](Owner owner) { router_.reload(owner); };
    pending_.on_announced = [this](store::Announcement said) {
        if (said.session) return said.session->send(said.stanza);
        router_.route(Parcel(std::move(said.stanza), std::move(said.receipt)));
    };
    sweep();
}

Shard::~Shard() {
    end_connections();
    let_go();
}

void Shard::end_connections() {
    Scope scope(this);
    const auto ending = std::exchange(connections_, {}); // what they leave behind asks for the others
    graveyard_.clear();
}

void Shard::let_go() {
    Scope scope(this);
    router_.let_go();
    accounts_.clear();
    hosts_.clear();
    mailbox_.take(letters_);
    letters_.clear();
    jobs_.clear();
}

void Shard::post(Job job) {
    if (Executor::current() == this) {
        jobs_.push_back(std::move(job));
        return;
    }
    if (mailbox_.put(std::move(job))) wake();
}

void Shard::post(Parcel parcel) {
    if (Executor::current() == this) {
        router_.arrive(std::move(parcel));
        return;
    }
    if (mailbox_.put(std::move(parcel))) wake();
}

void Shard::post(Settled settled) {
    if (Executor::current() == this) {
        settled_.push_back(settled);
        return;
    }
    if (mailbox_.put(settled)) wake();
}

void Shard::wake() {
    if (loop_) loop_->wake();
    mailbox_.woken();
}

bool Shard::turn() {
    Scope scope(this);
    bool worked = false;
    worked |= drain_mailbox();
    worked |= timers_.run_due();
    worked |= run_local();
    const auto budget = *server_.config().server.turn * (crowded() ? share_when_crowded : 1);
    worked |= router_.run(budget);
    worked |= run_local();
    worked |= settle();
    worked |= flush(budget);
    worked |= let_in();
    graveyard_.clear();
    return worked;
}

void Shard::run() {
    for (;;) {
        const bool more = turn() && !idle();
        if (stopping_) return; // not after another wait: it was said in this turn, and nothing else would wake the loop
        Scope scope(this);
        if (more)
            loop_->poll();
        else
            loop_->wait(timers_.next());
    }
}

bool Shard::idle() const {
    return mailbox_.empty() && jobs_.empty() && settled_.empty() && due_soon_.empty() && due_later_.empty() &&
           router_.idle();
}

bool Shard::drain_mailbox() {
    mailbox_.take(letters_);
    if (letters_.empty()) return false;
    for (auto& letter : letters_) {
        if (auto* parcel = std::get_if<Parcel>(&letter))
            router_.arrive(std::move(*parcel));
        else if (auto* settled = std::get_if<Settled>(&letter))
            settled_.push_back(*settled);
        else
            std::get<Job>(letter)();
    }
    letters_.clear();
    return true;
}

bool Shard::run_local() {
    if (jobs_.empty()) return false;
    running_.swap(jobs_);
    for (auto& job : running_) job();
    running_.clear();
    return true;
}

bool Shard::settle() {
    if (settled_.empty()) return false;
    settling_.swap(settled_);
    for (const auto& settled : settling_)
        if (auto* connection = this->connection(settled.session)) connection->settled(settled.number, settled.failed);
    settling_.clear();
    return true;
}

/// In turn, for as long as the budget lasts: what comes in meanwhile shares the writes of those who still wait. A room
/// of a thousand takes ten milliseconds to be written to, and its next message costs half as much when it is there by
/// then.
bool Shard::flush(Ring<std::uint64_t>& due, Duration budget) {
    if (due.empty()) return false;
    const auto end = clock().now() + budget;
    for (unsigned done = 0; !due.empty(); ++done) {
        if (done % 16 == 15 && clock().now() > end) break;
        auto* connection = this->connection(due.pop_front());
        if (connection && connection->due() != Haste::none) connection->flush();
    }
    return true;
}

bool Shard::flush(Duration budget) {
    const bool soon = flush(due_soon_, budget);
    const bool later = flush(due_later_, budget);
    return soon || later;
}

bool Shard::crowded() const noexcept { return router_.behind() > crowd; }

void Shard::line_up(ClientConnection& connection) {
    connection.stream().pause(XmppStream::line);
    line_.push_back(connection.id());
}

bool Shard::let_in() {
    if (line_.empty() || crowded()) return false;
    for (const auto id : std::exchange(line_, {}))
        if (auto* connection = this->connection(id); connection && !connection->detached())
            connection->stream().resume(XmppStream::line);
    return true;
}

void Shard::sweep() {
    sweeper_ = timers_.after(sweep_interval, [this] {
        router_.evict_idle();
        std::vector<std::uint64_t> ids; // a tick may end its connection
        for (const auto& [id, connection] : connections_) ids.push_back(id);
        std::size_t parked = 0;
        for (const auto id : ids)
            if (auto* connection = this->connection(id)) parked += connection->tick(clock().now()) ? 1 : 0;
        if (parked >= many_parked) ::malloc_trim(0);
        sweep();
    });
}

Host* Shard::host(std::string_view domain) const noexcept {
    const auto found = hosts_.find(domain);
    return found == hosts_.end() ? nullptr : found->second.get();
}

void Shard::add_host(std::unique_ptr<Host> host) {
    const auto domain = host->domain(); // lives in the host's JID
    hosts_.insert_or_assign(domain, std::move(host));
}

std::unique_ptr<Host> Shard::remove_host(std::string_view domain) {
    const auto found = hosts_.find(domain);
    if (found == hosts_.end()) return nullptr;
    auto host = std::move(found->second);
    hosts_.erase(found);
    return host;
}

DomainEntry* Shard::service(std::string_view domain) const noexcept {
    const auto found = services_.find(domain);
    return found == services_.end() ? nullptr : found->second;
}

void Shard::add_service(DomainEntry& entry) { services_.insert_or_assign(entry.jid.domain(), &entry); }

void Shard::remove_service(const DomainEntry& entry) {
    if (service(entry.jid.domain()) == &entry) services_.erase(entry.jid.domain());
}

ClientConnection& Shard::adopt(std::unique_ptr<ClientConnection> connection) {
    auto& taken = *connection;
    connections_.emplace(taken.id(), std::move(connection));
    return taken;
}

std::unique_ptr<ClientConnection> Shard::give_up(ClientConnection& connection) {
    const auto found = connections_.find(connection.id());
    if (found == connections_.end()) return nullptr;
    auto given = std::move(found->second);
    connections_.erase(found);
    return given;
}

void Shard::bury(ClientConnection& connection) {
    if (auto dead = give_up(connection)) graveyard_.push_back(std::move(dead));
}

ClientConnection* Shard::connection(std::uint64_t id) const noexcept {
    const auto found = connections_.find(id);
    return found == connections_.end() ? nullptr : found->second.get();
}

void Shard::mark_dirty(ClientConnection& connection) {
    (connection.due() == Haste::soon ? due_soon_ : due_later_).push_back(connection.id());
}

} // namespace epode
