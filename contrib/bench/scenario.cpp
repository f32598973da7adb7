// SPDX-License-Identifier: MIT
#include "scenario.hpp"

namespace bench {

std::span<const Scenario> all_scenarios() {
    static constexpr Scenario scenarios[] = {
        {"login", "logins one after the other (--count 500): TLS, SCRAM, bind, roster, presence, and the end", login},
        {"storm", "all logins at once (--count 2000)", login_storm},
        {"login-contacts", "logins (--count 200) of accounts all of whose --contacts are there", login_contacts},
        {"idle", "memory of sessions (--count 1000) that do nothing, after --wait seconds", idle},
        {"chat", "--pairs that answer each other at once, --window messages of each under way", chat},
        {"chat-open", "--pairs that send --rate messages a second together, whatever comes back", chat_open},
        {"carbons", "chat of --pairs of accounts with --devices each", carbons},
        {"presence", "accounts with --contacts each that change their presence, --window under way", presence},
        {"muc", "a room of --count (100) that join one after the other, then talk, --window messages under way", muc},
        {"muc-crowd", "--count 10000 who join one room, --at-once under way; only moderators' presence is told",
         muc_crowd},
        {"paging", "pages of 50 of an archive of --count (100000) messages from --contacts; it is filled before",
         paging},
        {"offline", "messages (--count 20000) stored, counted when acknowledged; then all given out", offline},
        {"growth-idle", "chat alone, then the same with idle sessions (--count 5000) beside it", growth_idle},
        {"growth-roster", "chat with 10 contacts in each roster, then with --count 1000", growth_roster},
        {"beside-slow", "latency of a few pairs in a second process, while readers stop reading", beside_slow_readers},
        {"beside-storm", "the same, during a storm of logins (--count 2000)", beside_storm},
        {"beside-presence", "the same, during bursts of presence", beside_presence},
        {"beside-muc", "the same, beside a room of --count (1000) at full speed", beside_muc},
        {"expat", "floor: expat on messages as chat sends them", expat_alone, false},
        {"commits", "floor: LMDB's synced commits of 256 records of 600 bytes in --folder", synced_commits, false},
    };
    return scenarios;
}

} // namespace bench
