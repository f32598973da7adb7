// SPDX-License-Identifier: MIT
// epode-bench: loads any XMPP server from one thread and reports what that cost the server.
#include "relay.hpp"
#include "scenario.hpp"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace bench;

struct Arguments {
    std::string scenario;
    std::vector<std::string> servers;
    Target target;
    Settings settings;
    int rounds = 1;
    bool as_json = false;
    bool quiet = false;
};

/// What a start script has written: lines of `name=value`.
Target read_target(const std::string& folder) {
    std::ifstream file(folder + "/target");
    if (!file) throw std::runtime_error(folder + "/target is not there: a start script in servers/ writes it");
    Target target;
    for (std::string line; std::getline(file, line);) {
        const auto equals = line.find('=');
        const auto name = line.substr(0, equals), value = line.substr(std::min(equals, line.size() - 1) + 1);
        if (name == "name")
            target.name = value;
        else if (name == "host")
            target.host = value;
        else if (name == "domain")
            target.domain = value;
        else if (name == "port")
            target.port = std::stoi(value);
        else if (name == "pid")
            target.pid = std::stoi(value);
        else if (name == "starttls")
            target.starttls = value == "true";
        else if (name == "mechanism")
            target.mechanism = value;
        else
            throw std::runtime_error(folder + "/target: unknown name '" + name + "'");
    }
    return target;
}

const Scenario& scenario(const std::string& name) {
    for (const auto& each : all_scenarios())
        if (each.name == name) return each;
    throw std::runtime_error("no scenario is called '" + name + "'; --help lists them");
}

/// Server after server, and again: A B A B.
std::vector<Column> measure(const Arguments& arguments) {
    const auto& what = scenario(arguments.scenario);
    std::vector<std::unique_ptr<RelayProcess>> relays;
    std::vector<Target> targets;
    for (const auto& server : arguments.servers) {
        if (server == "relay") relays.push_back(std::make_unique<RelayProcess>());
        targets.push_back(server == "relay" ? relays.back()->target() : read_target(server));
    }
    if (targets.empty()) targets.push_back(arguments.target);
    std::vector<Column> columns;
    for (const auto& target : targets) columns.push_back({what.server ? target.name : "machine", {}});
    for (int round = 0; round < arguments.rounds; ++round)
        for (std::size_t i = 0; i < targets.size(); ++i) {
            Bench bench(targets[i], arguments.settings, !arguments.quiet && isatty(2));
            try {
                what.run(bench);
            } catch (const std::exception& error) {
                throw std::runtime_error(fmt::format("{} on {}: {}", what.name, targets[i].name, error.what()));
            }
            columns[i].runs.push_back(bench.report());
            if (isatty(2) && !arguments.quiet) std::fprintf(stderr, "\r%*s\r", 100, "");
        }
    return columns;
}

/// Whether every message came once and in order.
bool exact(const std::vector<Column>& columns) {
    for (const auto& column : columns)
        for (const auto& run : column.runs)
            for (const auto& [name, value] : run.figures())
                if (value != 0 && (name == "lost" || name == "doubled" || name == "reordered" || name == "stray"))
                    return false;
    return true;
}

std::string scenario_help() {
    std::string text = "Scenarios:\n";
    for (const auto& each : all_scenarios()) text += fmt::format("  {:17}{}\n", each.name, each.summary);
    return text + "\nSeveral --server are measured in turn, and again with --rounds; ratios are to the first one.\n"
                  "Exit status: 0, 1 when it could not be measured, 3 when messages were lost, doubled or reordered.\n";
}

void describe(CLI::App& app, Arguments& arguments) {
    auto& settings = arguments.settings;
    auto& target = arguments.target;
    app.footer(scenario_help());
    app.add_option("scenario", arguments.scenario)->required();
    app.add_option("--server", arguments.servers,
                   "the folder of a server that was started by servers/NAME, or `relay`: the floor");
    app.add_option("--rounds", arguments.rounds, "how often each server is measured")->check(CLI::PositiveNumber);
    app.add_flag("--json", arguments.as_json, "all runs and their medians as JSON");
    app.add_flag("--quiet", arguments.quiet, "no progress line");

    app.add_option("--host", target.host, "IPv4 address")->group("A server without a folder")->capture_default_str();
    app.add_option("--port", target.port)->group("A server without a folder")->capture_default_str();
    app.add_option("--domain", target.domain)->group("A server without a folder")->capture_default_str();
    app.add_flag("--starttls", target.starttls)->group("A server without a folder");
    app.add_option("--pid", target.pid, "its process, for CPU and memory")->group("A server without a folder");
    app.add_option("--mechanism", target.mechanism)
        ->check(CLI::IsMember({"SCRAM-SHA-1", "SCRAM-SHA-256", "PLAIN"}))
        ->group("A server without a folder")
        ->capture_default_str();

    const auto number = [&](const char* name, int& value, const char* text) {
        app.add_option(name, value, text)->check(CLI::PositiveNumber)->group("Load")->capture_default_str();
    };
    const auto time = [&](const char* name, double& value, const char* text) {
        app.add_option(name, value, text)->check(CLI::NonNegativeNumber)->group("Load")->capture_default_str();
    };
    number("--pairs", settings.pairs, "pairs of accounts that talk, or accounts to store for");
    number("--window", settings.window, "messages of a pair under way");
    time("--rate", settings.rate, "messages a second of an open loop");
    app.add_option("--count", settings.count, "logins, sessions or messages; each scenario has its own")
        ->check(CLI::PositiveNumber)
        ->group("Load");
    number("--at-once", settings.at_once, "logins under way at once");
    number("--devices", settings.devices, "sessions of an account");
    number("--contacts", settings.contacts, "contacts of an account");
    number("--per-account", settings.per_account, "idle sessions of one account");
    number("--size", settings.size, "bytes of text in a message");
    app.add_flag("--acks", settings.acks, "stream management (XEP-0198), an acknowledgement for each message")
        ->group("Load");
    time("--seconds", settings.seconds, "how long is measured");
    time("--warm-up", settings.warm_up, "seconds before");
    time("--wait", settings.wait, "seconds before idle memory is read");
    app.add_option("--prefix", settings.prefix, "of the accounts' names")->group("Load")->capture_default_str();
    app.add_option("--folder", settings.folder, "whose disk `commits` measures")->group("Load")->capture_default_str();
}

void allow_many_files() {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

} // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app("Loads an XMPP server and reports what it cost.");
    describe(app, arguments);
    CLI11_PARSE(app, argc, argv);
    std::signal(SIGPIPE, SIG_IGN);
    allow_many_files();
    try {
        const auto columns = measure(arguments);
        std::fputs((arguments.as_json ? json(arguments.scenario, columns) : table(columns)).c_str(), stdout);
        return exact(columns) ? 0 : 3;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "epode-bench: %s\n", error.what());
        return 1;
    }
}
