// SPDX-License-Identifier: MIT
// Many sessions that log in and then do nothing; `per_account` of them share an account.
#pragma once

#include "../bench.hpp"

namespace bench {

inline void make_crowd_accounts(Bench& bench, int sessions) {
    bench.accounts((sessions + bench.settings().per_account - 1) / bench.settings().per_account);
}

inline Clients open_crowd(Bench& bench, int sessions) {
    std::vector<Session> wanted;
    for (int i = 0; i < sessions; ++i)
        wanted.push_back(
            {.user = bench.account(i / bench.settings().per_account), .resource = "idle" + std::to_string(i)});
    return bench.open(wanted);
}

} // namespace bench
