// SPDX-License-Identifier: MIT
// Control: the administrator's socket, served on shard 0: a line with a request, a line with its answer.
#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace epode {
class Server;
}

namespace epode::control {

/// Belongs to shard 0's thread, but for `open` (before it runs) and the end (after it has).
class Control {
public:
    /// The error is a sentence on why nobody can listen at `path`.
    static Result<std::unique_ptr<Control>> open(Server& server, const std::string& path);
    ~Control();
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;

    /// Takes no further connections and begins no further command.
    void pause();
    /// Commands that are being carried out.
    std::size_t running() const noexcept;

private:
    class Connection;
    struct State;
    explicit Control(std::shared_ptr<State> state);
    std::shared_ptr<State> state_; ///< shared with callbacks that are on their way
};

} // namespace epode::control
