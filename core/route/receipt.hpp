// SPDX-License-Identifier: MIT
// Receipt: ends when everything that one incoming stanza of a stream caused is durable or handed to the kernel: the
// last holder (batch, outbox entry, passage) lets go. Then the stanza counts as handled (XEP-0198) and held IQ results
// may go.
#pragma once

#include "core/base/ref.hpp"

#include <atomic>
#include <cstdint>

namespace epode {

class Shard;

class Receipt final : public Counted<Receipt> {
public:
    /// `session` and `number` tell the home shard which stanza of which stream this is; `weight` its size in bytes.
    Receipt(Shard& home, std::uint64_t session, std::uint32_t number, std::uint32_t weight) noexcept
        : home_(home), session_(session), number_(number), weight_(weight) {}

    /// Any thread. What the stanza caused could not be kept; the sender gets an error for it.
    void fail() noexcept { failed_.store(true, std::memory_order_relaxed); }

    static void destroy(Receipt* receipt) noexcept;

private:
    ~Receipt() = default;
    Shard& home_;
    std::uint64_t session_;
    std::uint32_t number_;
    std::uint32_t weight_;
    std::atomic<bool> failed_{false};
};

} // namespace epode
