// SPDX-License-Identifier: MIT
// Idle sessions: what a connected client costs that does nothing, its account and session included.
#include "../scenario.hpp"
#include "crowd.hpp"

namespace bench {

void idle(Bench& bench) {
    const int count = bench.count(1000);
    make_crowd_accounts(bench, count);
    { // what the first sessions load belongs to the server, not to them
        const auto first = open_crowd(bench, std::min(count, 20));
    }
    bench.settle(0.3);
    const double pss = bench.server().proportional(), rss = bench.server().resident();
    Meter meter(bench);
    const auto crowd = open_crowd(bench, count);
    meter.stop("login", count);
    bench.doing("sitting still");
    bench.loop().run_for(bench.settings().wait);
    bench.report().add("sessions", count);
    bench.report().add("rss_kib_per_session", (bench.server().resident() - rss) / count);
    bench.report().add("pss_kib_per_session", (bench.server().proportional() - pss) / count);
    bench.report().add("server_rss_mib_before", rss / 1024);
    std::size_t failed = 0;
    for (const auto& client : crowd) failed += client->state() == Client::State::failed;
    bench.report().add("sessions_that_ended", static_cast<double>(failed));
}

} // namespace bench
