// SPDX-License-Identifier: MIT
// Numbers, summed over shards: for `status` and for machines that watch.
#pragma once

#include "core/base/task.hpp"

#include <cstdint>
#include <string>

namespace epode {
class Server;
}

namespace epode::control {

struct Counts {
    std::uint64_t sessions = 0, connections = 0, accounts = 0;
};

/// On shard 0.
Task<Counts> count(Server* server);
/// All counters and gauges of modules (by host) and of the core, as OpenMetrics 1.0 text. On shard 0.
Task<std::string> open_metrics(Server* server);

} // namespace epode::control
