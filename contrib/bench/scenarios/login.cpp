// SPDX-License-Identifier: MIT
// Logins: one by one for what one costs, all at once for what a restart of a big server brings.
#include "../scenario.hpp"
#include "contacts.hpp"

#include <algorithm>
#include <stdexcept>

namespace bench {
namespace {

constexpr int number_of_accounts = 100;

Session session(const Bench& bench, int number, std::string resource) {
    return {.user = bench.account(number), .resource = std::move(resource), .roster = true};
}

/// Each account once, so that passwords are salted on both sides.
void warm_up(Bench& bench, int accounts) {
    std::vector<Session> sessions;
    for (int i = 0; i < accounts; ++i) sessions.push_back(session(bench, i, "warm"));
    bench.open(sessions).clear();
    bench.settle(0.2);
}

} // namespace

void login(Bench& bench) {
    const int count = bench.count(500);
    bench.accounts(std::min(count, number_of_accounts));
    std::vector<Session> sessions;
    for (int i = 0; i < count; ++i) sessions.push_back(session(bench, i % number_of_accounts, "login"));
    warm_up(bench, std::min(count, number_of_accounts));
    bench.doing("measuring");
    Histogram times;
    Meter meter(bench);
    for (const auto& each : sessions) {
        const auto start = now();
        (void)bench.open({each});
        times.add(now() - start);
    }
    bench.settle(0.05);
    meter.stop("login", count);
    bench.report().add("p50_ms", times.percentile(0.5));
    bench.report().add("p99_ms", times.percentile(0.99));
}

void login_storm(Bench& bench) {
    const int count = bench.count(2000);
    const int accounts = (count + 9) / 10;
    bench.accounts(accounts);
    warm_up(bench, accounts);
    bench.doing("storm");
    Histogram times;
    int settled = 0, failed = 0;
    Clients clients;
    Meter meter(bench);
    for (int i = 0; i < count; ++i) {
        clients.push_back(bench.start(session(bench, i % accounts, "storm" + std::to_string(i))));
        clients.back()->on_settled = [&, start = now(), client = clients.back().get()] {
            ++settled;
            if (client->state() == Client::State::failed) ++failed;
            times.add(now() - start);
        };
    }
    bench.wait_for("the storm", 120, [&] { return settled == count; });
    const double seconds = meter.seconds();
    meter.stop("login", count);
    bench.report().add("seconds_until_all_are_in", seconds);
    bench.report().add("p50_ms", times.percentile(0.5));
    bench.report().add("p99_ms", times.percentile(0.99));
    bench.report().add("failed", failed);
}

void login_contacts(Bench& bench) {
    const int count = bench.count(200);
    Contacts contacts(bench);
    const auto others = contacts.clients.size() - 1;
    double cpu = 0;
    bench.doing("measuring");
    for (int i = 0; i < count; ++i) {
        const auto number = static_cast<std::size_t>(i) % contacts.clients.size();
        contacts.clients[number].reset();
        bench.wait_for("a contact's leaving", 10, [&] { return contacts.gone == others; });
        contacts.gone = contacts.came = 0;
        const auto before = bench.server().cpu();
        contacts.log_in(number);
        // Each of the others sees it, and it sees each of them.
        bench.wait_for("presence after a login", 10, [&] { return contacts.came == 2 * others; });
        cpu += bench.server().cpu() - before;
    }
    bench.report().add("contacts", static_cast<double>(others));
    bench.report().add("server_cpu_us_per_login", 1e6 * cpu / count);
}

} // namespace bench
