// SPDX-License-Identifier: MIT
#include "core/session/admission.hpp"

#include "core/base/log.hpp"
#include "core/host.hpp"
#include "core/server.hpp"
#include "core/session/binding.hpp"
#include "core/session/client_connection.hpp"
#include "core/session/negotiation.hpp"
#include "core/shard/shard.hpp"
#include "core/xml/parser.hpp"
#include "xep/xep0386_bind2.hpp"

#include <vector>

namespace epode {

namespace {

const Logger& log() {
    static const Logger area("login");
    return area;
}

/// An element that comes as text.
void append(xml::Builder& builder, const std::string& element) {
    if (const auto document = xml::parse(element)) builder.append(xml::Element::root(*document));
}

} // namespace

Admission::Admission(Shard& shard, std::uint64_t connection, LoggedIn login)
    : shard_(shard), connection_(connection), login_(std::move(login)) {}

Task<> Admission::run(Shard* shard, std::uint64_t id, LoggedIn login) {
    const auto self = std::shared_ptr<Admission>(new Admission(*shard, id, std::move(login)));
    bool failed = false;
    try {
        co_await self->gather();
    } catch (const std::exception& thrown) {
        failed = true;
        log().error("a client could not be let in",
                    {{"account", self->login_.account.text()}, {"error", thrown.what()}});
    }
    auto* connection = shard->connection(id);
    if (!connection || !connection->negotiation()) co_return;
    const auto resume = self->request().child("resume", ns::sm);
    if (failed)
        connection->negotiation()->not_admitted();
    else if (!self->account_)
        connection->close("not-authorized", "this account is no more");
    else if (!resume)
        self->admit(*connection, nullptr);
    else
        connection->resume(self->account_->bare(), resume,
                           [self](ClientConnection& on, const ResumeOutcome& outcome) { self->admit(on, &outcome); });
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

void Admission::admit(ClientConnection& connection, const ResumeOutcome* resumption) {
    const bool resumed = resumption && resumption->resumed;
    auto* negotiation = resumed ? nullptr : connection.negotiation(); // stays until the turn ends
    xml::Builder builder;
    builder.open("answers", xep::sasl2::ns);
    if (resumption) append(builder, resumption->element);
    const auto session = resumed ? nullptr : bind(connection, builder);
    if (token_) token_->encode(builder);
    const auto answers = builder.close().finish();
    const std::string identifier(resumed   ? std::string_view(resumption->jid)
                                 : session ? session->jid().text()
                                           : login_.account.text());
    connection.write(success(identifier, xml::Element::root(answers)));
    if (!resumed && !session) return negotiation->admitted();
    connection.write(Negotiation::features_behind_login(account_->host(), connection.peer(), false));
    if (resumed) return;
    connection.stream().resume(XmppStream::busy);
    session->host().emit(SessionOpened{*session});
}

std::string Admission::success(std::string_view identifier, xml::Element answers) const {
    xml::Builder builder;
    builder.open("success", xep::sasl2::ns);
    xep::sasl2::write_additional_data(builder, login_.data);
    builder.leaf("authorization-identifier", identifier);
    builder.append_inner(answers).close();
    return std::string(builder.finish()->bytes());
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
    if (const auto enable = wanted.child("enable", ns::sm)) append(answers, connection.enable(enable));
    account_->host().emit(BindInline{**session, wanted, answers});
    answers.close();
    return *session;
}

} // namespace epode
