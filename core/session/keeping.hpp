// SPDX-License-Identifier: MIT
// Keeping: what of a session that may be resumed is in the store, so that it outlives the server (XEP-0198): what it
// is, how many of the client's stanzas are handled, and what the client has not confirmed for a while. Rows belong to
// the account and vanish with it.
//
//     store/session       key: the SM-ID              what the session is (SessionRow)
//     store/session-in    key: the SM-ID              the `h` that the client may have been told
//     store/session-out   key: the SM-ID, a number    a stanza that the client has not confirmed (OutRow)
//
// A client that confirms at once costs no row in session-out: they are written when that has taken `patience`. Until
// then the sender's receipt is open; whoever is told that his stanza was handled can rely on the client or the disk.
#pragma once

#include "core/base/clock.hpp"
#include "core/base/task.hpp"
#include "core/stanza.hpp"
#include "core/store/batch.hpp"
#include "storage/engine.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace epode {

class Server;

struct SessionRow {
    std::string account; ///< bare JID
    std::string resource;
    std::string presence; ///< the last available one, encoded; "" for none
    std::int64_t priority = 0;
    bool available = false;
    bool interested = false;
    std::uint64_t max = 0;                    ///< seconds
    WallTime detached{};                      ///< since when it has no stream; 0: it has one
    std::map<std::string, std::string> slots; ///< what modules keep for it, by the slot's name

    void fields(auto& f) { f(account, resource, presence, priority, available, interested, max, detached, slots); }
};

struct HandledRow {
    std::uint32_t h = 0;    ///< of the client's stanzas
    std::uint32_t sent = 0; ///< our last number then: roughly where numbers are

    void fields(auto& f) { f(h, sent); }
};

struct OutRow {
    std::string stanza;       ///< encoded; "" where whoever tracks it by the cookie has it
    std::uint64_t cookie = 0; ///< Session::send_tracked
    std::string message;      ///< encoded: of what the stanza is a copy; "" where of nothing else
    std::uint64_t copies = 0; ///< the same for all devices that got the message, or copies of it
    bool recover = false;     ///< goes to another device, offline or back when the session ends

    void fields(auto& f) { f(stanza, cookie, message, copies, recover); }
};

/// A session as it was when the server ended.
struct KeptSession {
    std::string id;
    OwnerId owner{};
    SessionRow row;
    HandledRow handled;
    std::vector<std::pair<std::uint32_t, OutRow>> out; ///< by number, oldest first
};

/// The tables, and rows in them.
class SessionTables {
public:
    explicit SessionTables(Server& server);

    void put(Batch& batch, Owner owner, const std::string& id, const std::string& row) const;
    void put_handled(Batch& batch, Owner owner, const std::string& id, HandledRow row) const;
    void put_out(Batch& batch, Owner owner, const std::string& id, std::uint32_t number, const OutRow& row) const;
    void erase_out(Batch& batch, Owner owner, const std::string& id, std::uint32_t number) const;
    void erase_out(Batch& batch, Owner owner, const std::string& id) const;
    /// Everything of the session.
    void erase(Batch& batch, Owner owner, const std::string& id) const;
    /// All sessions that there were. Damaged rows are left out.
    Task<std::vector<KeptSession>> load() const;

private:
    Server& server_;
    storage::Table sessions_, in_, out_;
};

/// Of one session: what is written and what is to be.
struct Keeping {
    static constexpr Duration patience = 50ms;

    SessionTables tables;
    std::string id;                       ///< the SM-ID
    std::string row;                      ///< as it is in the store, or will be
    std::uint32_t handled = 0;            ///< in the store
    std::uint32_t sent = 0;               ///< the last number before a restart
    std::size_t writes = 0;               ///< under way
    bool writing_handled = false;         ///< another one is on its way there
    std::uint32_t due = 0;                ///< what is not kept and older is written the next time
    bool soon = false;                    ///< a job will look
    std::vector<std::uint32_t> confirmed; ///< rows that nobody needs any more
    Timers::Handle timer;

    Keeping(Server& server, std::string session) : tables(server), id(std::move(session)) {}
};

} // namespace epode
