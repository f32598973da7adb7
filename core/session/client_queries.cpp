// SPDX-License-Identifier: MIT
// Queries of a client to its own account and its server, answered in their order, and ours to the client.
#include "core/base/id.hpp"
#include "core/server.hpp"
#include "core/session/client_connection.hpp"
#include "core/shard/shard.hpp"

namespace epode {

namespace {

constexpr Duration query_patience = 5s; ///< then the next of a session's queries may start

} // namespace

bool ClientConnection::answer_to_us(const Stanza& stanza) {
    if (!asked_) return false;
    const auto id = stanza.id().str();
    const auto found = asked_->find(id);
    if (found == asked_->end()) return false;
    auto* promise = found->second;
    asked_->erase(found);
    shard_->post(Job([promise, stanza] { promise->set(stanza); }));
    return true;
}

std::string ClientConnection::send_query(bool set, Ref<xml::Document> payload, Jid from, Promise<Stanza>& answer) {
    auto id = random_id(64);
    xml::Builder builder;
    builder.open("iq", ns::client).attr("type", set ? "set" : "get").attr("id", id);
    builder.append(xml::Element::root(payload)).close();
    if (!asked_) asked_ = std::make_unique<std::unordered_map<std::string, Promise<Stanza>*>>();
    asked_->emplace(id, &answer);
    push(OutboxEntry(Stanza(builder.finish(), std::move(from), session_->jid())));
    return id;
}

void ClientConnection::forget_query(const std::string& id) {
    if (!asked_) return;
    const auto found = asked_->find(id);
    if (found == asked_->end()) return;
    auto* promise = found->second;
    asked_->erase(found);
    promise->set(Stanza());
}

void ClientConnection::own_query(Stanza stanza, Scope scope, Ref<Receipt> receipt, std::uint32_t number) {
    auto account = scope == Scope::account ? session_->account_ : nullptr;
    Iq iq(session_->host(), scope, std::move(stanza), std::move(account), session_, Peer());
    if (running_query_ != 0) { // RFC 6120 10.1: in order
        if (!queries_) queries_ = std::make_unique<std::deque<WaitingQuery>>();
        queries_->push_back({std::move(iq), std::move(receipt), number});
        return;
    }
    run_query(std::move(iq), std::move(receipt), number);
}

void ClientConnection::run_query(Iq iq, Ref<Receipt> receipt, std::uint32_t number) {
    running_query_ = number;
    const auto query = iq.stanza();
    server_.router(*shard_).answer(
        std::move(iq), [shard = shard_, id = id_, query, number, receipt = std::move(receipt)](Reply answer) {
            auto* self = shard->connection(id);
            if (!self || self->ended_) {
                if (answer.after()) answer.after()();
                return;
            }
            self->reply(query, std::move(answer), number);
            self->keep_state(); // it may have changed what modules keep for the session
            self->query_done(number);
        });
    if (running_query_ == number)
        query_patience_ = shard_->timers().after(query_patience, [this, number] { query_done(number); });
}

void ClientConnection::query_done(std::uint32_t number) {
    if (running_query_ != number) return; // its patience had run out
    running_query_ = 0;
    query_patience_.cancel();
    if (pumping_) return;
    pumping_ = true;
    while (running_query_ == 0 && queries_ && !queries_->empty() && !ended_) {
        auto next = std::move(queries_->front());
        queries_->pop_front();
        run_query(std::move(next.iq), std::move(next.receipt), next.number);
    }
    pumping_ = false;
    if (queries_ && queries_->empty()) queries_.reset();
    leave_if_answered();
}

void ClientConnection::reply(const Stanza& query, Reply answer, std::uint32_t number) {
    auto stanza = answer.failure() ? error_reply(query, *answer.failure())
                                   : result_reply(query, xml::Element::root(answer.payload()));
    // The result waits until everything that came before the query is durable.
    if (!acks_.has_handled(number - 1)) {
        held_.push_back({number - 1, std::move(stanza), std::move(answer.after())});
        return;
    }
    push(OutboxEntry(std::move(stanza)));
    if (answer.after()) answer.after()();
}

} // namespace epode
