// SPDX-License-Identifier: MIT
// Outbox: what waits to be written to one client, as references, and what was written but is not confirmed yet. A
// stanza is serialised when it is written, so a thousand slow readers share one payload.
#pragma once

#include "core/base/ring.hpp"
#include "core/route/copies.hpp"
#include "core/route/receipt.hpp"
#include "core/stanza.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace epode {

struct OutboxEntry {
    Stanza stanza; ///< or, for anything else of the stream:
    std::unique_ptr<std::string> raw;
    Ref<Receipt> receipt;       ///< ends when the kernel has the bytes
    std::uint64_t cookie = 0;   ///< reported when the client has it
    std::uint64_t position = 0; ///< of its last byte in the stream, once written
    Ref<Copies> copies;         ///< where other devices got it, too
    bool recover = false;       ///< not lost with this stream: goes to another device, offline, or back
    bool counted = false;       ///< by XEP-0198
    bool kept = false;          ///< in the store, or on its way there (core/session/keeping.hpp)
    std::uint32_t number = 0;   ///< XEP-0198's, where it is counted

    OutboxEntry() = default;
    explicit OutboxEntry(Stanza what, Ref<Receipt> proof = {}) : stanza(std::move(what)), receipt(std::move(proof)) {}
    explicit OutboxEntry(std::string bytes) : raw(std::make_unique<std::string>(std::move(bytes))) {}
    std::size_t size() const noexcept { return raw ? raw->size() : stanza.wire_size(); }
};

class Outbox {
public:
    void push(OutboxEntry entry);
    bool pending() const noexcept { return !waiting_.empty(); }
    /// Bytes that wait to be written.
    std::size_t bytes() const noexcept { return bytes_ - offset_; }
    /// Bytes written so far.
    std::uint64_t position() const noexcept { return position_; }

    /// Appends what comes next: whole entries until there are `enough` bytes. Asked again without `written`, it yields
    /// the same bytes first.
    void gather(std::string& out, std::size_t enough) const;
    /// So many bytes of what was gathered are with the kernel.
    void written(std::size_t count);

    /// XEP-0198: the client has handled `count` more counted stanzas. False when so many were never sent. Cookies of
    /// those that carry one are appended.
    /// The numbers of those that are kept are appended to `rows`.
    bool confirm(std::uint32_t count, std::vector<std::uint64_t>& cookies, std::vector<std::uint32_t>* rows = nullptr);
    /// From here on senders wait until the client has it, or `kept` says that the store has.
    void hold_receipts() noexcept { holds_ = true; }
    /// All that is not confirmed, in order; `look` may change its entry, but not its size.
    template <typename Look> void each(Look look) {
        for (std::size_t i = 0; i < sent_.size(); ++i) look(sent_[i]);
        for (std::size_t i = 0; i < waiting_.size(); ++i) look(waiting_[i]);
    }
    /// Everything, in order.
    std::vector<OutboxEntry> take_all();
    /// For a session that is read from the store.
    void restore(OutboxEntry entry) { sent_.push_back(std::move(entry)); }
    /// TCP has acknowledged the stream up to `position`.
    void confirm_bytes(std::uint64_t position, std::vector<std::uint64_t>& cookies);
    /// Written and not confirmed: counted stanzas; or, without XEP-0198, those that must not be lost.
    std::size_t unconfirmed() const noexcept { return sent_.size(); }
    /// Those, and what waits to be written.
    std::size_t stanzas() const noexcept { return sent_.size() + waiting_.size(); }
    /// TCP confirms the oldest of them: it was sent without XEP-0198, or before that was enabled.
    bool waits_for_tcp() const noexcept { return !sent_.empty() && !sent_.front().counted; }
    /// Takes out, in order, what the client may not have and must not be lost: written and not confirmed, or waiting
    /// behind the first `frozen` bytes. Those that carry a cookie just vanish (whoever tracks them has them). The rest
    /// still goes out. With `gone` nothing is frozen. Those of which another device has a copy, or has confirmed one,
    /// vanish as well.
    std::vector<OutboxEntry> withdraw(std::size_t frozen, bool gone);
    /// The bytes of the entries that a transport has begun with, or holds `frozen` bytes of, and has not taken yet.
    std::string rest(std::size_t frozen) const;
    /// Its stream has gone and the session has not: what is not a stanza goes, and no sender waits for what is here.
    void detach();
    /// Everything that waits or is not confirmed, in order, for the next stream. What was sent before XEP-0198 was
    /// enabled has arrived, since the answer to that has.
    std::vector<OutboxEntry> take(std::vector<std::uint64_t>& cookies);
    /// How many entries wait, and one of them: another stanza may take its place.
    std::size_t waiting() const noexcept { return waiting_.size(); }
    void replace(std::size_t place, Stanza stanza);
    /// Gives memory back when there is nothing in it: what it has grown by; with `park` all of it.
    void trim() noexcept {
        waiting_.trim();
        sent_.trim();
    }
    void park() noexcept {
        waiting_.park();
        sent_.park();
    }

private:
    static void confirm(OutboxEntry& entry, std::vector<std::uint64_t>& cookies);

    Ring<OutboxEntry> waiting_;
    Ring<OutboxEntry> sent_;
    std::size_t bytes_ = 0;  ///< of all waiting entries
    std::size_t offset_ = 0; ///< written of the first one
    std::uint64_t position_ = 0;
    bool holds_ = false;
};

} // namespace epode
