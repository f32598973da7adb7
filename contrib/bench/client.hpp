// SPDX-License-Identifier: MIT
// One XMPP client: negotiates step by step (TLS, SASL, bind, what the scenario asks for), then hands each stanza to
// whom it belongs and answers stream management.
#pragma once

#include "link.hpp"
#include "scram.hpp"
#include "splitter.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// The server under test.
struct Target {
    std::string name = "server";
    std::string host = "127.0.0.1";
    std::string domain = "localhost";
    int port = 5223;
    bool starttls = false;
    std::string mechanism = "SCRAM-SHA-1"; ///< or SCRAM-SHA-256, PLAIN
    int pid = 0;                           ///< 0: its cost is not measured
    bool relay = false;                    ///< the built-in one: no XMPP, a first line joins two connections
};

/// What all clients of a target share.
struct Site {
    Loop& loop;
    Target target;
    TlsContext tls = client_context();
    SaltedPasswords passwords;
};

struct Session {
    std::string user, resource;
    bool presence = true; ///< initial presence, and its own is waited for
    bool roster = false;  ///< fetched before presence
    bool carbons = false;
    bool acks = false; ///< XEP-0198
};

inline constexpr std::string_view password = "secret";

class Client final : Link::Owner {
public:
    enum class State { negotiating, ready, failed };

    /// Logs in.
    Client(Site& site, Session session);
    /// Registers accounts, one after the other, and is ready then; one that exists is as good.
    Client(Site& site, std::vector<std::string> accounts);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    State state() const { return state_; }
    const std::string& failure() const { return failure_; } ///< what went wrong, with the server's words

    /// Stanzas that come once it is bound.
    std::function<void(std::string_view stanza)> on_stanza;
    /// Once, when it has become ready or failed.
    std::function<void()> on_settled;

    void send(std::string_view stanza);
    /// Asks for an acknowledgement of all that was sent.
    void request_ack();
    std::uint32_t acknowledged() const { return acknowledged_; } ///< stanzas, modulo 2^32
    std::uint32_t sent() const { return sent_; }                 ///< since stream management began
    void read(bool on) { link_.read(on); }

private:
    using Step = void (Client::*)(std::string_view);

    void opened() override;
    void received(std::string_view bytes) override;
    void closed(const std::string& why) override;

    void open_stream();
    void handle(std::string_view element);
    bool failed_by(std::string_view element);
    void fail(std::string why);
    void ready();

    // Each gets one element, in the order of a login.
    void before_tls(std::string_view element);
    void before_sasl(std::string_view element);
    void in_sasl(std::string_view element);
    void before_bind(std::string_view element);
    void in_setup(std::string_view element);
    void in_registration(std::string_view element);
    void in_session(std::string_view element);

    void register_next();
    void set_up();

    Site& site_;
    Session session_;
    std::vector<std::string> accounts_;
    std::optional<Scram> scram_;
    Splitter splitter_;
    Step step_ = nullptr;
    State state_ = State::negotiating;
    std::string failure_;
    std::string awaited_; ///< in set-up: what the next answer must contain
    std::uint32_t counted_ = 0, sent_ = 0, acknowledged_ = 0;
    bool managed_ = false;
    bool encrypted_;
    Link link_;
};

} // namespace bench
