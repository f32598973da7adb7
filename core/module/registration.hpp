// SPDX-License-Identifier: MIT
// What a module takes. Its constructor and members only write these lists; the host puts them into its tables when the
// module starts (attach) and takes all of them out before it goes (detach). So a module can be made just to learn its
// settings, and nothing of it can outlive it.
#pragma once

#include "core/base/clock.hpp"
#include "core/base/task.hpp"
#include "core/config/setting.hpp"
#include "core/route/arrival.hpp"
#include "core/route/iq.hpp"
#include "core/route/passage.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace epode {

class Account;
class Host;
class Module;
class Session;

using IqAnswer = std::variant<Reply, Task<Reply>>;

struct IqHandler {
    Module* module;
    Scope scope;
    bool set;
    std::string ns;
    std::string name;
    std::move_only_function<IqAnswer(Iq)> call;
};

struct PhaseHook {
    Module* module;
    int phase;
    /// Void hooks answer pass.
    std::move_only_function<Verdict(Passage&)> call;
};

struct EventHandler {
    Module* module;
    std::string event;
    std::move_only_function<Verdict(void*)> call;
};

struct FeatureEntry {
    Module* module;
    Scope scope;
    std::string ns;
};
struct IdentityEntry {
    Module* module;
    Scope scope;
    std::string category, type, name;
};

struct TimerEntry {
    Duration period;
    bool repeat;
    bool once_per_host; ///< only on the shard that is home to the domain's JID
    std::move_only_function<std::variant<std::monostate, Task<>>()> call;
};

/// One argument of a command.
struct Param {
    enum class Type : std::uint8_t { text, jid, secret, boolean, multiline };
    std::string name, label;
    Type type = Type::text;
    bool required = true;
    std::string help;
};

struct CommandCall {
    std::vector<std::pair<std::string, std::string>> arguments;
    Jid caller; ///< null from the local control socket
    Host* host = nullptr;

    CommandCall() = default;
    std::string_view argument(std::string_view name) const {
        for (const auto& [key, value] : arguments)
            if (key == name) return value;
        return {};
    }
};

/// What a command says: a sentence, or a table, or what is wrong.
struct CommandResult {
    bool ok = true;
    std::string text;
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;

    CommandResult() = default;
    explicit CommandResult(std::string sentence) : text(std::move(sentence)) {}
    static CommandResult failure(std::string sentence) {
        CommandResult result(std::move(sentence));
        result.ok = false;
        return result;
    }
};

struct CommandEntry {
    Module* module;
    std::string node, title;
    Role role;
    std::vector<Param> params;
    std::move_only_function<Task<CommandResult>(CommandCall)> call;
};

struct ServiceEntry {
    std::string name;
    void* service;
};

/// A domain that a module serves (Service in core/module.hpp).
struct DomainEntry {
    Module* module;
    std::string label; ///< in front of the host's domain where the configuration says nothing else
    const Setting<Jid>* at;
    std::string category, type, name;
    std::move_only_function<Verdict(Arrival&)> hear;
    Host* host = nullptr; ///< set, as the address, when the module is attached
    Jid jid{};
};

/// A plain integer per shard and module, summed when asked for.
struct MetricEntry {
    std::string name, help;
    bool gauge;
    const std::uint64_t* value;
};

/// Data a module keeps per session or per account (PerSession, Resident, …). The values live in the module.
class Slot {
public:
    explicit Slot(std::string name) : name_(std::move(name)) {}
    virtual ~Slot() = default;
    const std::string& slot_name() const noexcept { return name_; }
    /// Once, before the module's hooks run: opens its table, if it has one.
    virtual void attach(Host&) {}
    virtual void session_ended(const Session&) {}
    virtual bool has_load() const noexcept { return false; }
    virtual Task<> load(Account&); ///< the account becomes active; nothing of it is delivered before this is done
    virtual void evict(const Account&) {}
    /// For a reload: bytes that mean the same to the next version; "" where there is nothing to carry over.
    virtual std::string save() { return {}; }
    virtual void restore(std::string_view) {}
    /// Accounts whose values must be loaded from the store once a reload is through: what was saved has changed since
    /// (asked of the version that goes), or `restore` did not know its form (of the one that comes).
    virtual std::vector<OwnerId> outdated() { return {}; }

private:
    std::string name_;
};

} // namespace epode
