// SPDX-License-Identifier: MIT
// AddressLimit: how many connections one IPv4 address or IPv6 /64 has, on all shards together.
#pragma once

#include "core/base/network.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace epode::net {

class AddressLimit {
public:
    /// One connection's place; given back when destroyed. Any thread.
    class Place {
    public:
        Place() = default;
        Place(AddressLimit& limit, std::string network) : limit_(&limit), network_(std::move(network)) {}
        Place(Place&& other) noexcept
            : limit_(std::exchange(other.limit_, nullptr)), network_(std::move(other.network_)) {}
        Place& operator=(Place&& other) noexcept {
            leave();
            limit_ = std::exchange(other.limit_, nullptr);
            network_ = std::move(other.network_);
            return *this;
        }
        ~Place() { leave(); }

    private:
        void leave() noexcept {
            if (limit_) std::exchange(limit_, nullptr)->leave(network_);
        }
        AddressLimit* limit_ = nullptr;
        std::string network_;
    };

    /// Null when that network has `most` connections already. Addresses of this machine and "" are not counted.
    std::optional<Place> enter(std::string_view address, unsigned most) {
        if (address.empty() || address == "::1" || address.starts_with("127.")) return Place();
        auto network = Network::client_key(address);
        const std::lock_guard lock(mutex_);
        auto& count = counts_[network];
        if (count >= most) return std::nullopt;
        ++count;
        return Place(*this, std::move(network));
    }

private:
    void leave(const std::string& network) noexcept {
        const std::lock_guard lock(mutex_);
        const auto found = counts_.find(network);
        if (found != counts_.end() && --found->second == 0) counts_.erase(found);
    }
    std::mutex mutex_;
    std::unordered_map<std::string, unsigned> counts_;
};

} // namespace epode::net
