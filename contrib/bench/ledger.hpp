// SPDX-License-Identifier: MIT
// The book of what was sent and what came: every message carries its run, flow, sequence and planned time of sending,
// and for each pair of flow and receiver there is a bitmap of what has come. Lost, doubled and reordered are counted,
// not estimated.
#pragma once

#include "histogram.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bench {

/// What a stanza carries as text, anywhere in it.
struct Mark {
    std::uint32_t run = 0, flow = 0, sequence = 0;
    std::int64_t planned = 0; ///< microseconds, as now()

    std::string text() const;
    /// Nothing when the stanza has none.
    static std::optional<Mark> find(std::string_view stanza);
};

class Ledger {
public:
    struct Count {
        std::uint64_t sent = 0;    ///< copies expected of what was sent
        std::uint64_t arrived = 0; ///< of these, each once
        std::uint64_t lost = 0, doubled = 0;
        std::uint64_t reordered = 0; ///< came after one of their flow that was sent later
        std::uint64_t stray = 0;     ///< to one who should not have it
        bool exact() const { return lost == 0 && doubled == 0 && reordered == 0 && stray == 0; }
    };

    explicit Ledger(std::uint32_t run) : run_(run) {}

    /// A new flow that each of these receivers gets one copy of.
    std::uint32_t add_flow(const std::vector<std::uint32_t>& receivers);
    /// The mark for the flow's next message; it counts as sent.
    Mark next(std::uint32_t flow, std::int64_t planned);
    /// A stanza as a receiver got it; gives its mark unless it has none of this run, is stray
    /// or came before.
    std::optional<Mark> arrived(std::uint32_t receiver, std::string_view stanza, std::int64_t when);

    std::uint64_t copies() const { return arrived_; }
    std::uint64_t copies_expected() const;
    Count count() const;
    /// Latencies are kept while this is on.
    bool measuring = false;
    const Histogram& latency() const { return latency_; }

private:
    struct Track {
        std::uint32_t arrived = 0;
        std::int64_t highest = -1;
        std::vector<bool> seen;
    };
    struct Flow {
        std::uint32_t sent = 0;
        std::uint32_t receivers = 0;
    };

    std::uint32_t run_;
    std::vector<Flow> flows_;
    std::unordered_map<std::uint64_t, Track> tracks_; ///< by receiver and flow
    Histogram latency_;
    std::uint64_t arrived_ = 0, doubled_ = 0, reordered_ = 0, stray_ = 0;
};

} // namespace bench
