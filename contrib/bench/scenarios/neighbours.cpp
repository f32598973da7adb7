// SPDX-License-Identifier: MIT
// What others do to a few people who chat: their latency is measured by a process of its own, once alone and once while
// this one makes trouble.
#include "../scenario.hpp"
#include "contacts.hpp"
#include "crowd.hpp"
#include "pairs.hpp"
#include "room.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace bench {
namespace {

struct Latencies {
    double p50 = 0, p99 = 0, highest = 0, lost = 0, failed = 1;
};

/// A second generator with ten pairs and two hundred messages a second, in accounts of their own.
class Probe {
public:
    explicit Probe(const Bench& bench) {
        if (pipe(pipe_)) throw std::runtime_error("no pipe");
        child_ = fork();
        if (child_ < 0) throw std::runtime_error("no process for the probe");
        if (child_ == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            const auto seen = run(bench);
            std::_Exit(write(pipe_[1], &seen, sizeof seen) == sizeof seen ? 0 : 1);
        }
        close(pipe_[1]);
    }
    ~Probe() {
        kill(child_, SIGKILL);
        waitpid(child_, nullptr, 0);
        close(pipe_[0]);
    }
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;

    bool running() const {
        siginfo_t state{};
        return !waitid(P_PID, static_cast<id_t>(child_), &state, WEXITED | WNOHANG | WNOWAIT) && state.si_pid == 0;
    }
    Latencies latencies() const {
        Latencies seen;
        if (read(pipe_[0], &seen, sizeof seen) != sizeof seen || seen.failed != 0)
            throw std::runtime_error("the probe failed");
        return seen;
    }

private:
    static Latencies run(const Bench& parent) {
        auto settings = parent.settings();
        settings.prefix += "probe";
        settings.pairs = 10;
        try {
            Bench bench(parent.target(), settings, false);
            bench.accounts(2 * settings.pairs);
            Pairs pairs(bench, settings.pairs);
            pairs.plan(200);
            measure(bench);
            pairs.finish();
            const auto& latency = bench.ledger().latency();
            return {latency.percentile(0.5), latency.percentile(0.99), latency.highest(),
                    static_cast<double>(bench.ledger().count().lost), 0};
        } catch (const std::exception& error) {
            std::fprintf(stderr, "\nprobe: %s\n", error.what());
            return {};
        }
    }

    int pipe_[2];
    int child_;
};

/// Runs the probe alone, then while `trouble` is called again and again.
void beside(Bench& bench, const std::function<void()>& trouble) {
    const auto probe = [&](const char* when, const std::function<void()>& meanwhile) {
        const Probe running(bench);
        bench.loop().run_for(bench.settings().warm_up / 2); // its sessions log in undisturbed
        while (running.running()) {
            meanwhile();
            bench.loop().run_for(0.01);
        }
        const auto seen = running.latencies();
        bench.report().add(fmt::format("p50_ms_{}", when), seen.p50);
        bench.report().add(fmt::format("p99_ms_{}", when), seen.p99);
        bench.report().add(fmt::format("highest_ms_{}", when), seen.highest);
        bench.report().add(fmt::format("lost_{}", when), seen.lost);
    };
    bench.doing("probe alone");
    probe("alone", [] {});
    bench.doing("probe beside trouble");
    probe("beside", trouble);
}

} // namespace

/// Four readers stop reading; what is sent to them (--rate a second) fills the server's buffers.
void beside_slow_readers(Bench& bench) {
    constexpr int readers = 4;
    bench.accounts(readers + 1);
    std::vector<Session> sessions;
    for (int i = 0; i < readers; ++i) sessions.push_back({.user = bench.account(i), .resource = "slow"});
    auto slow = bench.open(sessions);
    const auto sender = bench.open({{.user = bench.account(readers), .resource = "sender"}});
    for (auto& reader : slow) reader->read(false);
    const std::string text(1000, 'x');
    const auto start = now();
    std::uint64_t sent = 0;
    std::int64_t began = 0;
    beside(bench, [&] {
        if (!began) began = now();
        for (; static_cast<double>(sent) < bench.settings().rate * static_cast<double>(now() - began) / 1e6; ++sent)
            sender[0]->send(fmt::format("<message to='{}' type='chat'><body>{}</body><no-store xmlns='urn:xmpp:hints'/>"
                                        "</message>",
                                        bench.address(static_cast<int>(sent % readers), "slow"), text));
    });
    bench.report().add("sent_to_slow_readers", static_cast<double>(sent));
    bench.report().add("seconds", static_cast<double>(now() - start) / 1e6);
    bench.report().add("server_rss_mib", bench.server().resident() / 1024);
}

void beside_storm(Bench& bench) {
    const int count = bench.count(2000);
    const int accounts = (count + 9) / 10;
    bench.accounts(accounts);
    std::vector<Session> each;
    for (int i = 0; i < accounts; ++i) each.push_back({.user = bench.account(i), .resource = "warm"});
    bench.open(each).clear(); // so that passwords are salted on both sides
    Clients storm;
    int settled = 0, failed = 0;
    const auto log_in = [&](int number) {
        storm.push_back(
            bench.start({.user = bench.account(number % accounts), .resource = "storm" + std::to_string(number)}));
        storm.back()->on_settled = [&, client = storm.back().get()] {
            ++settled;
            if (client->state() == Client::State::failed) ++failed;
        };
    };
    beside(bench, [&] {
        if (storm.empty())
            for (int i = 0; i < count; ++i) log_in(i);
    });
    bench.wait_for("the storm", 120, [&] { return settled == count; });
    bench.report().add("logged_in", settled - failed);
    bench.report().add("failed", failed);
}

/// Each second all of a circle of contacts change their presence ten times.
void beside_presence(Bench& bench) {
    Contacts contacts(bench);
    std::int64_t next = 0;
    int changes = 0;
    beside(bench, [&] {
        if (now() < next) return;
        next = now() + 1'000'000;
        for (int i = 0; i < 10; ++i, ++changes)
            for (auto& client : contacts.clients)
                client->send(fmt::format("<presence><status>changed {} times</status></presence>", changes));
    });
    bench.report().add("deliveries", static_cast<double>(contacts.came));
}

/// A room in which so many are that --window messages under way (four at least) keep it busy all the time.
void beside_muc(Bench& bench) {
    const int occupants = bench.count(1000);
    make_crowd_accounts(bench, occupants);
    Room room(bench, occupants);
    bench.doing("joining");
    room.join_together(bench.settings().at_once, false);
    bench.settle(0.3);
    bool talking = false;
    std::uint64_t before = 0;
    std::int64_t began = 0;
    beside(bench, [&] {
        if (std::exchange(talking, true)) return;
        room.talk(std::max(bench.settings().window, 4));
        before = bench.ledger().copies();
        began = now();
    });
    const auto copies = static_cast<double>(bench.ledger().copies() - before);
    bench.report().add("copies_per_second", copies * 1e6 / static_cast<double>(now() - began));
    room.fall_silent();
    const auto count = bench.ledger().count();
    bench.report().add("lost", static_cast<double>(count.lost));
    bench.report().add("doubled", static_cast<double>(count.doubled));
    bench.report().add("reordered", static_cast<double>(count.reordered));
}

} // namespace bench
