// SPDX-License-Identifier: MIT
// Login: one stream's attempts to log in: what is offered, the mechanism that runs, whom it asks, and what becomes of
// that. There are two ways to say it, RFC 6120's and XEP-0388's, which may carry more; the attempts are the same.
#pragma once

#include "core/base/clock.hpp"
#include "core/base/task.hpp"
#include "core/session/sasl.hpp"
#include "core/session/tokens.hpp"
#include "core/session/upgrade.hpp"
#include "core/xml/builder.hpp"
#include "core/xml/element.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace epode {

class ClientConnection;
class Host;
class Shard;

/// What has come of it.
struct LoggedIn {
    Jid account;
    std::string mechanism;
    Bytes data;               ///< for <success/>
    xml::Fragment request;    ///< <authenticate/>; null for RFC 6120's way
    std::string token_wanted; ///< the mechanism of the token that the client shall be given; "" for none
    storage::Version stamp = 0;

    LoggedIn() = default;
};

class Login {
public:
    Login(ClientConnection& connection, std::string domain, const Jid& from);
    ~Login();

    /// Finds out what the account named in the stream's header can do, then lets the features be sent.
    void prepare();
    /// Writes what is offered, both ways, with channel bindings. True where XEP-0388's is among it.
    bool offer(xml::Builder& features);
    /// Elements of the namespaces of both.
    void on_element(const Ref<xml::Document>& document);
    /// An exchange of XEP-0388 goes on: nothing else may be said until its end.
    bool exclusive() const noexcept { return running() && request_; }
    /// The version of the features that have been sent (XEP-0509).
    void set_features_version(std::string version) { features_version_ = std::move(version); }
    /// Nothing has come of a login that was right.
    void reopen() noexcept { over_ = false; }
    /// Ends an attempt.
    void fail(xep::sasl::Condition condition, std::string text);

private:
    enum class Face : std::uint8_t { rfc6120, xep0388 };

    /// What stands in <authenticate/> beside the mechanism.
    struct Request {
        xml::Fragment element;
        std::optional<xep::fast::Fast> fast;
        std::string token_wanted;
        std::vector<ScramHash> upgrades;

        Request() = default;
    };

    /// What a look-up needs; the connection may be gone when it is answered.
    struct Question;

    bool running() const noexcept { return mechanism_ || upgrade_; }
    Host& host() const;
    void begin(std::string name, std::optional<Bytes> initial);
    void on_auth(xml::Element element);
    void on_authenticate(const Ref<xml::Document>& document);
    Result<void, sasl::Failure> read_request(const Ref<xml::Document>& document);
    Result<std::unique_ptr<sasl::Mechanism>, sasl::Failure> make_mechanism();
    void on_response(xml::Element element);
    void advance(sasl::Step step);
    void ask(Question question);
    static Task<> look_up(Question question);
    void fail_softly(xep::sasl::Condition condition, std::string_view text, xml::Element detail);
    void send_failure(xep::sasl::Condition condition, const std::string& text);
    void succeed(Bytes data);
    void conclude(Bytes data);

    // ---- Tasks (XEP-0480) -----------------------------------------------------------------------------------------
    static Task<> find_tasks(Shard* shard, std::uint64_t connection, std::uint32_t attempt, Bytes data);
    static Task<> add_keys(Shard* shard, std::uint64_t connection, std::uint32_t attempt, ScramKeys keys);
    static Task<> look_at_account(Shard* shard, std::uint64_t connection, std::string username);
    void on_next(xml::Element element);
    void on_task_data(xml::Element element);
    void go_on(Bytes data);

    void write(xml::Builder& builder);

    ClientConnection& connection_;
    std::string domain_;
    Jid from_; ///< as the header says, without proof; null where it is none of this host
    sasl::Policy policy_;
    sasl::Channel channel_;
    std::string features_version_;
    bool offered_ = false;
    bool over_ = false;          ///< somebody has logged in
    bool offered_newer_ = false; ///< XEP-0388's

    Face face_ = Face::rfc6120; ///< of the element that came last
    std::unique_ptr<Request> request_;
    std::unique_ptr<sasl::Mechanism> mechanism_;
    std::unique_ptr<Upgrade> upgrade_;
    std::string mechanism_name_;
    Jid account_; ///< of the attempt
    storage::Version stamp_ = 0;
    bool renew_ = false;
    Timers::Handle slowed_; ///< a failure that waits
    std::uint8_t failures_ = 0;
    std::uint32_t attempt_ = 0; ///< answers to an older one are void
};

} // namespace epode
