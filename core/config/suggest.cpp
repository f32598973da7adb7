// SPDX-License-Identifier: MIT
// The nearest known name, by edit distance.
#include "core/config/suggest.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace epode::config {

namespace {

constexpr std::size_t longest = 64;
using Row = std::array<std::size_t, longest + 1>;

std::string lowered(std::string_view text) {
    std::string lower(text.substr(0, longest));
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower;
}

} // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    a = a.substr(0, longest);
    b = b.substr(0, longest);
    Row before{};
    Row last{};
    Row now{};
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        now[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, replaced});
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) now[j] = std::min(now[j], before[j - 2] + 1);
        }
        before = last;
        last = now;
    }
    return last[b.size()];
}

std::string_view nearest(std::string_view name, const std::vector<std::string_view>& known) {
    const std::string wanted = lowered(name);
    std::size_t best = std::max<std::size_t>(1, wanted.size() / 3) + 1;
    std::string_view found;
    for (std::string_view candidate : known) {
        std::size_t distance = edit_distance(wanted, lowered(candidate));
        if (distance >= best) continue;
        best = distance;
        found = candidate;
    }
    return found;
}

} // namespace epode::config
