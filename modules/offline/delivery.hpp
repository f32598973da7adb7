// SPDX-License-Identifier: MIT
// Delivery: what of an account's mailbox is on its way to which session, so that no message goes to two of them and
// each is erased only when its client has it. Bookkeeping for one account; no I/O.
#pragma once

#include "core/base/codec.hpp"
#include "core/base/id.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace epode::offline {

class Delivery {
public:
    /// One session at a time is given the mailbox, in order. False while another one is; `finish` tells of it.
    bool begin(std::uint64_t session) noexcept {
        again_ = taker_.has_value();
        if (again_) return false;
        taker_ = session;
        return true;
    }
    /// True where somebody wanted to begin since `session` did: there may be messages behind its back.
    bool finish(std::uint64_t session) noexcept {
        if (taker_ != session) return false;
        taker_.reset();
        return std::exchange(again_, false);
    }

    /// The message goes to `session` with `cookie`. False where it is under way already, or has arrived and only waits
    /// to be erased: then it must not be sent.
    bool send(std::uint64_t session, std::uint64_t cookie, const OrderedId& id) {
        if (!busy_.insert(id).second) return false;
        under_way_.emplace(std::pair(session, cookie), id);
        return true;
    }
    /// The client has it. False where this is none of ours.
    bool arrived(std::uint64_t session, std::uint64_t cookie) {
        const auto found = under_way_.find(std::pair(session, cookie));
        if (found == under_way_.end()) return false;
        confirmed_.push_back(found->second);
        under_way_.erase(found);
        return true;
    }
    /// The session is gone: what it did not confirm may go to another one.
    void ended(std::uint64_t session) {
        finish(session);
        for (auto at = under_way_.lower_bound(std::pair(session, std::uint64_t{0}));
             at != under_way_.end() && at->first.first == session;) {
            busy_.erase(at->second);
            at = under_way_.erase(at);
        }
    }

    /// Confirmed messages that are still stored.
    const std::vector<OrderedId>& confirmed() const noexcept { return confirmed_; }
    /// The first `count` of them are not any more.
    void erased(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) busy_.erase(confirmed_[i]);
        confirmed_.erase(confirmed_.begin(), confirmed_.begin() + static_cast<std::ptrdiff_t>(count));
    }

    bool erasing = false; ///< a task is at work on `confirmed`

    /// For a reload: what is under way and what has arrived. Whoever was being given the mailbox has to begin again.
    std::string bytes() const {
        Saved saved;
        for (const auto& [way, id] : under_way_) saved.under_way.push_back({way.first, way.second, id});
        saved.confirmed = confirmed_;
        return encode_value(saved);
    }
    static Result<Delivery> from_bytes(std::string_view bytes) {
        const auto saved = decode_value<Saved>(bytes);
        if (!saved) return std::unexpected(saved.error());
        Delivery delivery;
        for (const auto& [session, cookie, id] : saved->under_way) delivery.send(session, cookie, id);
        for (const auto& id : saved->confirmed)
            if (delivery.busy_.insert(id).second) delivery.confirmed_.push_back(id);
        return delivery;
    }

private:
    struct Way {
        std::uint64_t session = 0;
        std::uint64_t cookie = 0;
        OrderedId id;
        void fields(auto& f) { f(session, cookie, id); }
    };
    struct Saved {
        std::vector<Way> under_way;
        std::vector<OrderedId> confirmed;
        void fields(auto& f) { f(under_way, confirmed); }
    };

    std::optional<std::uint64_t> taker_;
    bool again_ = false;                                                     ///< another one wanted to be it
    std::map<std::pair<std::uint64_t, std::uint64_t>, OrderedId> under_way_; ///< by session and cookie
    std::set<OrderedId> busy_;                                               ///< under way or confirmed
    std::vector<OrderedId> confirmed_;
};

} // namespace epode::offline
