// SPDX-License-Identifier: MIT
#include "core/session/login.hpp"

#include "core/base/log.hpp"
#include "core/host.hpp"
#include "core/server.hpp"
#include "core/session/client_connection.hpp"
#include "core/session/negotiation.hpp"
#include "core/shard/shard.hpp"
#include "xep/xep0386_bind2.hpp"
#include "xep/xep0388_sasl2.hpp"
#include "xep/xep0440_channel_binding.hpp"

#include <algorithm>
#include <vector>

namespace epode {

namespace {

using enum xep::sasl::Condition;
namespace sasl1 = xep::sasl;
namespace sasl2 = xep::sasl2;

constexpr std::string_view pipelining_ns = "urn:xmpp:iap:0"; // XEP-0509
constexpr unsigned max_failures = 10;                        // RFC 6120 6.4.5: between 2 and 5 or more retries

const Logger& log() {
    static const Logger area("login");
    return area;
}

/// The attempts of a connection that may have gone meanwhile.
Login* find(Shard& shard, std::uint64_t id) {
    auto* connection = shard.connection(id);
    auto* negotiation = connection ? connection->negotiation() : nullptr;
    return negotiation ? negotiation->login() : nullptr;
}

std::vector<std::string> copies(const std::vector<std::string_view>& names) { return {names.begin(), names.end()}; }

void unexpected_failure(std::exception_ptr) {}

/// In an order that does not depend on who was asked first.
xml::Fragment inline_features(Host& host) {
    xml::Builder builder;
    builder.open("inline", xep::bind2::ns);
    xep::bind2::write_feature(builder, ns::sm);
    host.emit(BindFeatures{host, builder});
    const auto document = builder.close().finish();
    const auto listed = xml::Element::root(document);
    std::vector<xml::Element> all(listed.children().begin(), listed.children().end());
    std::ranges::sort(all, {}, [](xml::Element feature) { return feature.attr("var").str(); });
    builder.open("inline", xep::bind2::ns);
    for (const auto feature : all) builder.append(feature);
    return xml::Fragment(builder.close().finish());
}

} // namespace

struct Login::Question {
    enum class About : std::uint8_t { keys, password, token };

    Shard* shard;
    std::uint64_t connection;
    std::uint32_t attempt;
    Authenticator* authenticator;
    Tokens* tokens;
    Jid account;
    About about = About::keys;
    Secret password;
    Tokens::Claim claim;
    bool stamp = false; ///< a token will be issued: for the account as it is now

    Question(Login& login)
        : shard(&login.connection_.shard()), connection(login.connection_.id()), attempt(++login.attempt_),
          authenticator(&login.connection_.server().authenticator(login.host())),
          tokens(&login.connection_.server().tokens()), account(login.mechanism_->account()),
          stamp(login.request_ && !login.request_->token_wanted.empty()) {}
};

Login::Login(ClientConnection& connection, std::string domain, const Jid& from)
    : connection_(connection), domain_(std::move(domain)) {
    if (!from.local().empty() && from.domain() == domain_) from_ = from.bare();
}
Login::~Login() = default;

Host& Login::host() const { return *connection_.shard().host(domain_); }

void Login::write(xml::Builder& builder) { connection_.write(std::string(builder.finish()->bytes())); }

// ---- What is offered ------------------------------------------------------------------------------------------------

void Login::prepare() {
    auto& server = connection_.server();
    auto& authenticator = server.authenticator(host());
    policy_.domain = domain_;
    policy_.hashes.assign(authenticator.hashes().begin(), authenticator.hashes().end());
    policy_.iterations = *server.config().c2s.scram_rounds;
    policy_.pretence_key = server.pretence_key();
    policy_.unencrypted = !connection_.tls_required();
    auto& transport = connection_.stream().transport();
    channel_.encrypted = connection_.peer().secure;
    channel_.bindings = transport.channel_bindings();
    channel_.tls_version = sasl::tls_version(transport.tls_description());
    if (!from_ || !channel_.encrypted) return connection_.negotiation()->send_features();
    connection_.stream().pause(XmppStream::busy);
    spawn(
        look_at_account(connection_.shard_ref(), connection_.id(), std::string(from_.local())), [] {},
        unexpected_failure);
}

/// What an account has no keys for cannot be offered to it (XEP-0388 section 2.1). All that is made here has keys for
/// everything, so a name without an account looks like nearly all of those that have one.
Task<> Login::look_at_account(Shard* shard, std::uint64_t connection, std::string username) {
    std::optional<Credentials> found;
    auto& host = find(*shard, connection)->host();
    try {
        found = co_await shard->server().authenticator(host).credentials(std::move(username));
    } catch (const std::exception&) { // whoever tries to log in will hear of it
    }
    auto* self = find(*shard, connection);
    if (!self) co_return;
    if (found && !found->empty())
        std::erase_if(self->policy_.hashes, [&](ScramHash hash) { return !found->find(hash); });
    self->connection_.negotiation()->send_features();
    self->connection_.stream().resume(XmppStream::busy);
}

bool Login::offer(xml::Builder& features) {
    offered_ = true;
    const auto offered = sasl::mechanisms(policy_, channel_);
    if (offered.empty()) return false;
    auto& server = connection_.server();
    channel_.advertised = copies(offered); // both lists are the same, so one hash protects both (XEP-0474)
    sasl1::write_mechanisms(features, offered);
    xep::channel_binding::write(features, sasl::binding_types(channel_));
    offered_newer_ = channel_.encrypted;
    if (!offered_newer_) return false;
    features.open("authentication", sasl2::ns);
    for (const auto mechanism : offered) features.leaf("mechanism", mechanism);
    features.open("inline");
    features.open("sm", ns::sm).close();
    features.open("bind", xep::bind2::ns).append(inline_features(host())).close();
    if (*server.config().c2s.token_lifetime > Duration(0)) {
        features.open("fast", xep::fast::ns);
        for (const auto mechanism : sasl::token_mechanisms(channel_)) features.leaf("mechanism", mechanism);
        features.close();
    }
    features.close();
    const auto& authenticator = server.authenticator(host());
    if (authenticator.takes_keys()) Upgrade::offer(features, authenticator.hashes());
    features.close();
    return true;
}

// ---- An attempt -----------------------------------------------------------------------------------------------------

void Login::on_element(const Ref<xml::Document>& document) {
    const auto element = xml::Element::root(document);
    face_ = element.ns() == sasl2::ns ? Face::xep0388 : Face::rfc6120;
    if (!offered_) return fail(encryption_required, "start TLS first");
    const bool newer = face_ == Face::xep0388;
    if (over_ && newer) return connection_.close("policy-violation", "somebody has logged in here");
    if (over_) return fail(malformed_request, "not now");
    if (newer && !offered_newer_) return fail(encryption_required, "start TLS first");
    if (element.name() == (newer ? "authenticate" : "auth")) {
        if (upgrade_) return connection_.close("policy-violation", "this login is nearly over"); // XEP-0388 section 3.9
        if (running()) return fail(malformed_request, "not now");
        return newer ? on_authenticate(document) : on_auth(element);
    }
    if (!running() || newer != static_cast<bool>(request_)) return fail(malformed_request, "no mechanism was chosen");
    if (element.name() == "abort") return fail(aborted, {});
    if (upgrade_ && element.name() == "next") return on_next(element);
    if (upgrade_ && element.name() == "task-data") return on_task_data(element);
    if (upgrade_ || element.name() != "response") return fail(malformed_request, "unknown element");
    on_response(element);
}

void Login::on_response(xml::Element element) {
    auto response = request_ ? sasl2::decode_response(element) : sasl1::decode_response(element);
    if (!response) return fail(response.error(), {});
    advance(mechanism_->respond(std::move(*response)));
}

void Login::on_auth(xml::Element element) {
    auto auth = sasl1::Auth::decode(element);
    if (!auth) return fail(auth.error(), {});
    begin(std::move(auth->mechanism), std::move(auth->initial));
}

void Login::on_authenticate(const Ref<xml::Document>& document) {
    const auto element = xml::Element::root(document);
    if (const auto known = element.child("config-version", pipelining_ns);
        known && known.attr("value") != features_version_) {
        xml::Builder builder;
        const auto mismatch = builder.open("config-version-mismatch", pipelining_ns).close().finish();
        return fail_softly(aborted, "the features have changed", xml::Element::root(mismatch));
    }
    auto authenticate = sasl2::Authenticate::decode(element);
    if (!authenticate) return fail(authenticate.error(), {});
    mechanism_name_ = authenticate->mechanism;
    if (auto read = read_request(document); !read) return fail(read.error().condition, read.error().text);
    if (authenticate->agent != sasl2::UserAgent())
        connection_.peer().agent = std::make_shared<const sasl2::UserAgent>(std::move(authenticate->agent));
    begin(std::move(authenticate->mechanism), std::move(authenticate->initial));
}

Result<void, sasl::Failure> Login::read_request(const Ref<xml::Document>& document) {
    const auto element = xml::Element::root(document);
    auto request = std::make_unique<Request>();
    request->element = xml::Fragment(document);
    if (const auto given = element.child(xep::fast::Fast::name, xep::fast::ns)) {
        auto fast = xep::fast::Fast::decode(given);
        if (!fast) return std::unexpected(sasl::Failure(malformed_request, fast.error().text));
        request->fast = std::move(*fast);
    }
    if (const auto given = element.child(xep::fast::RequestToken::name, xep::fast::ns)) {
        const auto wanted = xep::fast::RequestToken::decode(given);
        if (!wanted) return std::unexpected(sasl::Failure(malformed_request, wanted.error().text));
        // For a mechanism that this stream does not offer there is none; the login is good all the same.
        const auto names = sasl::token_mechanisms(channel_);
        if (std::ranges::find(names, wanted->mechanism) != names.end()) request->token_wanted = wanted->mechanism;
    }
    if (!request->fast) request->upgrades = Upgrade::asked_for(element);
    request_ = std::move(request);
    return {};
}

void Login::begin(std::string name, std::optional<Bytes> initial) {
    mechanism_name_ = std::move(name);
    const auto allowed = host().emit(SaslAttempt{host(), connection_.peer(), mechanism_name_});
    if (allowed.kind() != Verdict::Kind::pass)
        return fail(temporary_auth_failure, allowed.error() ? allowed.error()->text : std::string());
    auto made = make_mechanism();
    if (!made) return fail(made.error().condition, made.error().text);
    mechanism_ = std::move(*made);
    connection_.peer().tls = connection_.stream().transport().tls_description();
    advance(mechanism_->start(std::move(initial)));
}

Result<std::unique_ptr<sasl::Mechanism>, sasl::Failure> Login::make_mechanism() {
    if (request_ && request_->fast) return sasl::make_token_mechanism(mechanism_name_, domain_, channel_);
    return sasl::make_mechanism(mechanism_name_, policy_, channel_);
}

void Login::advance(sasl::Step step) {
    if (auto* challenge = std::get_if<sasl::Challenge>(&step)) {
        connection_.stream().resume(XmppStream::busy);
        xml::Builder builder;
        if (request_)
            sasl2::write_challenge(builder, challenge->data);
        else
            sasl1::write_challenge(builder, challenge->data);
        return write(builder);
    }
    if (auto* failure = std::get_if<sasl::Failure>(&step)) return fail(failure->condition, failure->text);
    if (auto* success = std::get_if<sasl::Success>(&step)) return succeed(std::move(success->data));
    Question question(*this);
    if (auto* verdict = std::get_if<sasl::NeedVerdict>(&step)) {
        question.about = Question::About::password;
        question.password = std::move(verdict->password);
    } else if (auto* token = std::get_if<sasl::NeedToken>(&step)) {
        question.about = Question::About::token;
        question.claim.account = question.account;
        question.claim.agent = connection_.peer().agent_id();
        question.claim.mechanism = mechanism_name_;
        question.claim.address = connection_.peer().address;
        question.claim.count = request_->fast->count;
        question.claim.invalidate = request_->fast->invalidate;
        question.claim.proof = std::move(token->proof);
    }
    ask(std::move(question));
}

void Login::ask(Question question) {
    connection_.stream().pause(XmppStream::busy);
    spawn(look_up(std::move(question)), [] {}, unexpected_failure);
}

Task<> Login::look_up(Question question) {
    std::optional<Credentials> found;
    auto verdict = PasswordVerdict::unavailable;
    Tokens::Redeemed redeemed;
    const std::string username(question.account.local());
    bool failed = false;
    try {
        // Before the password is looked at: if it changes from here on, the token will not be.
        if (question.stamp) redeemed.stamp = co_await question.tokens->stamp(question.account);
        switch (question.about) {
        case Question::About::keys:
            found = co_await question.authenticator->credentials(username);
            break;
        case Question::About::password:
            verdict = co_await question.authenticator->verify(username, std::move(question.password));
            break;
        case Question::About::token:
            redeemed = co_await question.tokens->redeem(std::move(question.claim));
            break;
        }
    } catch (const std::exception& thrown) {
        failed = true;
        log().error("a login could not be checked", {{"error", thrown.what()}});
    }
    auto* self = find(*question.shard, question.connection);
    if (!self || self->attempt_ != question.attempt || !self->mechanism_) co_return;
    if (failed) {
        self->fail(temporary_auth_failure, "try again later");
        co_return;
    }
    if (question.stamp || question.about == Question::About::token) self->stamp_ = redeemed.stamp;
    self->renew_ = redeemed.renew;
    switch (question.about) {
    case Question::About::keys:
        self->advance(self->mechanism_->account_found(std::move(found)));
        break;
    case Question::About::password:
        self->advance(self->mechanism_->verdict(verdict));
        break;
    case Question::About::token:
        self->advance(self->mechanism_->token_verdict(std::move(redeemed.verdict)));
        break;
    }
}

// ---- Failure --------------------------------------------------------------------------------------------------------

void Login::fail(xep::sasl::Condition condition, std::string text) {
    const Jid account = mechanism_ ? mechanism_->account() : Jid();
    mechanism_.reset();
    upgrade_.reset();
    request_.reset();
    ++attempt_;
    const auto& peer = connection_.peer();
    if (condition != aborted) {
        log().info("login failed", {{"account", account.text()},
                                    {"mechanism", mechanism_name_},
                                    {"condition", name(condition)},
                                    {"peer", peer.address}});
        ++host().logins().refused[std::string(name(condition))];
        host().emit(SaslFailure{host(), peer, account, mechanism_name_, name(condition)});
    }
    const auto delay = condition == not_authorized && account
                           ? connection_.server().login_throttle().failed(account, connection_.shard().clock().now())
                           : Duration(0);
    if (delay == Duration(0)) return send_failure(condition, text);
    connection_.stream().pause(XmppStream::busy);
    slowed_ = connection_.shard().timers().after(
        delay, [this, condition, text = std::move(text)] { send_failure(condition, text); });
}

/// "Without prejudice" (XEP-0509): it was no attempt.
void Login::fail_softly(xep::sasl::Condition condition, std::string_view text, xml::Element detail) {
    xml::Builder builder;
    sasl2::write_failure(builder, condition, text, detail);
    write(builder);
}

void Login::send_failure(xep::sasl::Condition condition, const std::string& text) {
    xml::Builder builder;
    if (face_ == Face::xep0388)
        sasl2::write_failure(builder, condition, text);
    else
        sasl1::write_failure(builder, condition, text);
    write(builder);
    connection_.stream().resume(XmppStream::busy);
    if (++failures_ >= max_failures) connection_.close("policy-violation", "too many failed logins");
}

// ---- Success --------------------------------------------------------------------------------------------------------

void Login::succeed(Bytes data) {
    account_ = mechanism_->account();
    if (!request_ || request_->upgrades.empty()) return conclude(std::move(data));
    connection_.stream().pause(XmppStream::busy);
    spawn(
        find_tasks(connection_.shard_ref(), connection_.id(), ++attempt_, std::move(data)), [] {}, unexpected_failure);
}

void Login::conclude(Bytes data) {
    mechanism_.reset();
    upgrade_.reset();
    slowed_.cancel();
    auto& server = connection_.server();
    const auto& peer = connection_.peer();
    server.login_throttle().succeeded(account_);
    log().info("logged in", {{"account", account_.text()},
                             {"mechanism", mechanism_name_},
                             {"peer", peer.address},
                             {"tls", peer.tls},
                             {"software", peer.agent ? peer.agent->software : std::string()},
                             {"device", peer.agent ? peer.agent->device : std::string()}});
    ++host().logins().accepted;
    host().emit(SaslSuccess{host(), peer, account_, mechanism_name_});
    LoggedIn outcome;
    outcome.account = account_;
    outcome.mechanism = mechanism_name_;
    outcome.data = std::move(data);
    outcome.stamp = stamp_;
    over_ = true;
    if (request_) {
        outcome.request = request_->element;
        outcome.token_wanted = request_->token_wanted;
        // The device has the mechanism; what it holds grows old, and it need not ask.
        if (renew_ && outcome.token_wanted.empty()) outcome.token_wanted = mechanism_name_;
    }
    request_.reset();
    connection_.negotiation()->logged_in(std::move(outcome));
}

// ---- Tasks ----------------------------------------------------------------------------------------------------------

Task<> Login::find_tasks(Shard* shard, std::uint64_t connection, std::uint32_t attempt, Bytes data) {
    auto* before = find(*shard, connection);
    auto& authenticator = shard->server().authenticator(before->host());
    std::optional<Credentials> found;
    std::string username(before->account_.local());
    try {
        found = co_await authenticator.credentials(std::move(username));
    } catch (const std::exception& thrown) { // it can be done the next time
        log().error("an account's keys could not be looked at", {{"error", thrown.what()}});
    }
    auto* self = find(*shard, connection);
    if (!self || self->attempt_ != attempt || !self->request_) co_return;
    std::vector<ScramHash> tasks;
    if (found && authenticator.takes_keys())
        for (const ScramHash hash : self->request_->upgrades)
            if (!found->find(hash)) tasks.push_back(hash);
    if (!tasks.empty()) self->upgrade_ = std::make_unique<Upgrade>(std::move(tasks), self->policy_.iterations);
    self->go_on(std::move(data));
}

/// The next task, or the end.
void Login::go_on(Bytes data) {
    if (!upgrade_ || upgrade_->done()) return conclude(std::move(data));
    xml::Builder builder;
    sasl2::write_continue(builder, data, upgrade_->task());
    write(builder);
    connection_.stream().resume(XmppStream::busy);
}

void Login::on_next(xml::Element element) {
    const auto next = sasl2::Next::decode(element);
    auto salt = next ? upgrade_->begin(next->task) : std::unexpected(next.error());
    if (!salt) return fail(malformed_request, salt.error().text);
    xml::Builder builder;
    builder.open("task-data", sasl2::ns);
    salt->encode(builder);
    builder.close();
    write(builder);
}

void Login::on_task_data(xml::Element element) {
    auto hash = xep::upgrade::Hash::decode(element.child(xep::upgrade::Hash::name, xep::upgrade::scram_ns));
    auto keys = hash ? upgrade_->finish(*hash) : std::unexpected(hash.error());
    if (!keys) return fail(malformed_request, keys.error().text);
    connection_.stream().pause(XmppStream::busy);
    spawn(add_keys(connection_.shard_ref(), connection_.id(), ++attempt_, std::move(*keys)), [] {}, unexpected_failure);
}

Task<> Login::add_keys(Shard* shard, std::uint64_t connection, std::uint32_t attempt, ScramKeys keys) {
    auto* before = find(*shard, connection);
    auto& server = shard->server();
    auto& authenticator = server.authenticator(before->host());
    const auto account = before->account_;
    const bool stamped = before->stamp_ != 0;
    storage::Version stamp = 0;
    std::string wrong;
    std::string username(account.local());
    try {
        const auto added = co_await authenticator.add_keys(std::move(username), std::move(keys));
        if (!added) wrong = added.error().text;
        if (stamped) stamp = co_await server.tokens().stamp(account); // the account has changed, by us
    } catch (const std::exception& thrown) {
        wrong = thrown.what();
    }
    auto* self = find(*shard, connection);
    if (!self || self->attempt_ != attempt || !self->upgrade_) co_return;
    if (!wrong.empty()) {
        log().error("keys could not be added", {{"account", account.text()}, {"error", wrong}});
        self->fail(temporary_auth_failure, "try again later");
        co_return;
    }
    self->stamp_ = stamp;
    self->go_on({});
}

} // namespace epode
