// SPDX-License-Identifier: MIT
#include "core/session/session.hpp"

#include "core/host.hpp"
#include "core/session/account.hpp"
#include "core/session/client_connection.hpp"
#include "core/shard/shard.hpp"

#include <algorithm>

namespace epode {

Session::Session(std::uint64_t id, Jid jid, std::shared_ptr<Account> account, Peer peer)
    : id_(id), jid_(std::move(jid)), account_(std::move(account)), peer_(std::move(peer)),
      since_(account_->host().now()) {}

Session::~Session() = default;

bool Session::detached() const noexcept { return connection_ && connection_->detached(); }

Host& Session::host() const noexcept { return account_->host(); }

void Session::send(const Stanza& stanza) { send_tracked(stanza, 0); }

void Session::send_tracked(const Stanza& stanza, std::uint64_t cookie) {
    if (!stanza || !connection_ || ended_) return;
    connection_->send(stanza.to() ? stanza : stanza.to(jid_), cookie);
}

void Session::replace_presence(Stanza presence) {
    if (ended_ || !available_) return;
    presence_ = std::move(presence);
    host().emit(PresenceChanged{*this, presence_, priority_});
}

Task<bool> Session::room() {
    if (!connection_ || ended_) co_return false;
    if (connection_->has_room()) co_return true;
    const auto self = shared_from_this();
    Promise<bool> promise;
    connection_->wait_for_room(promise);
    if (!co_await promise) co_return false;
    co_return connection_ && !ended_;
}

Task<Stanza> Session::request(bool set, Ref<xml::Document> payload, Jid from, Duration timeout) {
    if (!connection_ || ended_) co_return Stanza();
    const auto self = shared_from_this();
    Promise<Stanza> answer;
    auto id = connection_->send_query(set, std::move(payload), from ? std::move(from) : account_->bare(), answer);
    const auto expiry = host().timers().after(timeout, [this, id] {
        if (connection_) connection_->forget_query(id);
    });
    co_return co_await answer;
}

void Session::close(std::string_view stream_condition, std::string text) {
    if (!connection_ || ended_) return;
    // Not on the caller's stack: it may be walking the account's sessions.
    host().shard().post(
        Job([self = shared_from_this(), condition = std::string(stream_condition), text = std::move(text)] {
            if (!self->connection_) return;
            if (condition != "connection-timeout") return self->connection_->close(condition, text);
            if (!self->connection_->detached()) self->connection_->lose(condition, text);
        }));
}

void Session::drop(std::string_view stream_condition) {
    const auto self = shared_from_this(); // the account lets go of it
    if (connection_) connection_->close(stream_condition);
}

std::vector<Stanza> Session::unconfirmed() const {
    return connection_ && !ended_ ? connection_->unconfirmed() : std::vector<Stanza>();
}

void Session::set_inactive(std::size_t stanzas, std::size_t bytes) {
    if (connection_ && !ended_) connection_->hold_back(stanzas, bytes);
}

void Session::set_active() {
    if (connection_ && !ended_) connection_->stop_holding_back();
}

bool Session::active() const noexcept { return !connection_ || !connection_->holds_back(); }

void Session::pause_reading(Duration how_long) {
    if (connection_) connection_->pause_reading(how_long);
}

// ---- Account ------------------------------------------------------------------------------------------------------

Account::Account(Host& host, Jid bare, OwnerId owner, Role role)
    : host_(host), bare_(std::move(bare)), owner_(owner), role_(role) {}
Account::~Account() = default;

std::string_view name(Role role) noexcept {
    switch (role) {
    case Role::user:
        return "user";
    case Role::operator_:
        return "operator";
    case Role::admin:
        return "admin";
    }
    return "user";
}

Session* Account::session(std::string_view resource) const noexcept {
    for (const auto& session : sessions_)
        if (session->jid().resource() == resource) return session.get();
    return nullptr;
}

bool Account::any_available() const noexcept {
    return std::ranges::any_of(sessions_, [](const auto& session) { return session->available(); });
}

void Account::sort() {
    std::ranges::stable_sort(sessions_, [](const auto& a, const auto& b) {
        if (a->available() != b->available()) return a->available();
        return a->priority() > b->priority();
    });
}

} // namespace epode
