// SPDX-License-Identifier: MIT
// Carbons: a message to one device of an account is copied to its others and to the sender's others (XEP-0280).
#include "../scenario.hpp"
#include "pairs.hpp"

#include <fmt/format.h>

namespace bench {

/// Devices of account a are the receivers a * devices and on; the first of them talks, the others only get copies.
void carbons(Bench& bench) {
    const int pairs = bench.settings().pairs, devices = bench.settings().devices;
    bench.accounts(2 * pairs);
    std::vector<Session> sessions;
    for (int account = 0; account < 2 * pairs; ++account)
        for (int device = 0; device < devices; ++device)
            sessions.push_back({.user = bench.account(account),
                                .resource = "device" + std::to_string(device),
                                .carbons = true,
                                .acks = bench.settings().acks});
    auto clients = bench.open(sessions);
    bench.settle(0.3);

    std::vector<std::uint32_t> flows;
    for (int account = 0; account < 2 * pairs; ++account) {
        std::vector<std::uint32_t> receivers;
        for (int device = 0; device < devices; ++device) {
            receivers.push_back(static_cast<std::uint32_t>((account ^ 1) * devices + device));
            if (device) receivers.push_back(static_cast<std::uint32_t>(account * devices + device));
        }
        flows.push_back(bench.ledger().add_flow(receivers));
    }
    bool answering = true;
    const auto send = [&](int account) {
        const auto mark = bench.ledger().next(flows[static_cast<std::size_t>(account)], now());
        clients[static_cast<std::size_t>(account * devices)]->send(
            fmt::format("<message type='chat' id='eb{}' to='{}'><body>{}</body></message>", mark.sequence,
                        bench.address(account ^ 1, "device0"), bench.body(mark)));
    };
    for (std::size_t i = 0; i < clients.size(); ++i) {
        const int account = static_cast<int>(i) / devices;
        const bool first = static_cast<int>(i) % devices == 0;
        clients[i]->on_stanza = [&, i, account, first](std::string_view stanza) {
            if (bench.ledger().arrived(static_cast<std::uint32_t>(i), stanza, now()) && first && answering)
                send(account);
        };
    }
    for (int account = 0; account < 2 * pairs; account += 2)
        for (int i = 0; i < bench.settings().window; ++i) send(account);
    measure(bench, "copy");
    answering = false;
    finish(bench);
    bench.report_ledger();
}

} // namespace bench
