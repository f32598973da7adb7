// SPDX-License-Identifier: MIT
// Command: what a word of the administrator does. Each noun has a file and a table here; all run on shard 0 and ask the
// other shards through Server::at. Storage failures are thrown through and answered by `execute`. All of them need the
// role admin, which whoever may open the socket has.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/base/task.hpp"
#include "core/control/wire.hpp"
#include "core/jid.hpp"

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace epode {
class Host;
class Server;
class Shard;
struct Manifest;
} // namespace epode

namespace epode::control {

/// A request behind its command's words; the number of arguments is right.
struct Call {
    Server* server;
    std::vector<std::string> arguments;
    std::map<std::string, std::string> options;

    Call(Server& on, std::vector<std::string> given, std::map<std::string, std::string> chosen)
        : server(&on), arguments(std::move(given)), options(std::move(chosen)) {}

    /// "" where it was not given.
    std::string argument(std::size_t index) const {
        return index < arguments.size() ? arguments[index] : std::string();
    }
    std::string option(const std::string& name) const {
        const auto found = options.find(name);
        return found == options.end() ? std::string() : found->second;
    }
    /// The option of that name, once: it is wiped where it stood.
    Secret password() {
        const auto found = options.find("password");
        if (found == options.end()) return Secret();
        Secret taken(found->second);
        wipe(found->second);
        return taken;
    }
};

struct Command {
    std::string_view words; ///< as in the catalogue
    Task<Answer> (*run)(Call call);
};

std::span<const Command> server_commands() noexcept;
std::span<const Command> session_commands() noexcept;
std::span<const Command> account_commands() noexcept;
std::span<const Command> device_commands() noexcept;
std::span<const Command> module_commands() noexcept;
std::span<const Command> description_commands() noexcept;
std::span<const Command> run_commands() noexcept;
std::span<const Command> config_commands() noexcept;

// ---- What several of them need --------------------------------------------------------------------------------------

/// Calls `look` on every shard, on its own thread, one after another.
Task<> on_every_shard(Server* server, std::function<void(Shard&)> look);
/// The domains of shard 0, which are everybody's, sorted; or those that `option("host")` leaves. The error is an
/// answer.
Result<std::vector<Host*>, Answer> hosts_for(const Call& call);
/// The host that a name stands for, or the answer that there is none.
Result<Host*, Answer> host_of(const Server& server, const std::string& name);
/// An account's address in that argument, or the answer that says why it is none.
Result<Jid, Answer> account_of(const Call& call, std::size_t index = 0);
/// What to add to "there is no x": " (did you mean y?)", or where none is near "; there are a, b".
std::string or_known(std::string_view name, const std::vector<std::string_view>& known);
/// The same for a module's name.
std::string or_known_module(Server& server, std::string_view name);
/// "RFC 6121 section 2, XEP-0237 1.3"
std::string specs_of(const Manifest& manifest);
/// "a, b"
std::string joined(const std::vector<std::string>& parts);
/// "2026-11-24T06:00:00Z"
std::string stamp(WallTime time);

} // namespace epode::control
