// SPDX-License-Identifier: MIT
// Growth: what a message costs when much else is there, in one run with what it costs alone.
#include "../scenario.hpp"
#include "crowd.hpp"
#include "pairs.hpp"

#include <fmt/format.h>

namespace bench {
namespace {

/// The pairs' part twice, with `grow` between; their accounts begin at `first`.
void twice(Bench& bench, int first, const std::function<void()>& grow) {
    const auto chat = [&](const char* when) {
        Pairs pairs(bench, bench.settings().pairs, first);
        pairs.answer(bench.settings().window);
        measure(bench, fmt::format("message_{}", when));
        pairs.finish();
    };
    chat("before");
    grow();
    chat("after");
    bench.report_ledger();
}

} // namespace

void growth_idle(Bench& bench) {
    const int count = bench.count(5000);
    const int crowd_accounts = (count + bench.settings().per_account - 1) / bench.settings().per_account;
    bench.accounts(crowd_accounts + 2 * bench.settings().pairs);
    Clients crowd;
    twice(bench, crowd_accounts, [&] { crowd = open_crowd(bench, count); });
}

void growth_roster(Bench& bench) {
    const int accounts = 2 * bench.settings().pairs;
    bench.accounts(accounts);
    const auto fill = [&](int items) {
        bench.doing("filling rosters");
        std::vector<Session> sessions;
        for (int i = 0; i < accounts; ++i) sessions.push_back({.user = bench.account(i), .resource = "filler"});
        const auto clients = bench.open(sessions);
        std::size_t open = 0;
        for (const auto& client : clients) {
            client->on_stanza = [&open](std::string_view stanza) {
                if (stanza.starts_with("<iq") && stanza.substr(0, stanza.find('>')).find("eb-item") != stanza.npos)
                    --open;
            };
            for (int item = 0; item < items; ++item, ++open)
                client->send(fmt::format("<iq type='set' id='eb-item'><query xmlns='jabber:iq:roster'><item jid='"
                                         "contact{}@{}' name='Contact {}'/></query></iq>",
                                         item, bench.target().domain, item));
        }
        bench.wait_for("filling rosters", 300, [&] { return open == 0; });
        for (const auto& client : clients) client->on_stanza = nullptr;
    };
    fill(10);
    twice(bench, 0, [&] { fill(bench.count(1000)); });
}

} // namespace bench
