// SPDX-License-Identifier: MIT
// Shard: a thread, a loop, its buffers and tables. Everything that belongs to one bare JID lives on one shard and is
// touched by nobody else. In the test kit shards have no thread: one thread steps them.
#pragma once

#include "core/base/clock.hpp"
#include "core/base/executor.hpp"
#include "core/base/ring.hpp"
#include "core/net/loop.hpp"
#include "core/route/router.hpp"
#include "core/session/ended_sessions.hpp"
#include "core/shard/mailbox.hpp"
#include "core/store/pending.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace epode {

class Account;
class ClientConnection;
class Host;
class Server;
struct DomainEntry;

/// Sessions of an earlier run of the server that are still being read.
struct Restoring {
    std::size_t left = 0;
    std::vector<Promise<bool>*> waiters;
    std::unordered_map<std::uint64_t, Ref<Copies>> copies; ///< what several of them were sent
};

class Shard final : public Executor {
public:
    /// `with_loop`: sleeps and sockets; without, only `turn` (the test kit).
    Shard(Server& server, std::size_t index, const Clock& clock, bool with_loop);
    ~Shard() override;

    static Shard* current() noexcept { return static_cast<Shard*>(Executor::current()); }

    // ---- From any thread ------------------------------------------------------------------------------------------
    void post(Job job) override;
    void post(Parcel parcel);
    void post(Settled settled);

    // ---- On the shard's own thread --------------------------------------------------------------------------------
    /// One round: mailbox, timers, stanzas, flushing. True if anything was done.
    bool turn();
    /// Sockets, then a turn, until `stop` is posted; sleeps when there is neither. The body of the shard's thread.
    void run();
    void stop() noexcept { stopping_ = true; }
    bool idle() const;
    /// For the end of the server, on all shards before any of them is destroyed, since what one still holds may be for
    /// another: first the connections (the shards turn once more), then everything else.
    void end_connections();
    void let_go();

    Server& server() const noexcept { return server_; }
    std::size_t index() const noexcept { return index_; }
    Timers& timers() noexcept { return timers_; }
    const Clock& clock() const noexcept { return timers_.clock(); }
    net::Loop* loop() noexcept { return loop_.get(); }
    store::Pending& pending() noexcept { return pending_; }
    Router& router() noexcept { return router_; }
    Restoring& restoring() noexcept { return restoring_; }
    EndedSessions& ended_sessions() noexcept { return ended_sessions_; }

    Host* host(std::string_view domain) const noexcept;
    void add_host(std::unique_ptr<Host> host);
    std::unique_ptr<Host> remove_host(std::string_view domain);
    const std::unordered_map<std::string_view, std::unique_ptr<Host>>& hosts() const noexcept { return hosts_; }

    /// Who serves that domain, among the modules of all hosts; null where nobody does.
    DomainEntry* service(std::string_view domain) const noexcept;
    void add_service(DomainEntry& entry);
    void remove_service(const DomainEntry& entry);

    // Connections belong to the shard; a finished one is destroyed when the turn ends.
    ClientConnection& adopt(std::unique_ptr<ClientConnection> connection);
    /// For a move to another shard.
    std::unique_ptr<ClientConnection> give_up(ClientConnection& connection);
    void bury(ClientConnection& connection);
    const std::unordered_map<std::uint64_t, std::unique_ptr<ClientConnection>>& connections() const noexcept {
        return connections_;
    }
    ClientConnection* connection(std::uint64_t id) const noexcept;
    /// The connection has something to write when the turn ends.
    void mark_dirty(ClientConnection& connection);
    /// More waits for the router than a few turns take: whoever brings more is not read until it is done.
    bool crowded() const noexcept;
    /// Reads no more from the connection in this turn, or until the shard is crowded no longer. Broadcasts come in one
    /// by one like this, in turn with what others send, and not ten at once.
    void line_up(ClientConnection& connection);
    std::uint64_t next_id() noexcept { return (++ids_ << 8) | index_; } ///< for connections; unique over shards

    std::unordered_map<Jid, std::shared_ptr<Account>>& accounts() noexcept { return accounts_; }
    std::array<char, 16 * 1024>& read_buffer() noexcept { return *read_buffer_; }
    std::string& write_buffer() noexcept { return write_buffer_; }

private:
    void wake();
    bool drain_mailbox();
    bool run_local();
    bool settle();
    bool flush(Duration budget);
    bool flush(Ring<std::uint64_t>& due, Duration budget);
    bool let_in();
    void sweep();

    Server& server_;
    std::size_t index_;
    Timers timers_;
    std::unique_ptr<net::Loop> loop_;
    Mailbox mailbox_;
    std::vector<Letter> letters_;
    std::vector<Job> jobs_; ///< posted by ourselves
    std::vector<Job> running_;
    std::vector<Settled> settled_;
    std::vector<Settled> settling_;
    store::Pending pending_;
    Router router_;
    EndedSessions ended_sessions_;
    Restoring restoring_;
    std::unordered_map<std::string_view, std::unique_ptr<Host>> hosts_;
    std::unordered_map<std::string_view, DomainEntry*> services_; ///< by domain, which lives in the entry
    std::unordered_map<std::uint64_t, std::unique_ptr<ClientConnection>> connections_;
    /// Connections with something to write, each in the order in which they came to it: those that somebody speaks to,
    /// and those that only wait for what many get.
    Ring<std::uint64_t> due_soon_, due_later_;
    std::vector<std::uint64_t> line_; ///< who is not read
    std::vector<std::unique_ptr<ClientConnection>> graveyard_;
    std::unordered_map<Jid, std::shared_ptr<Account>> accounts_;
    std::unique_ptr<std::array<char, 16 * 1024>> read_buffer_;
    std::string write_buffer_;
    Timers::Handle sweeper_;
    std::uint64_t ids_ = 0;
    bool stopping_ = false;
};

} // namespace epode
