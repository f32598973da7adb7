// SPDX-License-Identifier: MIT
// Latencies in bounded memory: 64 buckets for each power of two of microseconds, so that a percentile is off by less
// than two per cent however many there are.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

class Histogram {
public:
    void add(std::int64_t microseconds) {
        const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(microseconds, 0));
        const auto at = bucket(value);
        if (at >= counts_.size()) counts_.resize(at + 1);
        ++counts_[at];
        ++total_;
        highest_ = std::max(highest_, value);
        lowest_ = std::min(lowest_, value);
    }

    /// Milliseconds below which `part` (0 to 1) of all are; 0 of none.
    double percentile(double part) const {
        const auto wanted = static_cast<std::uint64_t>(part * static_cast<double>(total_));
        std::uint64_t seen = 0;
        for (std::size_t at = 0; at < counts_.size(); ++at)
            if ((seen += counts_[at]) > wanted) return static_cast<double>(middle(at)) / 1000;
        return highest();
    }

    double highest() const { return static_cast<double>(highest_) / 1000; }
    double lowest() const { return total_ ? static_cast<double>(lowest_) / 1000 : 0; }
    std::uint64_t total() const { return total_; }

private:
    static constexpr unsigned bits = 6;
    static constexpr std::uint64_t linear = 2U << bits; // below this every microsecond has its own

    static std::size_t bucket(std::uint64_t value) {
        if (value < linear) return value;
        const auto shift = static_cast<unsigned>(std::bit_width(value)) - bits - 1;
        return static_cast<std::size_t>((std::uint64_t{shift} << bits) + (value >> shift));
    }
    static std::uint64_t middle(std::size_t at) {
        if (at < linear) return at;
        const auto shift = (at >> bits) - 1;
        return ((at - (shift << bits)) << shift) + ((std::uint64_t{1} << shift) / 2);
    }

    std::vector<std::uint64_t> counts_;
    std::uint64_t total_ = 0, highest_ = 0, lowest_ = UINT64_MAX;
};

} // namespace bench
