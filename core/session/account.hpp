// SPDX-License-Identifier: MIT
// Account: an owner on its home shard: its sessions and what modules keep resident for it. Made when the first session
// or stanza needs it, evicted when nothing does.
#pragma once

#include "core/session/session.hpp"
#include "core/store/batch.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace epode {

enum class Role : std::uint8_t { user, operator_, admin };
std::string_view name(Role role) noexcept; ///< "user", "operator", "admin"

class Account {
public:
    Account(Host& host, Jid bare, OwnerId owner, Role role);
    ~Account();
    Account(const Account&) = delete;

    const Jid& bare() const noexcept { return bare_; }
    OwnerId owner() const noexcept { return owner_; }
    Role role() const noexcept { return role_; }
    Host& host() const noexcept { return host_; }

    /// Bound sessions (available or not), highest priority first, then the most recently active.
    std::span<const std::shared_ptr<Session>> sessions() const noexcept { return sessions_; }
    Session* session(std::string_view resource) const noexcept;
    bool any_available() const noexcept;

private:
    friend class Accounts;
    friend class Binding;
    friend class ClientConnection;
    friend class Router;
    friend class Session;
    friend class Host;
    void sort();

    Host& host_;
    Jid bare_;
    OwnerId owner_;
    Role role_;
    std::vector<std::shared_ptr<Session>> sessions_;
};

} // namespace epode
