// SPDX-License-Identifier: MIT
#include "modules/commands/present.hpp"

namespace epode {
namespace {

xep::FieldType field_type(Param::Type type) {
    switch (type) {
    case Param::Type::text:
        return xep::FieldType::text_single;
    case Param::Type::jid:
        return xep::FieldType::jid_single;
    case Param::Type::secret:
        return xep::FieldType::text_private;
    case Param::Type::boolean:
        return xep::FieldType::boolean;
    case Param::Type::multiline:
        return xep::FieldType::text_multi;
    }
    return xep::FieldType::text_single;
}

xep::FormField field_of(const Param& param) {
    xep::FormField field(field_type(param.type), param.name, param.label.empty() ? param.name : param.label);
    field.required = param.required;
    field.desc = param.help;
    return field;
}

xep::Form table_of(const std::string& title, const CommandResult& result) {
    xep::Form form(xep::Form::Type::result);
    form.title = title;
    for (const std::string& column : result.columns)
        form.reported.emplace_back(xep::FieldType::text_single, column, column);
    for (const auto& row : result.rows) {
        auto& cells = form.items.emplace_back();
        for (std::size_t i = 0; i < result.columns.size(); ++i)
            cells.emplace_back(result.columns[i], i < row.size() ? row[i] : std::string());
    }
    return form;
}

} // namespace

xep::Form form_of(const CommandEntry& command) {
    xep::Form form(xep::Form::Type::form);
    form.title = command.title;
    for (const Param& param : command.params) form.add(field_of(param));
    return form;
}

Result<CommandCall> call_of(const CommandEntry& command, const xep::Form& submitted) {
    auto taken = xep::accept(form_of(command), submitted);
    if (!taken) return std::unexpected(std::move(taken).error());
    CommandCall call;
    for (const xep::FormField& field : taken->fields)
        if (!field.values.empty()) call.arguments.emplace_back(field.var, field.lines());
    return call;
}

xep::commands::Stage outcome_of(const std::string& node, const std::string& title, const std::string& session,
                                const CommandResult& result) {
    using xep::commands::Note;
    xep::commands::Stage stage(node, session, xep::commands::Stage::Status::completed);
    // Section 3.6: a command that failed says so in a note.
    if (!result.ok)
        stage.notes.emplace_back(Note::Type::error, result.text.empty() ? "the command failed" : result.text);
    else if (!result.text.empty())
        stage.notes.emplace_back(Note::Type::info, result.text);
    if (!result.columns.empty()) stage.form = table_of(title, result);
    return stage;
}

} // namespace epode
