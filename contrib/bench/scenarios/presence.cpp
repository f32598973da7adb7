// SPDX-License-Identifier: MIT
// Presence: accounts that all have each other as contacts change their status in turn; each change goes to every
// contact.
#include "../scenario.hpp"
#include "contacts.hpp"
#include "pairs.hpp"

#include <fmt/format.h>

namespace bench {

void presence(Bench& bench) {
    Contacts contacts(bench);
    const auto number = static_cast<std::uint32_t>(contacts.clients.size());
    std::vector<std::uint32_t> flows;
    for (std::uint32_t from = 0; from < number; ++from) {
        std::vector<std::uint32_t> receivers;
        for (std::uint32_t to = 0; to < number; ++to)
            if (to != from) receivers.push_back(to);
        flows.push_back(bench.ledger().add_flow(receivers));
    }
    bool changing = true;
    std::uint32_t turn = 0;
    std::vector<std::uint32_t> outstanding(number); // copies of a sender's change that are under way
    const auto change = [&](std::uint32_t from) {
        outstanding[from] += number - 1;
        const auto mark = bench.ledger().next(flows[from], now());
        contacts.clients[from]->send(
            fmt::format("<presence><show>away</show><status>{}</status></presence>", bench.body(mark)));
    };
    contacts.on_presence = [&](std::size_t receiver, std::string_view stanza) {
        const auto mark = bench.ledger().arrived(static_cast<std::uint32_t>(receiver), stanza, now());
        if (mark && --outstanding[mark->flow] == 0 && changing) change(turn++ % number);
    };
    for (int i = 0; i < bench.settings().window; ++i) change(turn++ % number);
    measure(bench, "delivery");
    changing = false;
    finish(bench);
    bench.report_ledger();
}

} // namespace bench
