// SPDX-License-Identifier: MIT
// XEP-0050: the commands of all modules of a host, found by service discovery and run from a client, each with one form
// for its parameters. Who may run what is the role's business; a command one may not run looks as if it were not there.
#include "core/module.hpp"
#include "modules/commands/present.hpp"
#include "modules/commands/session_table.hpp"
#include "xep/xep0030_disco.hpp"
#include "xep/xep0050_commands.hpp"

namespace epode {
namespace {

using xep::commands::Action;
using xep::commands::Command;
using xep::commands::Stage;

class Commands : public Module {
public:
    explicit Commands(Host& on) : Module(on) {
        feature(Scope::server, Command::ns);
        on_set(&Commands::run, Scope::server);
        this->on(&Commands::describe);
        this->on(&Commands::list);
    }

private:
    Task<Reply> run(Iq iq, Command given) {
        CommandEntry* entry = find(given.node);
        if (!entry) co_return error(Condition::item_not_found, "there is no such command");
        if (!may_run(iq.from(), *entry))
            co_return error(StanzaError(Condition::forbidden, ErrorType::cancel)); // 4.4 wants this type
        if (given.session.empty()) {
            if (given.action != Action::execute) co_return error(xep::commands::refusal("bad-action"));
            if (!entry->params.empty()) co_return ask(*entry, iq.from());
        } else {
            if (!sessions_.has(given.session, iq.from(), given.node, host.now()))
                co_return error(xep::commands::refusal("bad-sessionid"));
            if (given.action == Action::cancel) co_return cancel(given);
            if (given.action == Action::prev || given.action == Action::next)
                co_return error(xep::commands::refusal("bad-action"));
            if (!given.form) co_return error(xep::commands::refusal("bad-payload"));
        }
        auto call = given.form ? call_of(*entry, *given.form) : Result<CommandCall>(CommandCall());
        // The session stays open: the client may correct its form.
        if (!call) co_return error(xep::commands::refusal("bad-payload", Condition::bad_request, call.error().text));
        if (given.session.empty())
            given.session = random_id();
        else
            sessions_.end(given.session);
        call->caller = iq.from();
        call->host = &host;
        log.info("a command is run", {{"command", given.node}, {"by", iq.from().text()}});

        // The command's module may be unloaded while we wait: nothing of the entry is used afterwards.
        const auto inside = entry->module->gate().enter();
        const std::string title = entry->title;
        Task<CommandResult> running = entry->call(std::move(*call));
        const CommandResult outcome = co_await running;
        co_return result(outcome_of(given.node, title, given.session, outcome));
    }

    Reply ask(const CommandEntry& entry, const Jid& requester) {
        Stage stage(entry.node, sessions_.begin(requester, entry.node, host.now()), Stage::Status::executing);
        stage.actions.push_back(Action::complete);
        stage.form = form_of(entry);
        return result(stage);
    }

    Reply cancel(const Command& given) {
        sessions_.end(given.session);
        return result(Stage(given.node, given.session, Stage::Status::canceled));
    }

    void describe(DiscoInfo& event) {
        if (event.scope != Scope::server || event.node.empty()) return;
        if (event.node == Command::ns) {
            event.known_node = true;
            xep::disco::Identity("automation", "command-list").encode(event.query);
            return;
        }
        const CommandEntry* entry = find(event.node);
        if (!entry || !may_run(event.from, *entry)) return;
        event.known_node = true;
        xep::disco::Identity("automation", "command-node", entry->title).encode(event.query);
        for (const std::string_view feature : {Command::ns, xep::Form::ns})
            event.query.open("feature").attr("var", feature).close();
    }

    void list(DiscoItems& event) {
        if (event.scope != Scope::server || event.node != Command::ns) return;
        event.known_node = true;
        for (const CommandEntry* entry : host.commands())
            if (may_run(event.from, *entry))
                xep::disco::Item(host.jid(), entry->node, entry->title).encode(event.query);
    }

    CommandEntry* find(std::string_view node) const {
        for (CommandEntry* entry : host.commands())
            if (entry->node == node) return entry;
        return nullptr;
    }

    bool may_run(const Jid& who, const CommandEntry& entry) const {
        return who && host.role_of(who.bare()) >= entry.role;
    }

    SessionTable sessions_;
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Commands, .summary = "runs administrative commands from a client", .xeps = {{50, "1.3.0"}},
             .depends = {"disco"})
