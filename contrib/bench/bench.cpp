// SPDX-License-Identifier: MIT
#include "bench.hpp"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace bench {

Bench::Bench(Target target, const Settings& settings, bool progress)
    : settings_(settings), site_{loop_, std::move(target)}, server_(site_.target.pid),
      ledger_(static_cast<std::uint32_t>(now()) & 0x7fffffff) {
    if (progress) loop_.on_second = [this] { show(); };
}

std::string Bench::account(int number) const { return fmt::format("{}{}", settings_.prefix, number); }

std::string Bench::address(int number, const std::string& resource) const {
    return fmt::format("{}@{}{}{}", account(number), target().domain, resource.empty() ? "" : "/", resource);
}

void Bench::accounts(int count) {
    if (target().relay) return;
    doing("making accounts");
    constexpr int share = 50; // of one connection, as some servers end one that makes many
    Clients registering;
    for (int first = 0; first < count; first += share) {
        std::vector<std::string> names;
        for (int i = first; i < std::min(count, first + share); ++i) names.push_back(account(i));
        registering.push_back(std::make_unique<Client>(site_, std::move(names)));
        auto& client = *registering.back();
        wait_for("the registration of accounts", 120, [&] { return client.state() != Client::State::negotiating; });
        if (client.state() == Client::State::failed) throw std::runtime_error("registration: " + client.failure());
        registering.clear();
    }
}

std::unique_ptr<Client> Bench::start(Session session) { return std::make_unique<Client>(site_, std::move(session)); }

Clients Bench::open(const std::vector<Session>& sessions) {
    doing("logging in");
    Clients clients;
    int under_way = 0;
    std::size_t settled = 0;
    const Client* failed = nullptr;
    wait_for("logins", 30 + 0.05 * static_cast<double>(sessions.size()), [&] {
        while (clients.size() < sessions.size() && under_way < settings_.at_once) {
            clients.push_back(start(sessions[clients.size()]));
            ++under_way;
            clients.back()->on_settled = [&, client = clients.back().get()] {
                --under_way;
                ++settled;
                if (client->state() == Client::State::failed) failed = client;
            };
        }
        return failed || settled == sessions.size();
    });
    if (failed) throw std::runtime_error("login: " + failed->failure());
    return clients;
}

void Bench::wait_for(const char* what, double seconds, const std::function<bool()>& done) {
    if (loop_.run_until(done, seconds)) return;
    throw std::runtime_error(fmt::format("{} took more than {:.0f} seconds{}", what, seconds,
                                         server_.alive() ? "" : ", and the server is gone"));
}

void Bench::settle(double quiet) {
    auto seen = Link::total_received;
    const auto limit = now() + 30'000'000;
    do {
        seen = Link::total_received;
        loop_.run_for(quiet);
    } while (seen != Link::total_received && now() < limit);
}

std::string Bench::body(const Mark& mark) const {
    auto text = mark.text();
    constexpr std::string_view filling = "and the rest is what people say to each other on a usual day, ";
    while (text.size() < static_cast<std::size_t>(settings_.size))
        text += filling.substr(0, static_cast<std::size_t>(settings_.size) - text.size());
    return text;
}

void Bench::report_ledger() {
    const auto count = ledger_.count();
    report_.add("sent", static_cast<double>(count.sent));
    report_.add("lost", static_cast<double>(count.lost));
    report_.add("doubled", static_cast<double>(count.doubled));
    report_.add("reordered", static_cast<double>(count.reordered));
    report_.add("stray", static_cast<double>(count.stray));
    const auto& latency = ledger_.latency();
    if (!latency.total()) return;
    report_.add("p50_ms", latency.percentile(0.5));
    report_.add("p95_ms", latency.percentile(0.95));
    report_.add("p99_ms", latency.percentile(0.99));
    report_.add("p99.9_ms", latency.percentile(0.999));
    report_.add("highest_ms", latency.highest());
}

void Bench::show() {
    const auto copies = ledger_.copies();
    const auto cpu = server_.cpu();
    std::fprintf(stderr, "\r%-10s %6.1f s  %-28s %8llu delivered/s  server CPU %5.2f s   ", target().name.c_str(),
                 static_cast<double>(now() - began_) / 1e6, doing_.c_str(),
                 static_cast<unsigned long long>(copies - shown_copies_), cpu - shown_cpu_);
    shown_copies_ = copies;
    shown_cpu_ = cpu;
}

Meter::Meter(Bench& bench) : bench_(bench), server_(bench.server().cpu()), own_(own_cpu()), began_(now()) {}

double Meter::seconds() const { return static_cast<double>(now() - began_) / 1e6; }

void Meter::stop(const std::string& unit, double units) {
    const double time = seconds(), server = bench_.server().cpu() - server_, own = own_cpu() - own_;
    auto& report = bench_.report();
    report.add(unit + "_per_second", units / time);
    if (bench_.target().pid) {
        report.add("server_cpu_us_per_" + unit, 1e6 * server / units);
        report.add(unit + "_server_cores", server / time);
    }
    report.add("own_cpu_us_per_" + unit, 1e6 * own / units);
}

} // namespace bench
