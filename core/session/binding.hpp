// SPDX-License-Identifier: MIT
// Binding: how a client that has logged in gets its resource (RFC 6120 section 7, XEP-0386), and what becomes of a
// session that has it already. At the account's home; nothing here waits.
#pragma once

#include "core/base/result.hpp"
#include "core/session/account.hpp"
#include "core/stanza.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace epode {

class ClientConnection;

class Binding {
public:
    Binding(ClientConnection& connection, std::shared_ptr<Account> account)
        : connection_(connection), account_(std::move(account)) {}

    /// A resource that the client wishes; "" leaves it to the server. Prepared. The error is the answer.
    Result<std::shared_ptr<Session>, StanzaError> wished(std::string resource);
    /// The tag and what stands for the device behind it: the same as long as both are, and never what the device calls
    /// itself. Earlier sessions of the device end.
    Result<std::shared_ptr<Session>, StanzaError> tagged(std::string_view tag);
    /// Enters what the two above have made: it is one of the account's sessions from now on, and stanzas that come are
    /// for it.
    void enter(const std::shared_ptr<Session>& session);

private:
    using Sessions = std::vector<std::shared_ptr<Session>>;
    Result<std::shared_ptr<Session>, StanzaError> make(std::string resource, const Sessions& replaced);
    std::string for_device(std::string_view tag) const;

    ClientConnection& connection_;
    std::shared_ptr<Account> account_;
};

} // namespace epode
