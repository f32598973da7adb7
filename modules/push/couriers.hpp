// SPDX-License-Identifier: MIT
// Couriers: what is on its way to push services. A registration has one notification under way; what comes meanwhile
// becomes the next one, so that a room full of talk costs a service no more than it can answer.
#pragma once

#include "core/base/clock.hpp"
#include "core/stanza.hpp"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace epode::push {

/// What has come last, and what of it counts.
struct Notice {
    Stanza stanza;
    bool urgent = false;

    Notice() = default;
    Notice(Stanza what, bool now) : stanza(std::move(what)), urgent(now) {}
};

/// A registration of an account.
struct Which {
    Jid account;
    std::string key;

    Which() = default;
    Which(Jid whose, std::string which) : account(std::move(whose)), key(std::move(which)) {}
    bool operator<(const Which& other) const noexcept {
        return std::tie(account, key) < std::tie(other.account, other.key);
    }
};

class Couriers {
public:
    /// Whether it may go now; else it waits for the answer, or for the time of the next attempt.
    bool ready(const Which& which, Notice notice) {
        auto& state = states_[which];
        if (state.id.empty() && !state.retry_at) return true;
        state.next = merged(std::move(state.next), std::move(notice));
        return false;
    }
    /// It waits until then, if nothing is under way.
    void wait(const Which& which, Notice notice, Instant retry_at) {
        auto& state = states_[which];
        state.next = merged(std::move(state.next), std::move(notice));
        if (state.id.empty() && !state.retry_at) state.retry_at = retry_at;
    }
    void sent(const Which& which, Notice notice, const std::string& id, const Jid& service, Instant now) {
        auto& state = states_[which];
        state.id = id;
        state.under_way = std::move(notice);
        state.retry_at.reset();
        state.deadline = now;
        under_way_[id] = {which, service};
    }
    /// Whose notification this answers; null where it is none of ours, or not from whom it was sent to.
    std::optional<Which> answered(std::string_view id, const Jid& from) {
        const auto found = under_way_.find(std::string(id));
        if (found == under_way_.end() || found->second.second != from) return std::nullopt;
        return found->second.first;
    }
    /// It has arrived: what is to be sent next, if anything.
    std::optional<Notice> arrived(const Which& which) {
        const auto found = states_.find(which);
        if (found == states_.end()) return std::nullopt;
        auto next = std::move(found->second.next);
        forget(which);
        return next;
    }
    /// It has failed for now, and is tried again then.
    void failed(const Which& which, Instant retry_at) {
        const auto found = states_.find(which);
        if (found == states_.end()) return;
        auto& state = found->second;
        under_way_.erase(state.id);
        state.id.clear();
        state.next = state.next ? merged(std::move(state.under_way), std::move(*state.next))
                                : std::optional(std::move(state.under_way));
        state.retry_at = retry_at;
    }
    void forget(const Which& which) {
        const auto found = states_.find(which);
        if (found == states_.end()) return;
        under_way_.erase(found->second.id);
        states_.erase(found);
    }
    /// Those that were sent before `then` and are not answered.
    std::vector<Which> unanswered_since(Instant then) const {
        std::vector<Which> all;
        for (const auto& [which, state] : states_)
            if (!state.id.empty() && state.deadline <= then) all.push_back(which);
        return all;
    }
    /// Those whose next attempt is due; they may be sent.
    std::vector<std::pair<Which, Notice>> due(Instant now) {
        std::vector<std::pair<Which, Notice>> all;
        for (auto& [which, state] : states_)
            if (state.retry_at && *state.retry_at <= now && state.next) all.emplace_back(which, *state.next);
        for (const auto& [which, notice] : all) states_.erase(which);
        return all;
    }

private:
    struct State {
        std::string id; ///< of the query under way; "" for none
        Notice under_way;
        std::optional<Notice> next;
        std::optional<Instant> retry_at;
        Instant deadline{};
    };
    static std::optional<Notice> merged(std::optional<Notice> before, Notice later) {
        later.urgent = later.urgent || (before && before->urgent);
        return later;
    }

    std::map<Which, State> states_;
    std::unordered_map<std::string, std::pair<Which, Jid>> under_way_; ///< by the query's id
};

} // namespace epode::push
