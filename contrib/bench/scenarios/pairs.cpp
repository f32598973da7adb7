// SPDX-License-Identifier: MIT
#include "pairs.hpp"

#include <fmt/format.h>
#include <iterator>
#include <limits>
#include <stdexcept>

namespace bench {
namespace {

constexpr auto resource = "chat";

} // namespace

Pairs::Pairs(Bench& bench, int pairs, int first_account) : bench_(bench), first_(first_account) {
    std::vector<Session> sessions;
    for (int i = 0; i < 2 * pairs; ++i)
        sessions.push_back({.user = bench.account(first_ + i), .resource = resource, .acks = bench.settings().acks});
    clients_ = bench.open(sessions);
    for (std::uint32_t i = 0; i < clients_.size(); ++i) {
        flows_.push_back(bench.ledger().add_flow({i ^ 1U}));
        clients_[i]->on_stanza = [this, i](std::string_view stanza) { arrived(i, stanza); };
    }
}

Pairs::~Pairs() { bench_.loop().on_turn = nullptr; }

void Pairs::send(std::uint32_t from, std::int64_t planned) {
    auto& client = *clients_[from];
    if (client.state() == Client::State::failed) throw std::runtime_error("a session ended: " + client.failure());
    const auto mark = bench_.ledger().next(flows_[from], planned);
    fmt::memory_buffer text;
    fmt::format_to(std::back_inserter(text), "<message type='chat' id='eb{}' to='{}'><body>{}</body></message>",
                   mark.sequence, bench_.address(first_ + static_cast<int>(from ^ 1U), resource), bench_.body(mark));
    client.send({text.data(), text.size()});
    if (bench_.settings().acks) client.request_ack();
}

void Pairs::arrived(std::uint32_t to, std::string_view stanza) {
    const auto time = now();
    if (bench_.ledger().arrived(to, stanza, time) && answering_) send(to, time);
}

void Pairs::answer(int window) {
    answering_ = true;
    for (std::uint32_t from = 0; from < clients_.size(); from += 2)
        for (int i = 0; i < window; ++i) send(from, now());
}

void Pairs::plan(double rate) {
    interval_ = 1e6 / rate;
    start_ = now();
    planned_ = 0;
    bench_.loop().on_turn = [this] { return send_planned(); };
}

/// All that is due; returns when the next one is.
std::int64_t Pairs::send_planned() {
    for (const auto time = now();; ++planned_) {
        const auto due = start_ + static_cast<std::int64_t>(interval_ * static_cast<double>(planned_));
        if (due > time) return due;
        send(static_cast<std::uint32_t>(planned_ % clients_.size()), due);
    }
}

std::uint64_t Pairs::acknowledged() const {
    std::uint64_t all = 0;
    for (const auto& client : clients_) all += client->acknowledged();
    return all;
}

void Pairs::finish() {
    answering_ = false;
    bench_.loop().on_turn = nullptr;
    bench::finish(bench_);
}

void finish(Bench& bench) {
    bench.doing("waiting for the last ones");
    const auto& ledger = bench.ledger();
    bench.loop().run_until([&] { return ledger.copies() == ledger.copies_expected(); }, 5);
    bench.settle(0.2); // one that comes twice may come late
}

void measure(Bench& bench, const std::string& unit) {
    bench.doing("warming up");
    bench.loop().run_for(bench.settings().warm_up);
    bench.doing("measuring");
    const auto before = bench.ledger().copies();
    Meter meter(bench);
    bench.ledger().measuring = true;
    bench.loop().run_for(bench.settings().seconds);
    bench.ledger().measuring = false;
    meter.stop(unit, static_cast<double>(bench.ledger().copies() - before));
}

} // namespace bench
