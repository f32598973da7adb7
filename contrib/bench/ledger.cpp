// SPDX-License-Identifier: MIT
#include "ledger.hpp"

#include <charconv>
#include <fmt/format.h>

namespace bench {
namespace {

constexpr std::string_view opening = "eb:";

std::uint64_t key(std::uint32_t receiver, std::uint32_t flow) { return std::uint64_t{receiver} << 32 | flow; }

} // namespace

std::string Mark::text() const { return fmt::format("{}{}:{}:{}:{}:", opening, run, flow, sequence, planned); }

std::optional<Mark> Mark::find(std::string_view stanza) {
    const auto at = stanza.find(opening);
    if (at == stanza.npos) return std::nullopt;
    const char* from = stanza.data() + at + opening.size();
    const char* const end = stanza.data() + stanza.size();
    const auto number = [&](auto& value) {
        const auto [next, error] = std::from_chars(from, end, value);
        if (error != std::errc() || next == end || *next != ':') return false;
        from = next + 1;
        return true;
    };
    Mark mark;
    if (!number(mark.run) || !number(mark.flow) || !number(mark.sequence) || !number(mark.planned)) return std::nullopt;
    return mark;
}

std::uint32_t Ledger::add_flow(const std::vector<std::uint32_t>& receivers) {
    const auto flow = static_cast<std::uint32_t>(flows_.size());
    flows_.push_back({0, static_cast<std::uint32_t>(receivers.size())});
    for (const auto receiver : receivers) tracks_[key(receiver, flow)];
    return flow;
}

Mark Ledger::next(std::uint32_t flow, std::int64_t planned) { return {run_, flow, flows_[flow].sent++, planned}; }

std::optional<Mark> Ledger::arrived(std::uint32_t receiver, std::string_view stanza, std::int64_t when) {
    const auto mark = Mark::find(stanza);
    if (!mark || mark->run != run_) return std::nullopt; // earlier runs may have left some behind
    const auto found = tracks_.find(key(receiver, mark->flow));
    if (found == tracks_.end() || mark->sequence >= flows_[mark->flow].sent) {
        ++stray_;
        return std::nullopt;
    }
    auto& track = found->second;
    if (track.seen.size() <= mark->sequence) track.seen.resize(std::max<std::size_t>(mark->sequence + 1, 64));
    if (track.seen[mark->sequence]) {
        ++doubled_;
        return std::nullopt;
    }
    track.seen[mark->sequence] = true;
    if (mark->sequence < track.highest) ++reordered_;
    track.highest = std::max<std::int64_t>(track.highest, mark->sequence);
    ++track.arrived;
    ++arrived_;
    if (measuring) latency_.add(when - mark->planned);
    return mark;
}

std::uint64_t Ledger::copies_expected() const {
    std::uint64_t expected = 0;
    for (const auto& flow : flows_) expected += std::uint64_t{flow.sent} * flow.receivers;
    return expected;
}

Ledger::Count Ledger::count() const {
    const auto expected = copies_expected();
    return {expected, arrived_, expected - arrived_, doubled_, reordered_, stray_};
}

} // namespace bench
