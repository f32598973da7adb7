// SPDX-License-Identifier: MIT
#include "xep/xep0077_register.hpp"

#include "xep/xep0004_forms.hpp"

namespace epode::xep {

namespace {

constexpr std::string_view cancel_form = "jabber:iq:register:cancel";

void take_form(Register& into, const Form& form) {
    into.form = true;
    into.username.reset();
    into.password.reset();
    if (form.type == Form::Type::cancel) return;
    if (const auto* field = form.find("username")) into.username = std::string(field->text());
    if (const auto* field = form.find("password")) into.password = Secret(Bytes(field->text()));
    if (form.form_type() == cancel_form) into.remove = into.only_remove = true;
}

Form offered_form(const Register& what) {
    Form form(Form::Type::form, Register::ns);
    form.title = "Account";
    if (!what.instructions.empty()) form.instructions.push_back(what.instructions);
    FormField username = FormField(FieldType::text_single, "username", "User name").must();
    if (what.username && !what.username->empty()) username.values.push_back(*what.username);
    form.add(std::move(username));
    form.add(FormField(FieldType::text_private, "password", "Password").must());
    return form;
}

} // namespace

Result<Register> Register::decode(xml::Element element) {
    Register given;
    std::size_t children = 0;
    for (xml::Element child : element.children()) {
        ++children;
        if (child.is("instructions", ns)) given.instructions = child.text().str();
        if (child.is("registered", ns)) given.registered = true;
        if (child.is("remove", ns)) given.remove = true;
        if (child.is("username", ns)) given.username = child.text().str();
        if (child.is("password", ns)) given.password = Secret(child.text().str());
    }
    given.only_remove = given.remove && children == 1;
    auto form = Form::inside(element);
    if (!form) return std::unexpected(std::move(form).error());
    if (*form) take_form(given, **form);
    return given;
}

void Register::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    if (!instructions.empty()) builder.leaf("instructions", instructions);
    if (registered) builder.open("registered").close();
    if (username) builder.leaf("username", *username);
    if (password) builder.leaf("password", password->view());
    if (remove) builder.open("remove").close();
    if (form) offered_form(*this).encode(builder);
    builder.close();
}

} // namespace epode::xep
