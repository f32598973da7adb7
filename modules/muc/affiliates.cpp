// SPDX-License-Identifier: MIT
#include "modules/muc/affiliates.hpp"

#include <algorithm>

namespace epode::muc {

namespace {
constexpr std::size_t most_changes = 1000; ///< that are remembered
} // namespace

Affiliates::Affiliates(std::vector<Affiliate> all) {
    for (Affiliate& each : all) set(std::move(each));
}

Affiliation Affiliates::of(const Jid& who) const {
    if (const Affiliate* found = find(who.bare())) return found->what;
    if (domains_ == 0) return Affiliation::none;
    const Affiliate* domain = find(who.domain_jid());
    return domain && domain->what == Affiliation::outcast ? Affiliation::outcast : Affiliation::none;
}

const Affiliate* Affiliates::find(const Jid& bare) const {
    const auto found = all_.find(bare);
    return found == all_.end() ? nullptr : &found->second;
}

const Affiliate* Affiliates::by_nick(std::string_view nick) const {
    const auto found = nicks_.find(nick);
    return found == nicks_.end() ? nullptr : find(found->second);
}

void Affiliates::set(Affiliate affiliate) {
    const auto found = all_.find(affiliate.jid);
    if (found != all_.end() && !found->second.nick.empty()) nicks_.erase(found->second.nick);
    const bool domain = affiliate.jid.local().empty();
    if (domain && found != all_.end()) --domains_;
    if (affiliate.what == Affiliation::none) {
        if (found != all_.end()) all_.erase(found);
        return;
    }
    if (domain) ++domains_;
    if (!affiliate.nick.empty()) nicks_.insert_or_assign(affiliate.nick, affiliate.jid);
    const Jid jid = affiliate.jid;
    all_.insert_or_assign(jid, std::move(affiliate));
}

void Affiliates::changed(const Jid& jid) {
    ++version_;
    last_.push_back(jid);
    if (last_.size() > most_changes) last_.pop_front();
}

std::optional<std::set<Jid>> Affiliates::changed_since(std::uint64_t version) const {
    if (version > version_ || version_ - version > last_.size()) return std::nullopt;
    return std::set<Jid>(last_.end() - static_cast<std::ptrdiff_t>(version_ - version), last_.end());
}

bool Affiliates::has_owner() const noexcept {
    return std::ranges::any_of(all_, [](const auto& entry) { return entry.second.what == Affiliation::owner; });
}

} // namespace epode::muc
