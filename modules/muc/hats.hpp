// SPDX-License-Identifier: MIT
// The hats of a room (XEP-0317): which there are, and who wears which.
#pragma once

#include "core/jid.hpp"
#include "xep/xep0317_hats.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace epode::muc {

using xep::Hat;

enum class HatCommand : std::uint8_t { create, destroy, list, assign, unassign, list_assigned };

class Hats {
public:
    static constexpr std::size_t most = 100;       ///< hats of a room
    static constexpr std::size_t most_of_one = 10; ///< that one person wears

    Hats() = default;

    const std::vector<Hat>& all() const noexcept { return all_; }
    const Hat* find(std::string_view uri) const noexcept;
    /// Those of whoever has that bare address, in the order they were given.
    std::vector<const Hat*> of(const Jid& bare) const;
    const std::map<Jid, std::vector<std::string>>& worn() const noexcept { return worn_; }
    std::vector<Jid> wearers(std::string_view uri) const;
    /// Changes with the list.
    std::string hash() const;
    bool empty() const noexcept { return all_.empty(); }

    /// Also in the place of the one of that URI.
    void set(Hat hat);
    bool erase(std::string_view uri);
    /// False where he has it already, or too many.
    bool give(const Jid& bare, std::string_view uri);
    bool take(const Jid& bare, std::string_view uri);
    void forget(const Jid& bare) { worn_.erase(bare); }

    void fields(auto& f) { f(all_, worn_); }

private:
    std::vector<Hat> all_;
    std::map<Jid, std::vector<std::string>> worn_;
};

} // namespace epode::muc
