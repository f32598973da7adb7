// SPDX-License-Identifier: MIT
// What a scenario works with: one run against one server, its sessions, its book of messages, its figures.
#pragma once

#include "client.hpp"
#include "ledger.hpp"
#include "process.hpp"
#include "report.hpp"

#include <memory>
#include <string>
#include <vector>

namespace bench {

/// What the command line says; what a scenario makes of `count` and the like stands in its summary.
struct Settings {
    std::string prefix = "eb"; ///< of the accounts' names
    int pairs = 50;
    int window = 1; ///< messages of a pair under way at once
    double rate = 1000;
    int count = 0;   ///< 0: the scenario's own
    int at_once = 4; ///< logins under way at once
    int devices = 3;
    int contacts = 50;
    int per_account = 1; ///< idle sessions of one account
    int size = 100;      ///< bytes of text in a message, its mark included
    bool acks = false;   ///< stream management; an acknowledgement is asked for after each message
    double seconds = 10;
    double warm_up = 1;
    double wait = 30;         ///< before idle memory is read
    std::string folder = "."; ///< whose disk is measured
};

using Clients = std::vector<std::unique_ptr<Client>>;

class Bench {
public:
    /// `progress`: whether to tell on standard error what goes on.
    Bench(Target target, const Settings& settings, bool progress);

    const Settings& settings() const { return settings_; }
    const Target& target() const { return site_.target; }
    int count(int otherwise) const { return settings_.count ? settings_.count : otherwise; }
    Loop& loop() { return loop_; }
    Ledger& ledger() { return ledger_; }
    Report& report() { return report_; }
    const ProcessTree& server() const { return server_; }

    std::string account(int number) const;
    /// The bare JID, or with a resource the full one.
    std::string address(int number, const std::string& resource = "") const;
    /// Makes sure that accounts 0 to count - 1 exist.
    void accounts(int count);

    std::unique_ptr<Client> start(Session session);
    /// Logs them in, `at_once` at a time, and gives each to `seated` once it is in. Throws with the first one's
    /// failure.
    Clients open(const std::vector<Session>& sessions);
    /// Turns the loop until `done`; throws std::runtime_error naming `what` after that many seconds, or when the server
    /// ends.
    void wait_for(const char* what, double seconds, const std::function<bool()>& done);
    /// Turns until nothing has come for this long.
    void settle(double quiet);

    /// The text for a message: a mark, filled up to the size that is set.
    std::string body(const Mark& mark) const;
    /// Adds lost, doubled, reordered and the latencies.
    void report_ledger();

    void doing(std::string what) { doing_ = std::move(what); } ///< for the progress line

private:
    void show();

    Settings settings_;
    Loop loop_;
    Site site_;
    ProcessTree server_;
    Ledger ledger_;
    Report report_;
    std::string doing_ = "starting";
    std::int64_t began_ = now();
    std::uint64_t shown_copies_ = 0;
    double shown_cpu_ = 0;
};

/// Measures from its construction to stop().
class Meter {
public:
    explicit Meter(Bench& bench);
    /// Adds time, rate, and the CPU that server and generator used for one of `units`, called `unit`.
    void stop(const std::string& unit, double units);
    double seconds() const;

private:
    Bench& bench_;
    double server_, own_;
    std::int64_t began_;
};

} // namespace bench
