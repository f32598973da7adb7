// SPDX-License-Identifier: MIT
#include "core/session/negotiation.hpp"

#include "core/base/id.hpp"
#include "core/base/log.hpp"
#include "core/host.hpp"
#include "core/server.hpp"
#include "core/session/client_connection.hpp"
#include "core/shard/shard.hpp"
#include "xep/rfc6120_sasl.hpp"

#include <algorithm>

namespace epode {

namespace {

constexpr std::string_view tls_ns = "urn:ietf:params:xml:ns:xmpp-tls";
constexpr std::string_view bind_ns = "urn:ietf:params:xml:ns:xmpp-bind";
constexpr std::string_view bindings_ns = "urn:xmpp:sasl-cb:0"; // XEP-0440
constexpr unsigned max_failures = 10;                          // RFC 6120 6.4.5: between 2 and 5 or more retries
constexpr unsigned max_refusals = 10;                          // RFC 6120 7.7.3: between 5 and 10 retries

const Logger& log() {
    static const Logger area("login");
    return area;
}

/// RFC 6120 4.7.5: a major version of at least 1, with zeros in front or not.
bool speaks_xmpp(std::string_view version) {
    version.remove_prefix(std::min(version.find_first_not_of('0'), version.size()));
    return !version.empty() && version.front() >= '1' && version.front() <= '9';
}

/// A session whose client is away gives way to one that is here.
bool give_place(const Account& account) {
    for (const auto& session : account.sessions()) {
        if (!session->detached()) continue;
        session->drop("resource-constraint");
        return true;
    }
    return false;
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

void Negotiation::write(xml::Builder& builder) { connection_.write(std::string(builder.finish()->bytes())); }

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
    std::string client;
    if (const auto jid = Jid::parse(header.from)) client = jid->bare().text(); // RFC 6120 4.7.2
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
    const auto& peer = connection_.peer();
    if (account_)
        state_ = State::before_bind;
    else
        state_ = peer.secure ? State::before_login : State::before_tls;
    send_features();
}

void Negotiation::send_features() {
    auto& server = connection_.server();
    const auto& peer = connection_.peer();
    xml::Builder builder;
    builder.open("features", ns::streams);
    const bool may_login = state_ == State::before_login || (state_ == State::before_tls && !must_encrypt());
    auto phase = StreamPhase::before_bind;
    if (state_ == State::before_tls) {
        phase = StreamPhase::before_tls;
        if (server.tls()) {
            builder.open("starttls", tls_ns);
            if (must_encrypt()) builder.leaf("required", "");
            builder.close();
        }
    }
    if (may_login) {
        if (phase != StreamPhase::before_tls) phase = StreamPhase::before_login;
        auto& authenticator = server.authenticator(host());
        policy_ = std::make_unique<sasl::Policy>();
        policy_->domain = domain_;
        policy_->hashes.assign(authenticator.hashes().begin(), authenticator.hashes().end());
        policy_->iterations = *server.config().c2s.scram_rounds;
        policy_->pretence_key = server.pretence_key();
        policy_->unencrypted = !connection_.tls_required();
        channel_ = std::make_unique<sasl::Channel>();
        channel_->encrypted = peer.secure;
        channel_->bindings = connection_.stream().transport().channel_bindings();
        if (const auto offered = sasl::mechanisms(*policy_, *channel_); !offered.empty()) {
            xep::sasl::write_mechanisms(builder, offered);
            if (const auto types = sasl::binding_types(*channel_); !types.empty()) {
                builder.open("sasl-channel-binding", bindings_ns);
                for (const auto type : types) builder.open("channel-binding").attr("type", type).close();
                builder.close();
            }
        }
    } else if (state_ == State::before_bind) {
        builder.open("bind", bind_ns).close();
        builder.open("sm", ns::sm).close();
    }
    if (!must_encrypt()) { // RFC 6120 5.3.1: where TLS must come first, nothing else is offered
        StreamFeatures event{host(), phase, peer, builder};
        host().emit(event);
    }
    const auto features = builder.close().finish();
    std::string out = "<stream:features>";
    out += xml::Element::root(features).inner();
    out += "</stream:features>";
    connection_.write(std::move(out));
}

void Negotiation::on_element(Ref<xml::Document> document, const std::string*, const std::string* to) {
    const auto root = xml::Element::root(document);
    if (state_ == State::header || state_ == State::binding) return connection_.close("not-authorized");
    if (root.ns() == tls_ns && root.name() == "starttls") return on_starttls();
    if (root.ns() == xep::sasl::ns) return on_sasl(root);
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

// ---- SASL ---------------------------------------------------------------------------------------------------------

void Negotiation::on_sasl(xml::Element element) {
    using enum xep::sasl::Condition;
    if (element.name() == "auth") {
        if (account_ || state_ == State::authenticating || state_ == State::before_bind)
            return fail(malformed_request, "not now");
        if (!policy_) return fail(encryption_required, "start TLS first");
        auto auth = xep::sasl::Auth::decode(element);
        if (!auth) return fail(auth.error(), {});
        const auto allowed = host().emit(SaslAttempt{host(), connection_.peer(), auth->mechanism});
        if (allowed.kind() != Verdict::Kind::pass)
            return fail(temporary_auth_failure, allowed.error() ? allowed.error()->text : std::string());
        auto made = sasl::make_mechanism(auth->mechanism, *policy_, *channel_);
        if (!made) return fail(made.error().condition, made.error().text);
        mechanism_ = std::move(*made);
        mechanism_name_ = auth->mechanism;
        state_ = State::authenticating;
        connection_.peer().tls = connection_.stream().transport().tls_description();
        return advance(mechanism_->start(std::move(auth->initial)));
    }
    if (state_ != State::authenticating || !mechanism_) return fail(malformed_request, "no mechanism was chosen");
    if (element.name() == "abort") return fail(aborted, {});
    if (element.name() != "response") return fail(malformed_request, "unknown element");
    auto response = xep::sasl::decode_response(element);
    if (!response) return fail(response.error(), {});
    advance(mechanism_->respond(std::move(*response)));
}

void Negotiation::advance(sasl::Step step) {
    if (auto* challenge = std::get_if<sasl::Challenge>(&step)) {
        connection_.stream().resume(XmppStream::busy);
        xml::Builder builder;
        xep::sasl::write_challenge(builder, challenge->data);
        return write(builder);
    }
    if (auto* failure = std::get_if<sasl::Failure>(&step)) return fail(failure->condition, failure->text);
    if (auto* success = std::get_if<sasl::Success>(&step)) return succeed(std::move(success->data));
    auto* verdict = std::get_if<sasl::NeedVerdict>(&step);
    connection_.stream().pause(XmppStream::busy);
    Question question(connection_.shard(), connection_.id(), ++attempt_, connection_.server().authenticator(host()),
                      std::string(mechanism_->account().local()), verdict != nullptr,
                      verdict ? std::move(verdict->password) : Secret());
    spawn(look_up(std::move(question)), [] {}, [](std::exception_ptr) {});
}

Task<> Negotiation::look_up(Question question) {
    std::optional<Credentials> found;
    auto verdict = PasswordVerdict::unavailable;
    bool failed = false;
    try {
        if (question.verify)
            verdict = co_await question.authenticator->verify(question.username, std::move(question.password));
        else
            found = co_await question.authenticator->credentials(question.username);
    } catch (const std::exception& thrown) {
        failed = true;
        log().error("a login could not be checked", {{"error", thrown.what()}});
    }
    auto* self = find(*question.shard, question.connection);
    if (!self || self->attempt_ != question.attempt || !self->mechanism_) co_return;
    if (failed)
        self->fail(xep::sasl::Condition::temporary_auth_failure, "try again later");
    else if (question.verify)
        self->advance(self->mechanism_->verdict(verdict));
    else
        self->advance(self->mechanism_->account_found(std::move(found)));
}

void Negotiation::fail(xep::sasl::Condition condition, std::string text) {
    const Jid account = mechanism_ ? mechanism_->account() : Jid();
    mechanism_.reset();
    ++attempt_;
    const auto& peer = connection_.peer();
    if (condition != xep::sasl::Condition::aborted) {
        log().info("login failed", {{"account", account.text()},
                                    {"mechanism", mechanism_name_},
                                    {"condition", name(condition)},
                                    {"peer", peer.address}});
        ++host().logins().refused[std::string(name(condition))];
        host().emit(SaslFailure{host(), peer, account, mechanism_name_, name(condition)});
    }
    if (state_ == State::authenticating) state_ = peer.secure ? State::before_login : State::before_tls;
    const auto delay = condition == xep::sasl::Condition::not_authorized && account
                           ? connection_.server().login_throttle().failed(account, connection_.shard().clock().now())
                           : Duration(0);
    if (delay == Duration(0)) return send_failure(condition, text);
    connection_.stream().pause(XmppStream::busy);
    slowed_ = connection_.shard().timers().after(
        delay, [this, condition, text = std::move(text)] { send_failure(condition, text); });
}

void Negotiation::send_failure(xep::sasl::Condition condition, const std::string& text) {
    xml::Builder builder;
    xep::sasl::write_failure(builder, condition, text);
    write(builder);
    connection_.stream().resume(XmppStream::busy);
    if (++failures_ >= max_failures) connection_.close("policy-violation", "too many failed logins");
}

void Negotiation::succeed(std::string data) {
    account_ = mechanism_->account();
    mechanism_.reset();
    policy_.reset();
    channel_.reset();
    slowed_.cancel();
    auto& server = connection_.server();
    server.login_throttle().succeeded(account_);
    log().info("logged in", {{"account", account_.text()},
                             {"mechanism", mechanism_name_},
                             {"peer", connection_.peer().address},
                             {"tls", connection_.peer().tls}});
    ++host().logins().accepted;
    host().emit(SaslSuccess{host(), connection_.peer(), account_, mechanism_name_});
    connection_.stream().resume(XmppStream::busy);
    connection_.move(server.home(account_), [data = std::move(data)](ClientConnection& connection) {
        auto& self = *connection.negotiation();
        self.state_ = State::header;
        connection.forget_header();
        connection.stream().restart();
        xml::Builder builder;
        xep::sasl::write_success(builder, data);
        self.write(builder);
    });
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
    auto& connection = connection_; // this negotiation may be replaced below
    const auto& config = connection.server().config();
    const auto verdict = host().emit(SessionBinding{*account, resource, connection.peer()});
    if (verdict.kind() == Verdict::Kind::refuse) return refuse_binding(request, *verdict.error());
    if (verdict.kind() == Verdict::Kind::drop) return refuse_binding(request, StanzaError(Condition::not_allowed));
    auto* taken = resource.empty() ? nullptr : account->session(resource);
    const auto conflict = *config.c2s.conflict; // RFC 6120 7.7.2.2
    if (taken && conflict == config::ResourceConflict::refuse)
        return refuse_binding(request, StanzaError(Condition::conflict, ErrorType::modify, "this resource is in use"));
    const bool replaces = taken && conflict == config::ResourceConflict::replace;
    if (account->sessions().size() - (replaces ? 1 : 0) >= *config.c2s.max_sessions && !give_place(*account))
        return refuse_binding(request,
                              StanzaError(Condition::resource_constraint, "this account has too many sessions"));
    if (replaces)
        taken->connection_->close("conflict", "another client took this resource");
    else if (taken)
        resource += "-" + random_id(48);
    if (resource.empty()) resource = random_id();
    auto full = account->bare().with_resource(resource);
    if (!full) return refuse_binding(request, StanzaError(Condition::bad_request, full.error().text));
    auto session = std::make_shared<Session>(connection.id(), *full, account, connection.peer());
    xml::Builder builder;
    builder.open("bind", bind_ns).leaf("jid", full->text()).close();
    const auto payload = builder.finish();
    send(result_reply(request, xml::Element::root(payload)).addressed(Jid(), Jid()));
    account->sessions_.push_back(session);
    account->sort();
    connection.bound(session);
    session->host().emit(SessionOpened{*session});
}

} // namespace epode
