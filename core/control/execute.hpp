// SPDX-License-Identifier: MIT
// From a request to its answer.
#pragma once

#include "core/base/task.hpp"
#include "core/control/wire.hpp"

namespace epode {
class Server;
}

namespace epode::control {

/// Finds the command, checks its arguments and runs it. Never throws; what went wrong is said in the answer. On shard
/// 0.
Task<Answer> execute(Server& server, Request request);

} // namespace epode::control
