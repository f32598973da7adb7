// SPDX-License-Identifier: MIT
#include "core/session/admission.hpp"

#include "core/base/log.hpp"
#include "core/host.hpp"
#include "core/server.hpp"
#include "core/session/binding.hpp"
#include "core/session/client_connection.hpp"
#include "core/session/negotiation.hpp"
#include "core/shard/shard.hpp"
#include "xep/xep0386_bind2.hpp"

#include <vector>

namespace epode {

namespace {

const Logger& log() {
    static const Logger area("login");
    return area;
}

} // namespace

Admission::Admission(Shard& shard, std::uint64_t connection, LoggedIn login)
    : shard_(shard), connection_(connection), login_(std::move(login)) {}

Task<> Admission::run(Shard* shard, std::uint64_t id, LoggedIn login) {
    Admission self(*shard, id, std::move(login));
    bool failed = false;
    try {
        co_await self.gather();
    } catch (const std::exception& thrown) {
        failed = true;
        log().error("a client could not be let in",
                    {{"account", self.login_.account.text()}, {"error", thrown.what()}});
    }
    auto* connection = shard->connection(id);
    if (!connection || !connection->negotiation()) co_return;
    if (failed)
        connection->negotiation()->not_admitted();
    else if (!self.account_)
        connection->close("not-authorized", "this account is no more");
    else
        self.admit(*connection);
}

Task<> Admission::gather() {
    account_ = co_await shard_.router().activate(login_.account);
    auto* connection = shard_.connection(connection_);
    if (!account_ || !connection) co_return;
    if (!login_.token_wanted.empty() && connection->peer().agent) {
        Tokens::Wish wish;
        wish.account = login_.account;
        wish.agent = *connection->peer().agent;
        wish.mechanism = login_.token_wanted;
        wish.address = connection->peer().address;
        wish.stamp = login_.stamp;
        token_ = co_await shard_.server().tokens().issue(std::move(wish));
    }
    const auto bind = request().child(xep::bind2::Bind::name, xep::bind2::ns);
    if (!bind || !account_->host().hears<BindPreparing>()) co_return;
    std::vector<Task<>> waits;
    account_->host().emit(BindPreparing{account_, bind, waits});
    for (auto& wait : waits) {
        try {
            co_await wait;
        } catch (const std::exception& thrown) { // the client can ask again for what is missing
            log().warn("a client was bound without an answer", {{"error", thrown.what()}});
        }
    }
}

void Admission::admit(ClientConnection& connection) {
    auto* negotiation = connection.negotiation(); // stays until the turn ends
    xml::Builder answers;
    answers.open("answers", xep::sasl2::ns);
    const auto session = bind(connection, answers);
    if (token_) token_->encode(answers);
    const auto given = answers.close().finish();
    xml::Builder builder;
    builder.open("success", xep::sasl2::ns);
    xep::sasl2::write_additional_data(builder, login_.data);
    builder.leaf("authorization-identifier", session ? session->jid().text() : login_.account.text());
    builder.append_inner(xml::Element::root(given)).close();
    connection.write(std::string(builder.finish()->bytes()));
    negotiation->admitted(session != nullptr);
    if (session) session->host().emit(SessionOpened{*session});
}

/// Null where the client has not asked, or may not: it is told why, and can still try RFC 6120's way.
std::shared_ptr<Session> Admission::bind(ClientConnection& connection, xml::Builder& answers) {
    const auto wanted = request().child(xep::bind2::Bind::name, xep::bind2::ns);
    if (!wanted) return nullptr;
    Binding binding(connection, account_);
    const auto session = binding.tagged(xep::bind2::Bind::decode(wanted)->tag);
    if (!session) {
        answers.open("failed", xep::bind2::ns);
        answers.open(name(session.error().condition), ns::stanzas).close();
        answers.close();
        return nullptr;
    }
    binding.enter(*session);
    answers.open("bound", xep::bind2::ns);
    account_->host().emit(BindInline{**session, wanted, answers});
    answers.close();
    return *session;
}

} // namespace epode
