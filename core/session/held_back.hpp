// SPDX-License-Identifier: MIT
// HeldBack: what a client at which nobody looks is not sent yet (XEP-0352). Of what says how things are the last one is
// kept, under the key that whoever held it back gave it; the rest keeps its order.
#pragma once

#include "core/stream/outbox.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <unordered_map>
#include <utility>

namespace epode {

class HeldBack {
public:
    HeldBack(std::size_t most_stanzas, std::size_t most_bytes) : most_(most_stanzas), most_bytes_(most_bytes) {}

    /// 0 is no key.
    void add(OutboxEntry entry, std::uint64_t key) {
        bytes_ += entry.size();
        entries_.push_back({std::move(entry), key});
        if (key) places_[key] = std::prev(entries_.end());
    }
    void forget(std::uint64_t key) noexcept {
        const auto found = places_.find(key);
        if (found == places_.end()) return;
        bytes_ -= found->second->entry.size();
        entries_.erase(found->second);
        places_.erase(found);
    }
    bool empty() const noexcept { return entries_.empty(); }
    bool full() const noexcept { return entries_.size() >= most_ || bytes_ >= most_bytes_; }
    /// Calls `each(OutboxEntry)` for all, in order; nothing is held any more, and what is held meanwhile stays.
    template <typename Each> void release(Each each) {
        auto entries = std::exchange(entries_, {});
        places_.clear();
        bytes_ = 0;
        for (Held& held : entries) each(std::move(held.entry));
    }

private:
    struct Held {
        OutboxEntry entry;
        std::uint64_t key;
    };
    std::list<Held> entries_;
    std::unordered_map<std::uint64_t, std::list<Held>::iterator> places_;
    std::size_t bytes_ = 0;
    std::size_t most_;
    std::size_t most_bytes_;
};

} // namespace epode
