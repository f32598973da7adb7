// SPDX-License-Identifier: MIT
// Negotiation: the order of things before a client is bound (RFC 6120 4 to 7): header, STARTTLS, login, restart, bind;
// or with XEP-0388 header, TLS, and all the rest at once. Gone once the session exists.
#pragma once

#include "core/events.hpp"
#include "core/session/login.hpp"
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

    // ---- For Login and Admission ----------------------------------------------------------------------------------
    /// Null before the first header.
    Login* login() noexcept { return login_.get(); }
    void send_features();
    /// Somebody has: goes home, and on.
    void logged_in(LoggedIn login);
    /// XEP-0388's success has been sent, without a session.
    void admitted();
    /// It was not to be, for no fault of the client's.
    void not_admitted();

    /// What is offered to who has logged in; to who is bound by then, no binding.
    static std::string features_behind_login(Host& host, const Peer& peer, bool bind);
    /// `<?xml …?><stream:stream …>`
    static std::string header(const Server& server, std::string_view from, std::string_view to, std::string_view id);

private:
    /// admission: at home, until success is sent.
    enum class State : std::uint8_t { header, before_tls, before_login, admission, before_bind, binding };

    Host& host() const;
    /// Nothing may be done here before TLS.
    bool must_encrypt() const noexcept;
    void on_starttls();
    void on_iq(Ref<xml::Document> document, const std::string* to);
    void bind(Stanza request);
    /// As often as RFC 6120 7.7.3 allows.
    void refuse_binding(const Stanza& request, const StanzaError& error);
    static Task<> bind_session(Shard* shard, std::uint64_t connection, Stanza request, std::string resource);
    void finish_bind(std::shared_ptr<Account> account, const Stanza& request, std::string resource);
    void send(const Stanza& stanza);
    void refuse(const Stanza& request, const StanzaError& error);

    ClientConnection& connection_;
    State state_ = State::header;
    std::string domain_;
    std::unique_ptr<Login> login_;
    Jid account_;               ///< logged in as
    std::uint8_t refusals_ = 0; ///< of resources
};

} // namespace epode
