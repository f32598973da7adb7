// SPDX-License-Identifier: MIT
// A room: what it costs that so many join, each seeing all others, and then what a copy of what is said costs; and one
// so large that only a few are shown.
#include "../scenario.hpp"
#include "crowd.hpp"
#include "pairs.hpp"
#include "room.hpp"

namespace bench {

void muc(Bench& bench) {
    const int occupants = bench.count(100);
    make_crowd_accounts(bench, occupants);
    Room room(bench, occupants);
    bench.settle(0.3);
    bench.doing("joining");
    Meter meter(bench);
    room.join();
    meter.stop("presence", static_cast<double>(room.presences()));
    bench.report().add("presences_expected", static_cast<double>(occupants) * occupants);
    bench.settle(0.3);
    room.talk(bench.settings().window);
    measure(bench, "copy");
    room.fall_silent();
    bench.report_ledger();
}

void muc_crowd(Bench& bench) {
    const int occupants = bench.count(10'000);
    make_crowd_accounts(bench, occupants);
    Room room(bench, occupants);
    bench.doing("sitting still");
    bench.loop().run_for(bench.settings().wait);
    const double rss = bench.server().resident();
    bench.doing("joining");
    Meter meter(bench);
    room.join_together(bench.settings().at_once, true);
    const double seconds = meter.seconds();
    meter.stop("join", occupants);
    bench.report().add("seconds_until_all_are_in", seconds);
    bench.report().add("presences", static_cast<double>(room.presences()));
    bench.doing("sitting still");
    bench.loop().run_for(bench.settings().wait);
    bench.report().add("rss_kib_per_occupant", (bench.server().resident() - rss) / occupants);
}

} // namespace bench
