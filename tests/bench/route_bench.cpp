// SPDX-License-Identifier: MIT
// The numbers between the streams: a letter to another shard, a timer, and a message on its way through a whole server
// without sockets, with no modules and with all of them (the difference is what their hooks cost). The best of several
// rounds; run it alone on a quiet machine. `route_bench [messages in each round, 2000]`.
#include "core/base/ring.hpp"
#include "core/shard/mailbox.hpp"
#include "tests/harness/test_server.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace epode;

namespace {

/// `work` does so many operations at once and says how many.
template <typename Work> void measure(const char* name, Work work) {
    using Clock = std::chrono::steady_clock;
    double best = 1e18;
    for (int round = 0; round < 7; ++round) {
        const auto begin = Clock::now();
        const std::size_t count = work();
        const std::chrono::duration<double, std::nano> spent = Clock::now() - begin;
        best = std::min(best, spent.count() / static_cast<double>(count));
    }
    std::printf("%-52s %9.1f ns\n", name, best);
}

/// Bursts of this size.
std::size_t letters(std::size_t count, std::size_t burst) {
    static Mailbox mailbox;
    std::vector<Letter> taken;
    for (std::size_t sent = 0; sent < count; sent += burst) {
        for (std::size_t i = 0; i < burst; ++i)
            if (mailbox.put(Parcel())) mailbox.woken();
        mailbox.take(taken);
        taken.clear();
    }
    return count;
}

std::size_t queue(std::size_t count) {
    Ring<Parcel> ring;
    for (std::size_t i = 0; i < count; ++i) {
        ring.push_back(Parcel());
        ring.drop_front();
    }
    return count;
}

void messages(const char* name, bool all_modules, std::size_t count) {
    test::TestOptions options;
    options.all_modules = all_modules;
    test::TestServer server(options);
    auto& romeo = server.login("romeo@example.org/orchard");
    auto& juliet = server.login("juliet@example.org/balcony");
    romeo.available();
    juliet.available();
    std::string sent;
    for (std::size_t i = 0; i < 20; ++i) // all in one read and one write
        sent += "<message to='juliet@example.org/balcony' type='chat' id='" + std::to_string(i) +
                "'><body>Art thou not Romeo, and a Montague?</body></message>";
    measure(name, [&] {
        std::size_t done = 0;
        for (; done < count; done += 20) {
            romeo.send(sent);
            juliet.drain();
        }
        return done;
    });
}

} // namespace

int main(int argc, char** argv) {
    ::setenv("EPODE_TEST_MODULES", EPODE_TEST_MODULES, 0);
    const std::size_t count = argc > 1 ? static_cast<std::size_t>(std::atoi(argv[1])) : 2000;
    measure("an element through a ring", [&] { return queue(50 * count); });
    measure("a letter to another shard, one at a time", [&] { return letters(50 * count, 1); });
    measure("the same, in bursts of 64", [&] { return letters(64 * count, 64); });
    messages("a message through a server without modules", false, count);
    messages("the same with all modules", true, count);
}
