// SPDX-License-Identifier: MIT
// XEP-0050: ad-hoc commands: a node is executed, perhaps in stages with forms, and says what came of it.
#pragma once

#include "core/base/result.hpp"
#include "core/stanza.hpp"
#include "core/xml/builder.hpp"
#include "xep/xep0004_forms.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace epode::xep::commands {

inline constexpr std::string_view ns = "http://jabber.org/protocol/commands";

enum class Action : std::uint8_t { execute, cancel, prev, next, complete };

/// A bad-request (or `condition`) with one of section 4.4's conditions: "bad-action", "bad-sessionid", …
StanzaError refusal(std::string_view application, Condition condition = Condition::bad_request, std::string text = {});

/// What a requester sends.
struct Command {
    static constexpr std::string_view ns = commands::ns;
    static constexpr std::string_view name = "command";

    std::string node, session;
    Action action = Action::execute;
    std::optional<Form> form;

    Command() = default;
    /// bad-request without a node, with malformed-action for an action nobody knows, with bad-payload for a broken
    /// form.
    static Result<Command, StanzaError> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

struct Note {
    enum class Type : std::uint8_t { info, warn, error };
    Type type;
    std::string text;

    Note(Type kind, std::string sentence) : type(kind), text(std::move(sentence)) {}
    bool operator==(const Note&) const = default;
};

/// What a responder answers.
struct Stage {
    enum class Status : std::uint8_t { executing, completed, canceled };

    std::string node, session;
    Status status = Status::completed;
    std::vector<Action> actions; ///< allowed next; the first one is what "execute" means
    std::optional<Form> form;
    std::vector<Note> notes;

    Stage(std::string command, std::string id, Status state)
        : node(std::move(command)), session(std::move(id)), status(state) {}
    void encode(xml::Builder& builder) const;
};

} // namespace epode::xep::commands
