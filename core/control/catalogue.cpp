// SPDX-License-Identifier: MIT
#include "core/control/catalogue.hpp"

#include <algorithm>
#include <limits>

namespace epode::control {

namespace {

constexpr auto path = Parameter::Kind::path;
constexpr auto assignment = Parameter::Kind::assignment;
constexpr Parameter account{"JID", "the account's address"};

constexpr Entry entries[] = {
    {"status", "how the server is"},
    {"stop", "end the server, streams politely first"},
    {"metrics", "all counters, as OpenMetrics text"},
    {"hosts", "the domains this server serves"},

    {"sessions list", "who is connected", {{{"WHOSE", "a host, an account or a session's address", false}}}},
    {"sessions kick",
     "end the sessions of an account, or one",
     {{{"JID", "an account's or a session's address"}, {"REASON", "what the client is told", false}}}},

    {"accounts list",
     "the accounts of a host",
     {{{"HOST", "the domain"}, {"AFTER", "go on behind this account", false}}}},
    {"accounts add",
     "make an account",
     {{account, {"ROLE", "user (if it is left out), operator or admin", false}}},
     true},
    {"accounts passwd", "set another password", {{account}}, true},
    {"accounts delete", "remove an account with everything that is kept for it", {{account}}},
    {"accounts role", "what an account may administer", {{account, {"ROLE", "user, operator or admin"}}}},

    {"devices list", "the devices of an account that log in by a token, the last one first", {{account}}},
    {"devices revoke",
     "end a device's tokens and sessions; it may come back with the password",
     {{account, {"DEVICE", "as the list names it; all for every one"}}}},

    {"modules list", "the modules there are"},
    {"modules describe",
     "what a module is, its options, and what it has registered",
     {{{"NAME", "the module"}}},
     false,
     true},
    {"modules load", "load a module on all hosts", {{{"NAME", "the module"}}}},
    {"modules unload", "unload a module from all hosts", {{{"NAME", "the module"}}}},
    {"modules reload", "load a module's file again, in place of the old one", {{{"NAME", "the module"}}}},
    {"hooks",
     "which modules a phase or an event calls, in their order",
     {{{"NAME", "a phase or an event; all of them if there is none", false}}},
     false,
     true},
    {"run",
     "run a command of a module; without a name, list them",
     {{{"NODE", "the command", false},
       {"KEY=VALUE", "its arguments; KEY=- asks for a value unseen", false, true, assignment}}},
     false,
     true},

    {"config check",
     "check the server's configuration, or another file",
     {{{"FILE", "a configuration for this server", false, false, path}}}},
    {"config reload", "load the configuration again and let it count"},

    {"log show", "the level of each area"},
    {"log set",
     "set levels until the next start; areas that are not named stay as they are",
     {{{"LEVELS", "a level for everything, levels of areas: info tls=debug", true, true}}}},

    {"backup", "write a consistent copy of the data", {{{"FOLDER", "a new or empty one", true, false, path}}}},
};

constexpr Noun all_nouns[] = {
    {"sessions", "who is connected"},
    {"accounts", "who may log in"},
    {"devices", "who does so without a password"},
    {"modules", "what the server can do"},
    {"config", "what the file says"},
    {"log", "what is written to the log"},
};

} // namespace

std::size_t Entry::least() const noexcept {
    const auto needed = [](const Parameter& parameter) { return !parameter.name.empty() && parameter.required; };
    return static_cast<std::size_t>(std::ranges::count_if(parameters, needed));
}

std::size_t Entry::most() const noexcept {
    if (std::ranges::any_of(parameters, &Parameter::many)) return std::numeric_limits<std::size_t>::max();
    return static_cast<std::size_t>(
        std::ranges::count_if(parameters, [](const Parameter& p) { return !p.name.empty(); }));
}

std::span<const Entry> catalogue() noexcept { return entries; }
std::span<const Noun> nouns() noexcept { return all_nouns; }

} // namespace epode::control
