// SPDX-License-Identifier: MIT
#include "core/session/negotiation.hpp"

#include "core/base/base64.hpp"
#include "core/base/digest.hpp"
#include "core/base/id.hpp"
#include "core/host.hpp"
#include "core/server.hpp"
#include "core/session/admission.hpp"
#include "core/session/binding.hpp"
#include "core/session/client_connection.hpp"
#include "core/shard/shard.hpp"
#include "xep/rfc6120_sasl.hpp"
#include "xep/xep0388_sasl2.hpp"

#include <algorithm>

namespace epode {

namespace {

constexpr std::string_view tls_ns = "urn:ietf:params:xml:ns:xmpp-tls";
constexpr std::string_view bind_ns = "urn:ietf:params:xml:ns:xmpp-bind";
constexpr std::size_t version_bytes = 12;
constexpr unsigned max_refusals = 10; // RFC 6120 7.7.3: between 5 and 10 retries

/// RFC 6120 4.7.5: a major version of at least 1, with zeros in front or not.
bool speaks_xmpp(std::string_view version) {
    version.remove_prefix(std::min(version.find_first_not_of('0'), version.size()));
    return !version.empty() && version.front() >= '1' && version.front() <= '9';
}

/// The negotiation of a connection that may have gone meanwhile.
Negotiation* find(Shard& shard, std::uint64_t id) {
    auto* connection = shard.connection(id);
    return connection ? connection->negotiation() : nullptr;
}

} // namespace

Negotiation::Negotiation(ClientConnection& connection) : connection_(connection) {}
Negotiation::~Negotiation() = default;

bool Negotiation::must_encrypt() const noexcept { return state_ == State::before_tls && connection_.tls_required(); }

Host& Negotiation::host() const { return *connection_.shard().host(domain_); }

// ---- Header and features ------------------------------------------------------------------------------------------

std::string Negotiation::header(const Server& server, std::string_view from, std::string_view to, std::string_view id) {
    std::string out = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
                      "xmlns:stream='http://etherx.jabber.org/streams' id='";
    out += id;
    out += "' from='";
    xml::escape_attr(out,
                     from.empty() && !server.config().hosts.empty() ? server.config().hosts.front().domain() : from);
    if (!to.empty()) {
        out += "' to='";
        xml::escape_attr(out, to);
    }
    out += "' version='1.0' xml:lang='en'>";
    return out;
}

void Negotiation::on_header(const xml::StreamHeader& header) {
    const auto from = Jid::parse(header.from);
    const std::string client(from ? from->bare().text() : std::string_view()); // RFC 6120 4.7.2
    const auto target = Jid::parse(header.to);
    auto* served = target ? connection_.shard().host(target->domain()) : nullptr;
    connection_.write(
        Negotiation::header(connection_.server(), served ? served->domain() : domain_, client, random_id()));
    connection_.set_header_sent();

    if (header.name != "stream") return connection_.close("bad-format", "a stream begins with <stream:stream>");
    if (header.ns != ns::streams || header.default_ns != ns::client)
        return connection_.close(
            "invalid-namespace",
            "the stream's namespace is http://etherx.jabber.org/streams, its content's jabber:client");
    if (!speaks_xmpp(header.version)) return connection_.close("unsupported-version", "this server speaks XMPP 1.0");
    if (!target) return connection_.close("improper-addressing", "a stream header needs an address in 'to'");
    if (!served || (!domain_.empty() && domain_ != served->domain()))
        return connection_.close("host-unknown", header.to + " is not served here");

    domain_ = served->domain();
    connection_.peer().lang = header.lang;
    if (!header.lang.empty()) connection_.stream().parser().set_default_lang(header.lang);
    if (account_) {
        state_ = State::before_bind;
        return send_features();
    }
    state_ = connection_.peer().secure ? State::before_login : State::before_tls;
    login_ = std::make_unique<Login>(connection_, domain_, from ? *from : Jid());
    if (must_encrypt()) return send_features();
    login_->prepare();
}

void Negotiation::send_features() {
    if (state_ == State::before_bind) return connection_.write(features_behind_login(host(), connection_.peer(), true));
    xml::Builder builder;
    builder.open("features", ns::streams);
    const bool tls_first = state_ == State::before_tls;
    if (tls_first && connection_.server().tls()) {
        builder.open("starttls", tls_ns);
        if (must_encrypt()) builder.leaf("required", "");
        builder.close();
    }
    bool pipelined = false;
    if (!must_encrypt()) { // RFC 6120 5.3.1: where TLS must come first, nothing else is offered
        pipelined = login_->offer(builder);
        StreamFeatures event{host(), tls_first ? StreamPhase::before_tls : StreamPhase::before_login,
                             connection_.peer(), builder};
        host().emit(event);
    }
    const auto features = builder.close().finish();
    std::string out = "<stream:features>";
    out += xml::Element::root(features).inner();
    if (pipelined) { // XEP-0509: who has seen these before need not wait for them
        const auto version = base64::encode(sha256(out).substr(0, version_bytes));
        login_->set_features_version(version);
        out += "<config-version xmlns='urn:xmpp:iap:0' scheme='opaque' value='" + version + "'/>";
    }
    out += "</stream:features>";
    connection_.write(std::move(out));
}

std::string Negotiation::features_behind_login(Host& host, const Peer& peer, bool bind) {
    xml::Builder builder;
    builder.open("features", ns::streams);
    if (bind) builder.open("bind", bind_ns).close();
    builder.open("sm", ns::sm).close();
    StreamFeatures event{host, StreamPhase::before_bind, peer, builder};
    host.emit(event);
    const auto features = builder.close().finish();
    std::string out = "<stream:features>";
    out += xml::Element::root(features).inner();
    return out += "</stream:features>";
}

void Negotiation::on_element(Ref<xml::Document> document, const std::string*, const std::string* to) {
    const auto root = xml::Element::root(document);
    if (state_ == State::header || state_ == State::admission || state_ == State::binding)
        return connection_.close("not-authorized");
    if (login_->exclusive() && root.ns() != xep::sasl2::ns) // XEP-0388 section 2.4
        return connection_.close("not-authorized", "finish logging in first");
    if (root.ns() == tls_ns && root.name() == "starttls") return on_starttls();
    if (root.ns() == xep::sasl::ns || root.ns() == xep::sasl2::ns) return login_->on_element(document);
    if (root.is("resume", ns::sm) && state_ == State::before_bind)
        return connection_.resume(account_, root, [](ClientConnection& connection, const ResumeOutcome& outcome) {
            connection.write(outcome.element);
        });
    if (root.ns() == ns::sm && account_) // XEP-0198 section 3: after binding only
        return connection_.write(
            "<failed xmlns='urn:xmpp:sm:3'><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
    if (root.is("iq", ns::client)) return on_iq(std::move(document), to);
    connection_.close("not-authorized", account_ ? "bind a resource first" : "log in first");
}

void Negotiation::on_starttls() {
    auto context = connection_.server().tls();
    if (state_ != State::before_tls || !context) {
        connection_.write("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        return connection_.close("");
    }
    connection_.write("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    if (!connection_.stream().starttls(std::move(context))) return connection_.stream().abort("TLS could not begin");
    connection_.peer().secure = true;
    state_ = State::header;
    connection_.forget_header();
}

// ---- Login ----------------------------------------------------------------------------------------------------------

void Negotiation::logged_in(LoggedIn login) {
    account_ = login.account;
    auto& home = connection_.server().home(account_);
    if (login.request) {
        state_ = State::admission;
        connection_.stream().pause(XmppStream::busy);
        return connection_.move(home, [login = std::move(login)](ClientConnection& connection) mutable {
            spawn(
                Admission::run(connection.shard_ref(), connection.id(), std::move(login)), [] {},
                [](std::exception_ptr) {});
        });
    }
    connection_.stream().resume(XmppStream::busy);
    connection_.move(home, [data = std::move(login.data)](ClientConnection& connection) {
        connection.negotiation()->state_ = State::header;
        connection.forget_header();
        connection.stream().restart();
        xml::Builder builder;
        xep::sasl::write_success(builder, data);
        connection.write(std::string(builder.finish()->bytes()));
    });
}

void Negotiation::admitted() {
    state_ = State::before_bind;
    connection_.write(features_behind_login(host(), connection_.peer(), true));
    connection_.stream().resume(XmppStream::busy);
}

void Negotiation::not_admitted() {
    account_ = Jid();
    state_ = State::before_login;
    login_->reopen();
    login_->fail(xep::sasl::Condition::temporary_auth_failure, "try again later");
}

// ---- Binding ------------------------------------------------------------------------------------------------------

void Negotiation::on_iq(Ref<xml::Document> document, const std::string* to) {
    Stanza query(std::move(document), host().jid(), Jid());
    if (to && !to->empty()) {
        if (auto target = Jid::parse(*to)) query = query.to(std::move(*target));
    }
    const auto type = query.type();
    const auto payload = query.root().first();
    if ((type != "get" && type != "set") || query.id().empty() || !payload)
        return refuse(query, StanzaError(Condition::bad_request));
    if (account_) {
        if (type == "set" && payload.is("bind", bind_ns)) return bind(std::move(query));
        return connection_.close("not-authorized", "bind a resource first");
    }
    if (!host().iq_handler(Scope::stream, type == "set", payload.ns(), payload.name()))
        return connection_.close("not-authorized", "log in first");
    if (must_encrypt()) return refuse(query, StanzaError(Condition::not_allowed, "start TLS first"));
    connection_.stream().pause(XmppStream::busy);
    Iq iq(host(), Scope::stream, query.from(Jid()), nullptr, nullptr, connection_.peer());
    connection_.server()
        .router(connection_.shard())
        .answer(std::move(iq), [shard = &connection_.shard(), id = connection_.id(), query](Reply reply) {
            auto* self = find(*shard, id);
            if (!self) return;
            auto answer = reply.failure() ? error_reply(query, *reply.failure())
                                          : result_reply(query, xml::Element::root(reply.payload()));
            self->send(answer.to(Jid()));
            self->connection_.stream().resume(XmppStream::busy);
            if (reply.after()) reply.after()();
        });
}

void Negotiation::send(const Stanza& stanza) {
    std::string out;
    stanza.write(out);
    connection_.write(std::move(out));
}

void Negotiation::refuse(const Stanza& request, const StanzaError& error) {
    send(error_reply(request, error).to(Jid()));
}

void Negotiation::refuse_binding(const Stanza& request, const StanzaError& error) {
    refuse(request, error);
    if (++refusals_ >= max_refusals) connection_.close("policy-violation", "too many attempts to bind a resource");
}

void Negotiation::bind(Stanza request) {
    const auto wanted = request.root().first().child("resource", bind_ns).text();
    std::string resource;
    if (!wanted.empty()) {
        auto full = account_.with_resource(wanted);
        if (!full) return refuse_binding(request, StanzaError(Condition::bad_request, full.error().text));
        resource = full->resource();
    }
    state_ = State::binding;
    connection_.stream().pause(XmppStream::busy);
    spawn(
        bind_session(connection_.shard_ref(), connection_.id(), std::move(request), std::move(resource)), [] {},
        [](std::exception_ptr) {});
}

Task<> Negotiation::bind_session(Shard* shard, std::uint64_t id, Stanza request, std::string resource) {
    std::shared_ptr<Account> account;
    const auto bare = find(*shard, id)->account_;
    bool failed = false;
    try {
        account = co_await shard->router().activate(bare);
    } catch (const std::exception&) {
        failed = true; // logged where it was thrown
    }
    auto* self = find(*shard, id);
    if (!self) co_return;
    self->state_ = State::before_bind;
    self->connection_.stream().resume(XmppStream::busy);
    if (failed) {
        self->refuse_binding(request, StanzaError(Condition::internal_server_error, ErrorType::wait));
        co_return;
    }
    if (!account) {
        self->connection_.close("not-authorized", "this account is no more");
        co_return;
    }
    self->finish_bind(std::move(account), request, std::move(resource));
}

void Negotiation::finish_bind(std::shared_ptr<Account> account, const Stanza& request, std::string resource) {
    Binding binding(connection_, std::move(account));
    const auto made = binding.wished(std::move(resource));
    if (!made) return refuse_binding(request, made.error());
    const auto session = *made;
    xml::Builder builder;
    builder.open("bind", bind_ns).leaf("jid", session->jid().text()).close();
    const auto payload = builder.finish();
    send(result_reply(request, xml::Element::root(payload)).addressed(Jid(), Jid()));
    binding.enter(session);
    session->host().emit(SessionOpened{*session});
}

} // namespace epode
