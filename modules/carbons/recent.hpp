// SPDX-License-Identifier: MIT
// The messages of an account that were copied lately. An error is copied exactly when it answers one of them (XEP-0280
// section 6.1), and what an error carries says nothing about that: it need not contain the original.
#pragma once

#include "core/jid.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace epode::carbons {

class Recent {
public:
    static constexpr std::size_t capacity = 128;

    /// Names a message by direction, its other party (an error may come from another resource) and its id.
    static std::uint64_t key(bool sent, const Jid& peer, std::string_view id) {
        std::string text(sent ? ">" : "<");
        text.append(peer.bare().text()).append(1, '\n').append(id);
        return keyed_hash(text);
    }

    /// The oldest gives way when it is full.
    void add(std::uint64_t key) {
        if (keys_.size() < capacity)
            keys_.push_back(key);
        else
            keys_[next_] = key;
        next_ = (next_ + 1) % capacity;
    }
    bool contains(std::uint64_t key) const noexcept {
        return std::find(keys_.begin(), keys_.end(), key) != keys_.end();
    }

private:
    std::vector<std::uint64_t> keys_;
    std::size_t next_ = 0;
};

} // namespace epode::carbons
