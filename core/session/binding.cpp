// SPDX-License-Identifier: MIT
#include "core/session/binding.hpp"

#include "core/base/base64.hpp"
#include "core/base/id.hpp"
#include "core/host.hpp"
#include "core/server.hpp"
#include "core/service/credentials.hpp"
#include "core/session/client_connection.hpp"

#include <algorithm>

namespace epode {

namespace {

constexpr std::size_t device_bytes = 9; ///< 12 characters

/// A session whose client is away gives way to one that is here.
bool give_place(const Account& account) {
    for (const auto& session : account.sessions()) {
        if (!session->detached()) continue;
        session->drop("resource-constraint");
        return true;
    }
    return false;
}

std::unexpected<StanzaError> refused(StanzaError error) { return std::unexpected(std::move(error)); }

} // namespace

Result<std::shared_ptr<Session>, StanzaError> Binding::wished(std::string resource) {
    auto& host = account_->host();
    const auto verdict = host.emit(SessionBinding{*account_, resource, connection_.peer()});
    if (verdict.kind() == Verdict::Kind::refuse) return refused(*verdict.error());
    if (verdict.kind() == Verdict::Kind::drop) return refused(StanzaError(Condition::not_allowed));
    auto* taken = resource.empty() ? nullptr : account_->session(resource);
    const auto conflict = *connection_.server().config().c2s.conflict; // RFC 6120 7.7.2.2
    if (taken && conflict == config::ResourceConflict::refuse)
        return refused(StanzaError(Condition::conflict, ErrorType::modify, "this resource is in use"));
    Sessions replaced;
    if (taken && conflict == config::ResourceConflict::replace)
        replaced.push_back(taken->shared_from_this());
    else if (taken)
        resource += "-" + random_id(48);
    if (resource.empty()) resource = random_id();
    return make(std::move(resource), replaced);
}

Result<std::shared_ptr<Session>, StanzaError> Binding::tagged(std::string_view tag) {
    auto& host = account_->host();
    const auto device = connection_.peer().agent_id();
    auto resource = device.empty() ? random_id() : for_device(tag);
    if (!tag.empty())
        if (const auto full = account_->bare().with_resource(std::string(tag) + "/" + resource))
            resource = full->resource();
    Sessions replaced;
    for (const auto& session : account_->sessions())
        if (!device.empty() && session->peer().agent_id() == device) replaced.push_back(session);
    auto* taken = account_->session(resource); // by a client that has made it its wish
    if (taken && taken->peer().agent_id() != device) resource += "-" + random_id(48);
    const auto verdict = host.emit(SessionBinding{*account_, resource, connection_.peer()});
    if (verdict.kind() == Verdict::Kind::refuse) return refused(*verdict.error());
    if (verdict.kind() == Verdict::Kind::drop) return refused(StanzaError(Condition::not_allowed));
    return make(std::move(resource), replaced);
}

std::string Binding::for_device(std::string_view tag) const {
    Bytes message = "resource";
    for (const std::string_view part : {account_->bare().text(), tag, connection_.peer().agent_id()})
        message.append(1, '\0').append(part);
    const auto bytes = hmac(ScramHash::sha256, connection_.server().pretence_key().view(), message);
    auto text = base64::encode(BytesView(bytes).substr(0, device_bytes));
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return text;
}

Result<std::shared_ptr<Session>, StanzaError> Binding::make(std::string resource, const Sessions& replaced) {
    if (account_->sessions().size() - replaced.size() >= *connection_.server().config().c2s.max_sessions &&
        !give_place(*account_))
        return refused(StanzaError(Condition::resource_constraint, "this account has too many sessions"));
    auto full = account_->bare().with_resource(resource);
    if (!full) return refused(StanzaError(Condition::bad_request, full.error().text));
    for (const auto& session : replaced)
        if (session->connection_) session->connection_->close("conflict", "another client took this resource");
    return std::make_shared<Session>(connection_.id(), *full, account_, connection_.peer());
}

void Binding::enter(const std::shared_ptr<Session>& session) {
    account_->sessions_.push_back(session);
    account_->sort();
    connection_.bound(session);
}

} // namespace epode
