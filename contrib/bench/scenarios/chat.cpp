// SPDX-License-Identifier: MIT
// Chat: in a closed loop for what a message costs, in an open one for how long it takes.
#include "../scenario.hpp"
#include "pairs.hpp"

namespace bench {

void chat(Bench& bench) {
    bench.accounts(2 * bench.settings().pairs);
    Pairs pairs(bench, bench.settings().pairs);
    const auto start = now();
    pairs.answer(bench.settings().window);
    measure(bench);
    if (bench.settings().acks)
        bench.report().add("acknowledged_per_second",
                           1e6 * static_cast<double>(pairs.acknowledged()) / static_cast<double>(now() - start));
    pairs.finish();
    bench.report_ledger();
}

void chat_open(Bench& bench) {
    bench.accounts(2 * bench.settings().pairs);
    Pairs pairs(bench, bench.settings().pairs);
    pairs.plan(bench.settings().rate);
    measure(bench);
    pairs.finish();
    bench.report_ledger();
}

} // namespace bench
