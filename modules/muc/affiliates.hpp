// SPDX-License-Identifier: MIT
// Who has an affiliation with a room (XEP-0045 section 5.2), why, and which nick is reserved for whom (section 7.10).
#pragma once

#include "core/jid.hpp"
#include "xep/xep0045_muc.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace epode::muc {

using xep::muc::Affiliation;

struct Affiliate {
    Jid jid; ///< bare, or a domain that is banned as a whole
    Affiliation what = Affiliation::none;
    std::string nick; ///< reserved; "" for none
    std::string reason;
    bool copies = false; ///< he wants what is said, also while he is not in the room

    Affiliate() = default;
    Affiliate(Jid who, Affiliation given) : jid(std::move(who)), what(given) {}
    void fields(auto& f) { f(jid, what, nick, reason, copies); }
};

class Affiliates {
public:
    Affiliates() = default;
    explicit Affiliates(std::vector<Affiliate> all);

    /// Of whoever has that address: his own, else outcast where his domain is banned (section 9.2).
    Affiliation of(const Jid& who) const;
    /// Null where he has none.
    const Affiliate* find(const Jid& bare) const;
    /// Whose nick it is; null where it is nobody's.
    const Affiliate* by_nick(std::string_view nick) const;
    /// Affiliation none takes him off the list.
    void set(Affiliate affiliate);

    // XEP-0463: every change has a number; of the last ones it is known whom they concerned.
    std::uint64_t version() const noexcept { return version_; }
    void start_at(std::uint64_t version) noexcept { version_ = version; }
    void changed(const Jid& jid);
    /// Null where that is too long ago, or never was.
    std::optional<std::set<Jid>> changed_since(std::uint64_t version) const;

    std::size_t size() const noexcept { return all_.size(); }
    bool has_owner() const noexcept;
    const std::map<Jid, Affiliate>& all() const noexcept { return all_; }

private:
    std::map<Jid, Affiliate> all_;
    std::map<std::string, Jid, std::less<>> nicks_;
    std::uint64_t version_ = 0;
    std::deque<Jid> last_;    ///< whom the last changes concerned
    std::size_t domains_ = 0; ///< banned as a whole
};

} // namespace epode::muc
