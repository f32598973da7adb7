// SPDX-License-Identifier: MIT
#include "modules/muc/history.hpp"

#include "xep/xep0203_delay.hpp"

#include <algorithm>

namespace epode::muc {

void History::add(Said said, std::size_t limit) {
    all_.push_back(std::move(said));
    while (all_.size() > limit) all_.pop_front();
}

std::vector<Stanza> History::select(const xep::muc::HistoryRequest& asked, const Jid& room, WallTime now,
                                    std::size_t at_most) const {
    WallTime from = asked.since.value_or(WallTime::min());
    if (asked.seconds) from = std::max<WallTime>(from, now - std::chrono::seconds(*asked.seconds));
    const std::size_t most = std::min(at_most, asked.maxstanzas.value_or(at_most));
    std::size_t chars = 0;
    std::vector<Stanza> chosen;
    for (auto said = all_.rbegin(); said != all_.rend() && chosen.size() < most && said->when >= from; ++said) {
        // Section 7.2.14: characters of the whole stanza, not only of its body.
        Stanza late = xep::with_delay(said->message, xep::Delay(room, said->when));
        chars += late.wire_size();
        if (asked.maxchars && chars > *asked.maxchars) break;
        chosen.push_back(std::move(late));
    }
    std::ranges::reverse(chosen);
    return chosen;
}

} // namespace epode::muc
