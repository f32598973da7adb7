// SPDX-License-Identifier: MIT
// Messages to accounts that are not there: how fast they are stored, counted when the server has acknowledged them to
// the sender (XEP-0198), and how fast they are given out when all log in.
#include "../scenario.hpp"
#include "pairs.hpp"

#include <fmt/format.h>
#include <stdexcept>

namespace bench {
namespace {

constexpr std::uint32_t batch = 32;      ///< messages for which one acknowledgement is asked
constexpr std::uint32_t under_way = 512; ///< unacknowledged ones of a sender
constexpr int senders = 4;

class Store {
public:
    Store(Bench& bench, int receivers, std::uint32_t count) : bench_(bench), receivers_(receivers), count_(count) {
        std::vector<Session> sessions;
        for (int i = 0; i < senders; ++i)
            sessions.push_back({.user = bench.account(receivers + i), .resource = "sender", .acks = true});
        clients_ = bench.open(sessions);
        for (const auto& client : clients_) base_.push_back(client->sent());
        for (int i = 0; i < senders * receivers; ++i)
            flows_.push_back(bench.ledger().add_flow({static_cast<std::uint32_t>(i % receivers)}));
        for (const auto& client : clients_)
            client->on_stanza = [this](std::string_view stanza) {
                if (stanza.find("type='error'") != stanza.npos || stanza.find("type=\"error\"") != stanza.npos)
                    refused_ = stanza.substr(0, 400);
            };
    }

    void run() {
        bench_.doing("storing");
        bench_.wait_for("storing", 60, [&] {
            if (!refused_.empty()) throw std::runtime_error("the server does not store: " + refused_);
            std::uint32_t acknowledged = 0;
            for (std::size_t i = 0; i < clients_.size(); ++i) acknowledged += fill(i);
            return acknowledged == count_;
        });
    }

private:
    /// Keeps a sender's window full; returns what was acknowledged to it.
    std::uint32_t fill(std::size_t sender) {
        auto& client = *clients_[sender];
        if (client.state() == Client::State::failed)
            throw std::runtime_error("a sender's session ended: " + client.failure());
        const auto share = count_ / senders;
        const auto sent = [&] { return client.sent() - base_[sender]; };
        const std::uint32_t acknowledged = std::max(client.acknowledged(), base_[sender]) - base_[sender];
        while (sent() < share && sent() + batch <= acknowledged + under_way) {
            for (std::uint32_t i = 0; i < batch && sent() < share; ++i) send(sender, sent());
            client.request_ack();
        }
        return acknowledged;
    }

    void send(std::size_t sender, std::uint32_t number) {
        const auto to = static_cast<int>(number % static_cast<std::uint32_t>(receivers_));
        const auto mark = bench_.ledger().next(
            flows_[sender * static_cast<std::size_t>(receivers_) + static_cast<std::size_t>(to)], now());
        clients_[sender]->send(fmt::format("<message type='chat' id='eb{}' to='{}'><body>{}</body></message>",
                                           mark.sequence, bench_.address(to), bench_.body(mark)));
    }

    Bench& bench_;
    int receivers_;
    std::uint32_t count_;
    Clients clients_;
    std::vector<std::uint32_t> base_, flows_;
    std::string refused_;
};

std::vector<Session> receiving(const Bench& bench, int receivers) {
    std::vector<Session> sessions;
    for (int i = 0; i < receivers; ++i)
        sessions.push_back({.user = bench.account(i), .resource = "back", .acks = bench.settings().acks});
    return sessions;
}

/// All log in and get what waits for them.
Clients come_back(Bench& bench, int receivers) {
    Clients clients;
    const auto sessions = receiving(bench, receivers);
    for (const auto& session : sessions) {
        clients.push_back(bench.start(session));
        const auto number = static_cast<std::uint32_t>(clients.size() - 1);
        clients.back()->on_stanza = [&bench, number](std::string_view stanza) {
            (void)bench.ledger().arrived(number, stanza, now());
        };
    }
    return clients;
}

} // namespace

void offline(Bench& bench) {
    const int receivers = bench.settings().pairs;
    const auto count = static_cast<std::uint32_t>(bench.count(20'000)) / senders * senders;
    bench.accounts(receivers + senders);
    (void)bench.open(receiving(bench, receivers)); // takes what an earlier run has left
    bench.settle(0.5);
    {
        Store store(bench, receivers, count);
        Meter meter(bench);
        store.run();
        meter.stop("stored", count);
    }
    bench.settle(0.3);
    bench.doing("giving out");
    {
        Meter meter(bench);
        const auto clients = come_back(bench, receivers);
        bench.loop().run_until([&] { return bench.ledger().copies() == bench.ledger().copies_expected(); }, 30);
        meter.stop("given", static_cast<double>(bench.ledger().copies()));
        bench.settle(0.3);
    }
    bench.settle(0.5);
    const auto again = come_back(bench, receivers); // what was given is erased: it would count as doubled
    bench.settle(1);
    bench.report_ledger();
}

} // namespace bench
