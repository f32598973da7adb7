// SPDX-License-Identifier: MIT
// Authenticator: who are you. One per host, provided by a module (auth_internal, auth_ldap, …). Names are prepared
// localparts. Making and removing accounts is core/session/accounts.hpp's. Storage or a directory that is down throws;
// the caller answers temporary-auth-failure.
#pragma once

#include "core/base/task.hpp"
#include "core/service/credentials.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace epode {

enum class PasswordVerdict : std::uint8_t {
    accepted,
    refused, ///< wrong password or no such account: nobody is told which
    disabled,
    expired,
    unavailable, ///< try again later
};

class Authenticator {
public:
    static constexpr std::string_view service_name = "authenticator";
    virtual ~Authenticator() = default;

    /// Hashes that `credentials` may hold, strongest first. Empty where only passwords can be checked: no SCRAM is
    /// offered.
    virtual std::span<const ScramHash> hashes() const noexcept = 0;
    /// The account's keys; null where there is no such account.
    virtual Task<std::optional<Credentials>> credentials(std::string username) = 0;
    /// Checks a password as it was typed. Takes as long for a name without an account (`pretend_to_match`).
    virtual Task<PasswordVerdict> verify(std::string username, Secret password) = 0;
    /// Fails with a reason where there is no such account, the password cannot be used, or passwords are not changed
    /// here.
    virtual Task<Result<>> set_password(std::string username, Secret password) = 0;
    /// Whether keys of a hash that an account lacks may be added: clients are asked for them (XEP-0480).
    virtual bool takes_keys() const noexcept { return false; }
    /// Adds them, durably, unless the account has keys of that hash by now. Fails where there is no such account.
    virtual Task<Result<>> add_keys(std::string /*username*/, ScramKeys /*keys*/) {
        co_return fail("this authenticator takes no keys");
    }
};

} // namespace epode
