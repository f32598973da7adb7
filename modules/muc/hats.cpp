// SPDX-License-Identifier: MIT
#include "modules/muc/hats.hpp"

#include "core/base/digest.hpp"

#include <algorithm>

namespace epode::muc {

const Hat* Hats::find(std::string_view uri) const noexcept {
    const auto found = std::ranges::find(all_, uri, &Hat::uri);
    return found == all_.end() ? nullptr : &*found;
}

std::vector<const Hat*> Hats::of(const Jid& bare) const {
    std::vector<const Hat*> hats;
    if (const auto found = worn_.find(bare); found != worn_.end())
        for (const std::string& uri : found->second)
            if (const Hat* hat = find(uri)) hats.push_back(hat);
    return hats;
}

std::vector<Jid> Hats::wearers(std::string_view uri) const {
    std::vector<Jid> all;
    for (const auto& [jid, uris] : worn_)
        if (std::ranges::find(uris, uri) != uris.end()) all.push_back(jid);
    return all;
}

std::string Hats::hash() const {
    std::string text;
    for (const Hat& hat : all_)
        text.append(hat.uri).append("\n").append(hat.title).append("\n").append(hat.hue) += '\n';
    return hex(sha256(text)).substr(0, 40);
}

void Hats::set(Hat hat) {
    const auto found = std::ranges::find(all_, hat.uri, &Hat::uri);
    if (found == all_.end())
        all_.push_back(std::move(hat));
    else
        *found = std::move(hat);
}

bool Hats::erase(std::string_view uri) {
    if (std::erase_if(all_, [&](const Hat& hat) { return hat.uri == uri; }) == 0) return false;
    for (auto& [jid, uris] : worn_) std::erase(uris, uri);
    std::erase_if(worn_, [](const auto& entry) { return entry.second.empty(); });
    return true;
}

bool Hats::give(const Jid& bare, std::string_view uri) {
    auto& uris = worn_[bare];
    if (std::ranges::find(uris, uri) != uris.end() || uris.size() >= most_of_one) return false;
    uris.emplace_back(uri);
    return true;
}

bool Hats::take(const Jid& bare, std::string_view uri) {
    const auto found = worn_.find(bare);
    if (found == worn_.end() || std::erase(found->second, uri) == 0) return false;
    if (found->second.empty()) worn_.erase(found);
    return true;
}

} // namespace epode::muc
