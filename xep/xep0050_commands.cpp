// SPDX-License-Identifier: MIT
#include "xep/xep0050_commands.hpp"

#include <algorithm>
#include <array>

namespace epode::xep::commands {
namespace {

constexpr std::array<std::string_view, 5> action_names{"execute", "cancel", "prev", "next", "complete"};
constexpr std::array<std::string_view, 3> status_names{"executing", "completed", "canceled"};
constexpr std::array<std::string_view, 3> note_names{"info", "warn", "error"};

template <std::size_t N, typename E> std::string_view name_of(const std::array<std::string_view, N>& names, E value) {
    return names[static_cast<std::size_t>(value)];
}

} // namespace

StanzaError refusal(std::string_view application, Condition condition, std::string text) {
    xml::Builder builder;
    builder.open(application, ns).close();
    return StanzaError(condition, std::move(text)).with(xml::Fragment(builder.finish()));
}

Result<Command, StanzaError> Command::decode(xml::Element element) {
    if (!element.is(name, ns)) return std::unexpected(StanzaError(Condition::bad_request));
    Command command;
    command.node = element.attr("node").str();
    command.session = element.attr("sessionid").str();
    if (command.node.empty()) return std::unexpected(StanzaError(Condition::bad_request, "a command has a node"));
    if (auto action = element.find_attr("action")) {
        const auto* found = std::ranges::find(action_names, action->view());
        if (found == action_names.end()) return std::unexpected(refusal("malformed-action"));
        command.action = static_cast<Action>(found - action_names.begin());
    }
    auto form = Form::inside(element);
    if (!form) return std::unexpected(refusal("bad-payload", Condition::bad_request, std::move(form).error().text));
    command.form = std::move(*form);
    return command;
}

void Command::encode(xml::Builder& builder) const {
    builder.open(name, ns)
        .attr("node", node)
        .attr_if("sessionid", session)
        .attr("action", name_of(action_names, action));
    if (form) form->encode(builder);
    builder.close();
}

void Stage::encode(xml::Builder& builder) const {
    builder.open(Command::name, ns)
        .attr("node", node)
        .attr_if("sessionid", session)
        .attr("status", name_of(status_names, status));
    if (!actions.empty()) {
        builder.open("actions").attr("execute", name_of(action_names, actions.front()));
        for (const Action action : actions) builder.open(name_of(action_names, action)).close();
        builder.close();
    }
    for (const Note& note : notes)
        builder.open("note").attr("type", name_of(note_names, note.type)).text(note.text).close();
    if (form) form->encode(builder);
    builder.close();
}

} // namespace epode::xep::commands
