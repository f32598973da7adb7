// SPDX-License-Identifier: MIT
// EndedSessions: what a client may still want to know of a session that it comes too late to resume: how many of its
// stanzas were handled (XEP-0198 section 5). The last ones of a shard.
#pragma once

#include "core/jid.hpp"
#include "core/session/acknowledgement.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace epode {

class EndedSessions {
public:
    void add(const Jid& account, std::string_view id, const Acknowledgement& acks) {
        if (!acks.all_handled()) return; // whatever we said now would be wrong soon
        if (all_.size() < most)
            all_.emplace_back();
        else
            next_ %= most;
        all_[next_++] = {key(account, id), acks.h()};
    }
    /// Null where nobody remembers, or it was another account's.
    std::optional<std::uint32_t> find(const Jid& account, std::string_view id) const {
        for (const auto& each : all_)
            if (each.key == key(account, id)) return each.h;
        return std::nullopt;
    }

private:
    static constexpr std::size_t most = 1024;
    struct Ended {
        std::uint64_t key;
        std::uint32_t h;
    };
    static std::uint64_t key(const Jid& account, std::string_view id) {
        return keyed_hash(std::string(account.text()).append(1, '\n').append(id));
    }
    std::vector<Ended> all_;
    std::size_t next_ = 0;
};

} // namespace epode
