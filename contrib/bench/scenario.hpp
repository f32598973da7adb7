// SPDX-License-Identifier: MIT
// The table of scenarios. A new one is a function in scenarios/ that is declared here and gets a line in scenario.cpp.
#pragma once

#include "bench.hpp"

#include <span>

namespace bench {

struct Scenario {
    std::string_view name;
    std::string_view summary;
    void (*run)(Bench& bench);
    bool server = true; ///< false: a floor, which needs none
};

std::span<const Scenario> all_scenarios();

// scenarios/login.cpp
void login(Bench& bench);
void login_storm(Bench& bench);
void login_contacts(Bench& bench);
// scenarios/idle.cpp
void idle(Bench& bench);
// scenarios/chat.cpp
void chat(Bench& bench);
void chat_open(Bench& bench);
// scenarios/carbons.cpp
void carbons(Bench& bench);
// scenarios/presence.cpp
void presence(Bench& bench);
// scenarios/muc.cpp
void muc(Bench& bench);
void muc_crowd(Bench& bench);
// scenarios/offline.cpp
void offline(Bench& bench);
// scenarios/paging.cpp
void paging(Bench& bench);
// scenarios/growth.cpp
void growth_idle(Bench& bench);
void growth_roster(Bench& bench);
// scenarios/neighbours.cpp
void beside_slow_readers(Bench& bench);
void beside_storm(Bench& bench);
void beside_presence(Bench& bench);
void beside_muc(Bench& bench);
// scenarios/floors.cpp
void expat_alone(Bench& bench);
void synced_commits(Bench& bench);

} // namespace bench
