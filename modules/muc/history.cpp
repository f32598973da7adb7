// SPDX-License-Identifier: MIT
#include "modules/muc/history.hpp"

#include "xep/xep0203_delay.hpp"

#include <algorithm>

namespace epode::muc {

std::vector<OrderedId> History::add(Said said, std::size_t limit) {
    all_.push_back(std::move(said));
    std::vector<OrderedId> gone;
    while (all_.size() > limit) {
        gone.push_back(all_.front().id);
        all_.pop_front();
    }
    return gone;
}

std::vector<Stanza> History::select(const xep::muc::HistoryRequest& asked, const Jid& room, WallTime now,
                                    std::size_t at_most) const {
    WallTime from = asked.since.value_or(WallTime::min());
    if (asked.seconds) from = std::max<WallTime>(from, now - std::chrono::seconds(*asked.seconds));
    const std::size_t most = std::min(at_most, asked.maxstanzas.value_or(at_most));
    std::size_t chars = 0;
    std::vector<Stanza> chosen;
    for (auto said = all_.rbegin(); said != all_.rend() && chosen.size() < most && said->id.time() >= from; ++said) {
        // Section 7.8: what an owner brought from another conversation has its own time.
        const bool brought = bool(said->message.root().child(xep::Delay::name, xep::Delay::ns));
        Stanza late = brought ? said->message : xep::with_delay(said->message, xep::Delay(room, said->id.time()));
        // Section 7.2.14: characters of the whole stanza, not only of its body.
        chars += late.wire_size();
        if (asked.maxchars && chars > *asked.maxchars) break;
        chosen.push_back(std::move(late));
    }
    std::ranges::reverse(chosen);
    return chosen;
}

const Said* History::find(std::string_view id) const {
    const auto wanted = OrderedId::parse(id);
    if (!wanted) return nullptr;
    const auto found = std::ranges::find(all_, *wanted, &Said::id);
    return found == all_.end() ? nullptr : &*found;
}

std::optional<double> History::per_hour(WallTime now, std::size_t limit) const {
    using Hours = std::chrono::duration<double, std::ratio<3600>>;
    constexpr Hours day(24);
    if (limit == 0) return std::nullopt;
    const auto counts = [&](const Said& said) {
        return now - said.id.time() <= day && !said.message.root().child("replace", "urn:xmpp:message-correct:0");
    };
    const auto count = static_cast<double>(std::ranges::count_if(all_, counts));
    const bool full = all_.size() >= limit && now - all_.front().id.time() < day;
    const Hours over = full ? std::max<Hours>(now - all_.front().id.time(), std::chrono::minutes(1)) : day;
    return count / over.count();
}

void History::erase(const OrderedId& id) {
    std::erase_if(all_, [&](const Said& said) { return said.id == id; });
}

} // namespace epode::muc
