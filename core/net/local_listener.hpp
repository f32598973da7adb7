// SPDX-License-Identifier: MIT
// A listening socket in the file system, for the administrator's tool: who may connect is decided by the kernel.
#pragma once

#include "core/base/result.hpp"
#include "core/net/listener.hpp"

#include <memory>
#include <string>

namespace epode::net {

/// Listens at `path` (mode 0600) and takes connections of root and of this process's own user only; others are closed.
/// A socket that a dead server left there is replaced, one that answers is an error, as is anything else in its place.
/// The file goes with the listener. `port()` is 0; otherwise it is a Listener like others.
Result<std::unique_ptr<Listener>> listen_locally(Loop& loop, const std::string& path, Listener::Accept accept);

} // namespace epode::net
