// SPDX-License-Identifier: MIT
// Admission: what follows a login of XEP-0388 that was right, at the account's home: what the client has asked for in
// the same breath (its old session, else a resource; a token), then <success/> with all the answers, then the features.
#pragma once

#include "core/base/task.hpp"
#include "core/session/login.hpp"
#include "core/session/resumption.hpp"
#include "core/xml/element.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace epode {

class Account;
class Session;

class Admission {
public:
    /// The stream is not read while this runs.
    static Task<> run(Shard* shard, std::uint64_t connection, LoggedIn login);

private:
    Admission(Shard& shard, std::uint64_t connection, LoggedIn login);

    /// What has to be waited for, before anything is there to be seen.
    Task<> gather();
    /// The rest, at once: no stanza comes between the session's beginning and <success/>. `resumption` is null where
    /// that was not asked for.
    void admit(ClientConnection& connection, const ResumeOutcome* resumption);
    std::shared_ptr<Session> bind(ClientConnection& connection, xml::Builder& answers);
    /// <success/>, with the children of `answers`.
    std::string success(std::string_view identifier, xml::Element answers) const;
    xml::Element request() const noexcept { return login_.request.element(); }

    Shard& shard_;
    std::uint64_t connection_;
    LoggedIn login_;
    std::shared_ptr<Account> account_;
    std::optional<xep::fast::Token> token_;
};

} // namespace epode
