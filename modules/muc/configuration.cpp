// SPDX-License-Identifier: MIT
#include "modules/muc/configuration.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace epode::muc {
namespace {

using xep::FieldType;
using xep::Form;
using xep::FormField;

constexpr std::string_view prefix = "muc#roomconfig_";
constexpr std::array<std::string_view, 4> privates{"anyone", "participants", "moderators", "none"};
constexpr std::array<std::uint32_t, 8> sizes{10, 20, 50, 100, 200, 500, 1000, 5000};

std::string var(std::string_view name) { return std::string(prefix).append(name); }

FormField text(std::string_view name, std::string label, const std::string& value,
               FieldType type = FieldType::text_single) {
    return FormField(type, var(name), std::move(label)).value(value);
}
FormField flag(std::string_view name, std::string label, bool value) {
    return FormField(FieldType::boolean, var(name), std::move(label)).value(value ? "1" : "0");
}

FormField size_field(std::uint32_t chosen, std::uint32_t most) {
    FormField field(FieldType::list_single, var("maxusers"), "Most occupants");
    for (const auto size : sizes)
        if (size < most) field = std::move(field).option(std::to_string(size), std::to_string(size));
    field = std::move(field).option(std::to_string(most), std::to_string(most));
    const auto now = std::to_string(chosen == 0 ? most : std::min(chosen, most));
    if (std::ranges::none_of(field.options, [&](const auto& option) { return option.value == now; }))
        field = std::move(field).option(now, now);
    return std::move(field).value(now);
}

FormField broadcast_field(const Configuration& now) {
    FormField field(FieldType::list_multi, var("presencebroadcast"), "Whose presence is told");
    field = std::move(field).option("Moderators", "moderator").value("moderator");
    field = std::move(field).option("Participants", "participant").option("Visitors", "visitor");
    if (now.show_participants) field = std::move(field).value("participant");
    if (now.show_visitors) field = std::move(field).value("visitor");
    return field;
}

class Reader {
public:
    explicit Reader(const Form& form) : form_(form) {}
    void text(std::string_view name, std::string& into) const {
        if (const auto* field = form_.find(var(name))) into = field->text();
    }
    void flag(std::string_view name, bool& into) const {
        if (const auto* field = form_.find(var(name)); field && field->boolean()) into = *field->boolean();
    }
    const FormField* field(std::string_view name) const { return form_.find(var(name)); }

private:
    const Form& form_;
};

} // namespace

bool Configuration::shows(xep::muc::Role role) const noexcept {
    if (role == xep::muc::Role::visitor) return show_visitors;
    if (role == xep::muc::Role::participant) return show_participants;
    return true;
}

Form Configuration::form(std::uint32_t most_users) const {
    Form form(Form::Type::form, xep::muc::config_form);
    form.title = "Configuration of the room";
    form.add(text("roomname", "Name", name));
    form.add(text("roomdesc", "Description", description));
    form.add(text("lang", "Language", language));
    form.add(flag("changesubject", "Participants may change the subject", change_subject));
    form.add(flag("allowinvites", "Members may invite", invites));
    form.add(FormField(FieldType::list_single, var("allowpm"), "Who may send private messages")
                 .option("Anyone", "anyone")
                 .option("Those who have voice", "participants")
                 .option("Moderators", "moderators")
                 .option("Nobody", "none")
                 .value(std::string(privates[static_cast<std::size_t>(private_messages)])));
    form.add(size_field(max_users, most_users));
    form.add(broadcast_field(*this));
    form.add(flag("publicroom", "Listed for everybody", listed));
    form.add(flag("moderatedroom", "Only those who have voice may speak", moderated));
    form.add(flag("membersonly", "Only members may enter", members_only));
    form.add(flag("passwordprotectedroom", "A password is needed to enter", password_protected));
    form.add(text("roomsecret", "Password", password, FieldType::text_private));
    form.add(FormField(FieldType::list_single, var("whois"), "Who may see the addresses of occupants")
                 .option("Moderators", "moderators")
                 .option("Anyone", "anyone")
                 .value(non_anonymous ? "anyone" : "moderators"));
    return form;
}

Result<Configuration> Configuration::with(const Form& submitted, std::uint32_t most_users) const {
    if (const auto type = submitted.form_type(); !type.empty() && type != xep::muc::config_form)
        return fail("this is another form");
    const auto accepted = xep::accept(form(most_users), submitted);
    if (!accepted) return std::unexpected(accepted.error());
    const Reader read(*accepted);
    Configuration next = *this;
    read.text("roomname", next.name);
    read.text("roomdesc", next.description);
    read.text("lang", next.language);
    read.flag("changesubject", next.change_subject);
    read.flag("allowinvites", next.invites);
    read.flag("publicroom", next.listed);
    read.flag("moderatedroom", next.moderated);
    read.flag("membersonly", next.members_only);
    read.flag("passwordprotectedroom", next.password_protected);
    read.text("roomsecret", next.password);
    if (const auto* field = read.field("allowpm"))
        if (const auto at = std::ranges::find(privates, field->text()); at != privates.end())
            next.private_messages = static_cast<Private>(at - privates.begin());
    if (const auto* field = read.field("whois")) next.non_anonymous = field->text() == "anyone";
    if (const auto* field = read.field("maxusers")) {
        const auto value = field->text();
        std::uint32_t most = 0;
        std::from_chars(value.data(), value.data() + value.size(), most);
        next.max_users = most >= most_users ? 0 : most;
    }
    if (const auto* field = read.field("presencebroadcast")) {
        const auto has = [&](std::string_view role) {
            return std::ranges::find(field->values, role) != field->values.end();
        };
        next.show_participants = has("participant");
        next.show_visitors = has("visitor");
    }
    if (next.password_protected && next.password.empty()) return fail("a password is needed, and there is none");
    return next;
}

std::vector<unsigned> status_of(const Configuration& before, const Configuration& after) {
    namespace status = xep::muc::status;
    std::vector<unsigned> codes;
    if (before == after) return codes;
    if (before.non_anonymous != after.non_anonymous)
        codes.push_back(after.non_anonymous ? status::now_non_anonymous : status::now_semi_anonymous);
    Configuration rest = before; // 104 is for what has no code of its own
    rest.non_anonymous = after.non_anonymous;
    if (rest != after) codes.push_back(status::config_changed);
    return codes;
}

} // namespace epode::muc
