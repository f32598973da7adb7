// SPDX-License-Identifier: MIT
#include "xep/xep0004_forms.hpp"

#include "core/jid.hpp"

#include <algorithm>
#include <array>

namespace epode::xep {
namespace {

constexpr std::array<std::string_view, 10> field_types{"text-single", "text-multi", "text-private", "boolean",
                                                       "fixed",       "hidden",     "jid-single",   "jid-multi",
                                                       "list-single", "list-multi"};
constexpr std::array<std::string_view, 4> form_types{"form", "submit", "cancel", "result"};

FieldType field_type(std::string_view text) {
    const auto* found = std::ranges::find(field_types, text);
    return found == field_types.end() ? FieldType::text_single : static_cast<FieldType>(found - field_types.begin());
}

void decode_child(FormField& field, xml::Element child) {
    if (child.ns() != Form::ns) return;
    if (child.name() == "value")
        field.values.push_back(child.text().str());
    else if (child.name() == "required")
        field.required = true;
    else if (child.name() == "desc")
        field.desc = child.text().str();
    else if (child.name() == "option")
        field.options.emplace_back(child.attr("label").str(), child.child_text("value").str());
}

Result<FormField> decode_field(xml::Element element) {
    FormField field;
    field.var = element.attr("var").str();
    field.label = element.attr("label").str();
    if (auto type = element.find_attr("type")) field.type = field_type(*type);
    for (const xml::Element child : element.children()) decode_child(field, child);
    if (field.var.empty() && field.kind() != FieldType::fixed) return fail("a form field has no var");
    return field;
}

/// The fields among the children; each name once.
Result<std::vector<FormField>> decode_fields(xml::Element parent) {
    std::vector<FormField> fields;
    std::vector<std::string_view> names;
    for (const xml::Element child : parent.children()) {
        if (!child.is("field", Form::ns)) continue;
        auto field = decode_field(child);
        if (!field) return std::unexpected(std::move(field).error());
        fields.push_back(std::move(*field));
    }
    for (const FormField& field : fields)
        if (!field.var.empty()) names.push_back(field.var);
    std::ranges::sort(names);
    if (const auto twice = std::ranges::adjacent_find(names); twice != names.end())
        return fail("the form has the field " + std::string(*twice) + " twice");
    return fields;
}

Result<> decode_table(Form& form, xml::Element child) {
    if (child.is("reported", Form::ns)) {
        auto columns = decode_fields(child);
        if (!columns) return std::unexpected(std::move(columns).error());
        form.reported = std::move(*columns);
    } else if (child.is("item", Form::ns)) {
        auto row = decode_fields(child);
        if (!row) return std::unexpected(std::move(row).error());
        form.items.push_back(std::move(*row));
    }
    return {};
}

std::string label_of(const FormField& field) { return field.label.empty() ? field.var : field.label; }

Result<> take_boolean(const FormField& asked, FormField& given) {
    if (given.text().empty()) {
        given.values.clear();
        return {};
    }
    const auto value = given.boolean();
    if (!value) return fail(label_of(asked) + " must be true or false");
    given.values.assign(1, *value ? "true" : "false");
    return {};
}

Result<> take_jids(const FormField& asked, FormField& given) {
    std::vector<std::string> prepared;
    for (const std::string& text : given.values) {
        if (text.empty()) continue;
        auto jid = Jid::parse(text);
        if (!jid) return fail(label_of(asked) + ": " + text + " is not an address");
        if (std::ranges::find(prepared, jid->text()) == prepared.end()) prepared.emplace_back(jid->text());
    }
    given.values = std::move(prepared);
    return {};
}

Result<> take_choices(const FormField& asked, const FormField& given) {
    for (const std::string& choice : given.values)
        if (std::ranges::find(asked.options, choice, &FormOption::value) == asked.options.end() && !choice.empty())
            return fail(label_of(asked) + ": " + choice + " was not offered");
    return {};
}

Result<> take_values(const FormField& asked, FormField& given) {
    if (!asked.multiple() && given.values.size() > 1) return fail(label_of(asked) + " takes one value");
    switch (asked.kind()) {
    case FieldType::boolean:
        return take_boolean(asked, given);
    case FieldType::jid_single:
    case FieldType::jid_multi:
        return take_jids(asked, given);
    case FieldType::list_single:
    case FieldType::list_multi:
        return take_choices(asked, given);
    default:
        return {};
    }
}

bool has_content(const FormField* field) {
    return field && std::ranges::any_of(field->values, [](const std::string& value) { return !value.empty(); });
}

} // namespace

std::string_view name(FieldType type) noexcept { return field_types[static_cast<std::size_t>(type)]; }

bool FormField::multiple() const noexcept {
    switch (kind()) {
    case FieldType::text_multi:
    case FieldType::jid_multi:
    case FieldType::list_multi:
    case FieldType::hidden:
        return true;
    default:
        return false;
    }
}

std::string FormField::lines() const {
    std::string text;
    for (const std::string& line : values) {
        if (&line != &values.front()) text += '\n';
        text += line;
    }
    return text;
}

std::optional<bool> FormField::boolean() const noexcept {
    const auto value = text();
    if (value == "1" || value == "true") return true;
    if (value == "0" || value == "false") return false;
    return std::nullopt;
}

void FormField::encode(xml::Builder& builder) const {
    builder.open("field", Form::ns);
    builder.attr_if("var", var);
    if (type) builder.attr("type", name(*type));
    builder.attr_if("label", label);
    if (!desc.empty()) builder.leaf("desc", desc);
    if (required) builder.open("required").close();
    for (const std::string& value : values) builder.leaf("value", value);
    for (const FormOption& option : options)
        builder.open("option").attr_if("label", option.label).leaf("value", option.value).close();
    builder.close();
}

Form::Form(Type kind, std::string_view form_type) : type(kind) {
    FormField field(FieldType::hidden, "FORM_TYPE");
    field.values.emplace_back(form_type);
    fields.push_back(std::move(field));
}

const FormField* Form::find(std::string_view var) const noexcept {
    const auto found = std::ranges::find(fields, var, &FormField::var);
    return found == fields.end() ? nullptr : &*found;
}

std::string_view Form::text(std::string_view var) const noexcept {
    const FormField* field = find(var);
    return field ? field->text() : std::string_view();
}

std::string_view Form::form_type() const noexcept {
    const FormField* field = find("FORM_TYPE");
    if (!field) return {};
    // XEP-0068 section 3: only a hidden field is one, but submissions may leave types out.
    if (field->type ? *field->type != FieldType::hidden : type != Type::submit) return {};
    return field->text();
}

Result<Form> Form::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("not a data form");
    Form form;
    if (auto type = element.find_attr("type")) {
        const auto* found = std::ranges::find(form_types, type->view());
        if (found == form_types.end()) return fail("a data form is of type form, submit, cancel or result");
        form.type = static_cast<Type>(found - form_types.begin());
    }
    form.title = element.child_text("title").str();
    for (const xml::Element child : element.children()) {
        if (child.is("instructions", ns)) form.instructions.push_back(child.text().str());
        if (auto table = decode_table(form, child); !table) return std::unexpected(std::move(table).error());
    }
    auto fields = decode_fields(element);
    if (!fields) return std::unexpected(std::move(fields).error());
    form.fields = std::move(*fields);
    return form;
}

Result<std::optional<Form>> Form::inside(xml::Element parent) {
    const xml::Element element = parent.child(name, ns);
    if (!element) return std::optional<Form>();
    auto form = decode(element);
    if (!form) return std::unexpected(std::move(form).error());
    return std::optional<Form>(std::move(*form));
}

void Form::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr("type", form_types[static_cast<std::size_t>(type)]);
    if (!title.empty()) builder.leaf("title", title);
    for (const std::string& line : instructions) builder.leaf("instructions", line);
    for (const FormField& field : fields) field.encode(builder);
    if (!reported.empty()) {
        builder.open("reported");
        for (const FormField& column : reported) column.encode(builder);
        builder.close();
    }
    for (const auto& row : items) {
        builder.open("item");
        for (const FormField& cell : row) cell.encode(builder);
        builder.close();
    }
    builder.close();
}

Result<Form> accept(const Form& offered, const Form& submitted) {
    Form taken(Form::Type::submit);
    for (const FormField& asked : offered.fields) {
        if (asked.kind() == FieldType::fixed) continue;
        const FormField* answer = submitted.find(asked.var);
        if (asked.required && !has_content(answer)) return fail(label_of(asked) + " is required");
        if (!answer) continue;
        FormField given = *answer;
        given.type = asked.kind();
        if (auto taking = take_values(asked, given); !taking) return std::unexpected(std::move(taking).error());
        taken.fields.push_back(std::move(given));
    }
    return taken;
}

} // namespace epode::xep
