// SPDX-License-Identifier: MIT
// Mailbox: what other threads hand to a shard. A mutex and two vectors that are swapped when drained; only the first
// letter of a burst wakes the shard.
#pragma once

#include "core/base/executor.hpp"
#include "core/route/receipt.hpp"
#include "core/stanza.hpp"
#include "core/store/batch.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

namespace epode {

/// A stanza on its way to an owner's shard, with what must be durable before its sender hears of it.
struct Parcel {
    Stanza stanza;
    Ref<Receipt> receipt;
    std::unique_ptr<Batch> batch;
    std::uint64_t skip_session = 0; ///< not 0: recovered from this dead session, and past all phases before delivery

    Parcel() = default;
    explicit Parcel(Stanza what, Ref<Receipt> proof = {}, std::unique_ptr<Batch> writes = {})
        : stanza(std::move(what)), receipt(std::move(proof)), batch(std::move(writes)) {}
};

/// A receipt has ended on another shard.
struct Settled {
    std::uint64_t session;
    std::uint32_t number;
    bool failed;
};

using Letter = std::variant<Parcel, Settled, Job>;

class Mailbox {
public:
    Mailbox() = default;
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;
    /// Waits for those who are still about to wake the shard: it may have found their letter by itself, and ended.
    ~Mailbox() {
        while (waking_.load(std::memory_order_acquire) > 0) std::this_thread::yield();
    }

    /// Any thread. True when the caller must wake the shard, and then say so with `woken`.
    bool put(Letter letter) {
        std::lock_guard lock(mutex_);
        letters_.push_back(std::move(letter));
        if (letters_.size() > 1) return false;
        waking_.fetch_add(1, std::memory_order_relaxed);
        return true;
    }
    /// The caller of `put` has done with the shard.
    void woken() { waking_.fetch_sub(1, std::memory_order_release); }
    /// The shard: everything that has gathered, in order. `into` must be empty; its memory is used for the next burst.
    void take(std::vector<Letter>& into) {
        std::lock_guard lock(mutex_);
        letters_.swap(into);
    }
    bool empty() const {
        std::lock_guard lock(mutex_);
        return letters_.empty();
    }

private:
    mutable std::mutex mutex_;
    std::vector<Letter> letters_;
    std::atomic<unsigned> waking_ = 0;
};

} // namespace epode
