// SPDX-License-Identifier: MIT
// Negotiation: the order of things before a client is bound (RFC 6120 4 to 7): header, STARTTLS, SASL, restart, bind.
// Gone once the session exists.
#pragma once

#include "core/base/clock.hpp"
#include "core/events.hpp"
#include "core/session/sasl.hpp"
#include "core/xml/parser.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace epode {

class ClientConnection;
class Host;
class Server;
class Shard;

class Negotiation {
public:
    explicit Negotiation(ClientConnection& connection);
    ~Negotiation();

    void on_header(const xml::StreamHeader& header);
    void on_element(Ref<xml::Document> document, const std::string* from, const std::string* to);

    /// The host the client asked for; "" before its first header.
    std::string_view domain() const noexcept { return domain_; }

    /// `<?xml …?><stream:stream …>`
    static std::string header(const Server& server, std::string_view from, std::string_view to, std::string_view id);

private:
    enum class State : std::uint8_t { header, before_tls, before_login, authenticating, before_bind, binding };

    /// What a look-up needs; the connection may be gone when it is answered.
    struct Question {
        Shard* shard;
        std::uint64_t connection;
        std::uint32_t attempt;
        Authenticator* authenticator;
        std::string username;
        bool verify;
        Secret password;

        Question(Shard& where, std::uint64_t whose, std::uint32_t number, Authenticator& asked, std::string name,
                 bool check, Secret secret)
            : shard(&where), connection(whose), attempt(number), authenticator(&asked), username(std::move(name)),
              verify(check), password(std::move(secret)) {}
    };

    Host& host() const;
    /// Nothing may be done here before TLS.
    bool must_encrypt() const noexcept;
    void send_features();
    void on_starttls();
    void on_sasl(xml::Element element);
    void advance(sasl::Step step);
    static Task<> look_up(Question question);
    void fail(xep::sasl::Condition condition, std::string text);
    void send_failure(xep::sasl::Condition condition, const std::string& text);
    void succeed(std::string data);
    void on_iq(Ref<xml::Document> document, const std::string* to);
    void bind(Stanza request);
    /// As often as RFC 6120 7.7.3 allows.
    void refuse_binding(const Stanza& request, const StanzaError& error);
    static Task<> bind_session(Shard* shard, std::uint64_t connection, Stanza request, std::string resource);
    void finish_bind(std::shared_ptr<Account> account, const Stanza& request, std::string resource);
    void send(const Stanza& stanza);
    void refuse(const Stanza& request, const StanzaError& error);
    void write(xml::Builder& builder);

    ClientConnection& connection_;
    State state_ = State::header;
    std::string domain_;
    std::unique_ptr<sasl::Policy> policy_;
    std::unique_ptr<sasl::Channel> channel_;
    std::unique_ptr<sasl::Mechanism> mechanism_;
    std::string mechanism_name_;
    Jid account_;           ///< logged in as
    Timers::Handle slowed_; ///< a failure that waits
    std::uint8_t failures_ = 0;
    std::uint8_t refusals_ = 0; ///< of resources
    std::uint32_t attempt_ = 0; ///< answers to an older one are void
};

} // namespace epode
