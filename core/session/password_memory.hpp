// SPDX-License-Identifier: MIT
// PasswordMemory: a password that was found right is known again by a fast salted hash, so that PLAIN does not cost ten
// thousand rounds at each login. Forgotten when the account's credentials change; only in memory, never the password.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/id.hpp"
#include "core/jid.hpp"
#include "core/service/credentials.hpp"

#include <mutex>
#include <string>
#include <unordered_map>

namespace epode {

class PasswordMemory {
public:
    PasswordMemory() : key_(32, '\0') { random_bytes(key_.data(), key_.size()); }
    ~PasswordMemory() { wipe(key_); }

    /// Any thread. `credentials` is what the account has now.
    bool knows(const Jid& account, BytesView credentials, const Secret& password) const {
        const auto tag = tag_of(credentials, password);
        std::lock_guard lock(mutex_);
        const auto found = tags_.find(account);
        return found != tags_.end() && equal_in_constant_time(found->second, tag);
    }
    void learn(const Jid& account, BytesView credentials, const Secret& password) {
        auto tag = tag_of(credentials, password);
        std::lock_guard lock(mutex_);
        if (tags_.size() >= max_entries) tags_.clear();
        tags_.insert_or_assign(account, std::move(tag));
    }

private:
    static constexpr std::size_t max_entries = 100'000;

    Bytes tag_of(BytesView credentials, const Secret& password) const {
        Bytes message(digest(ScramHash::sha256, credentials)); // of fixed size, so the two parts cannot be shifted
        message.append(password.view());
        auto tag = hmac(ScramHash::sha256, key_, message);
        wipe(message);
        return tag;
    }
    Bytes key_;
    mutable std::mutex mutex_;
    std::unordered_map<Jid, Bytes> tags_;
};

} // namespace epode
