// SPDX-License-Identifier: MIT
#include "modules/muc/configuration.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace epode::muc {
namespace {

using xep::FieldType;
using xep::Form;
using xep::FormField;

constexpr std::string_view prefix = "muc#roomconfig_";
constexpr std::size_t most_text = 4096; ///< bytes of a name, description, password
constexpr std::string_view max_history = "muc#maxhistoryfetch";
constexpr std::string_view allow_register = "{urn:epode:muc}allowregister"; // as XEP-0068 wants for names of our own
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
    field = std::move(field).option("As many as the server allows", "none");
    if (chosen == 0 || chosen >= most) return std::move(field).value("none");
    const auto now = std::to_string(chosen);
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

FormField list_field(std::string_view name, std::string label, const Affiliates& affiliates, Affiliation what) {
    FormField field(FieldType::jid_multi, var(name), std::move(label));
    for (const auto& [jid, affiliate] : affiliates.all())
        if (affiliate.what == what) field = std::move(field).value(std::string(jid.text()));
    return field;
}

constexpr std::array<std::pair<std::string_view, xep::muc::Role>, 3> listing_roles{
    {{"moderator", xep::muc::Role::moderator},
     {"participant", xep::muc::Role::participant},
     {"visitor", xep::muc::Role::visitor}}};

FormField member_list_field(const Configuration& now) {
    FormField field(FieldType::list_multi, var("getmemberlist"), "Who may read the list of members, beside them");
    field = std::move(field).option("Moderators", "moderator").option("Participants", "participant");
    field = std::move(field).option("Visitors", "visitor");
    for (const auto& [name, role] : listing_roles)
        if (now.tells_lists(role)) field = std::move(field).value(std::string(name));
    return field;
}

/// What came back as it was offered says nothing: anonymity decides, as before.
void read_member_list(const FormField& field, const Configuration& now, Configuration& next) {
    std::uint32_t roles = 0;
    bool same = true;
    for (const auto& [name, role] : listing_roles) {
        const bool chosen = std::ranges::find(field.values, name) != field.values.end();
        if (chosen) roles |= 1U << static_cast<unsigned>(role);
        same = same && chosen == now.tells_lists(role);
    }
    if (!same) next.member_list = roles;
}

std::optional<std::uint32_t> number(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
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
    std::optional<std::vector<Jid>> people(std::string_view name) const {
        const auto* field = form_.find(var(name));
        if (!field) return std::nullopt;
        std::vector<Jid> all;
        for (const std::string& text : field->values)
            if (auto jid = Jid::parse(text)) all.push_back(jid->bare());
        return all;
    }

private:
    const Form& form_;
};

} // namespace

bool Configuration::shows(xep::muc::Role role) const noexcept {
    if (role == xep::muc::Role::visitor) return show_visitors;
    if (role == xep::muc::Role::participant) return show_participants;
    return true;
}

bool Configuration::tells_lists(xep::muc::Role role) const noexcept {
    if (role == xep::muc::Role::none) return false;
    return member_list ? (*member_list >> static_cast<unsigned>(role) & 1) != 0 : non_anonymous;
}

Form form_of(const Configuration& now, const Affiliates& affiliates, const Limits& limits) {
    Form form(Form::Type::form, xep::muc::config_form);
    form.title = "Configuration of the room";
    form.add(text("roomname", "Name", now.name));
    form.add(text("roomdesc", "Description", now.description));
    form.add(text("lang", "Language", now.language));
    form.add(flag("persistentroom", "Stays when everybody has left", now.persistent));
    form.add(flag("publicroom", "Listed for everybody", now.listed));
    form.add(flag("passwordprotectedroom", "A password is needed to enter", now.password_protected));
    form.add(text("roomsecret", "Password", now.password, FieldType::text_private));
    form.add(flag("membersonly", "Only members may enter", now.members_only));
    form.add(flag("allowinvites", "Members may invite", now.invites));
    form.add(FormField(FieldType::boolean, std::string(allow_register), "Anybody may register a nick")
                 .value(now.registers ? "1" : "0"));
    form.add(flag("enablelogging", "Who enters is told that a log is kept", now.logged));
    form.add(flag("enablearchiving", "What is said is kept for those who may enter", now.archived));
    form.add(flag("moderatedroom", "Only those who have voice may speak", now.moderated));
    form.add(flag("changesubject", "Participants may change the subject", now.change_subject));
    form.add(FormField(FieldType::list_single, var("allowpm"), "Who may send private messages")
                 .option("Anyone", "anyone")
                 .option("Those who have voice", "participants")
                 .option("Moderators", "moderators")
                 .option("Nobody", "none")
                 .value(std::string(privates[static_cast<std::size_t>(now.private_messages)])));
    form.add(FormField(FieldType::list_single, var("whois"), "Who may see the addresses of occupants")
                 .option("Moderators", "moderators")
                 .option("Anyone", "anyone")
                 .value(now.non_anonymous ? "anyone" : "moderators"));
    form.add(member_list_field(now));
    form.add(
        flag("forwardmentions", "Forward messages with mentions to members who are not here", now.forwards_mentions));
    form.add(text("pubsub", "Associated node of publish-subscribe", now.pubsub));
    form.add(size_field(now.max_users, limits.occupants));
    form.add(broadcast_field(now));
    form.add(FormField(FieldType::text_single, std::string(max_history), "Messages shown to who enters")
                 .value(std::to_string(std::min<std::size_t>(now.history.value_or(limits.history), limits.history))));
    form.add(text("slow_mode_duration", "Seconds between two messages of one user", std::to_string(now.slow_mode)));
    form.add(list_field("roomadmins", "Admins", affiliates, Affiliation::admin));
    form.add(list_field("roomowners", "Owners", affiliates, Affiliation::owner));
    return form;
}

Result<Submission> apply(const Configuration& now, const Form& submitted, const Affiliates& affiliates,
                         const Limits& limits) {
    if (const auto type = submitted.form_type(); !type.empty() && type != xep::muc::config_form)
        return fail("this is another form");
    Form offered = form_of(now, affiliates, limits);
    // The sizes are a choice for people; any other number will do.
    const auto wanted = submitted.text(var("maxusers"));
    for (FormField& field : offered.fields)
        if (field.var == var("maxusers") && number(wanted).value_or(0) > 0)
            field = std::move(field).option(std::string(wanted), std::string(wanted));
    const auto accepted = xep::accept(offered, submitted);
    if (!accepted) return std::unexpected(accepted.error());
    const Reader read(*accepted);
    Submission result;
    Configuration& next = result.config;
    next = now;
    read.text("roomname", next.name);
    read.text("roomdesc", next.description);
    read.text("lang", next.language);
    read.flag("persistentroom", next.persistent);
    read.flag("changesubject", next.change_subject);
    read.flag("allowinvites", next.invites);
    read.flag("publicroom", next.listed);
    read.flag("moderatedroom", next.moderated);
    read.flag("membersonly", next.members_only);
    read.flag("passwordprotectedroom", next.password_protected);
    read.flag("enablelogging", next.logged);
    read.flag("enablearchiving", next.archived);
    read.flag("forwardmentions", next.forwards_mentions);
    read.text("pubsub", next.pubsub);
    if (const auto* field = read.field("getmemberlist")) read_member_list(*field, now, next);
    read.text("roomsecret", next.password);
    if (const auto* field = accepted->find(allow_register); field && field->boolean())
        next.registers = *field->boolean();
    if (const auto* field = read.field("allowpm"))
        if (const auto at = std::ranges::find(privates, field->text()); at != privates.end())
            next.private_messages = static_cast<Private>(at - privates.begin());
    if (const auto* field = read.field("whois")) next.non_anonymous = field->text() == "anyone";
    if (const auto* field = read.field("maxusers")) next.max_users = number(field->text()).value_or(0);
    if (const auto* field = read.field("presencebroadcast")) {
        const auto has = [&](std::string_view role) {
            return std::ranges::find(field->values, role) != field->values.end();
        };
        next.show_participants = has("participant");
        next.show_visitors = has("visitor");
    }
    if (const auto* field = accepted->find(max_history)) {
        const auto most = number(field->text());
        if (!most) return fail("the number of messages shown is no number");
        next.history.reset();
        if (*most < limits.history) next.history = *most;
    }
    // XEP-0500, security considerations: what is no number is ignored.
    if (const auto* field = read.field("slow_mode_duration"))
        next.slow_mode = number(field->text()).value_or(next.slow_mode);
    result.owners = read.people("roomowners");
    result.admins = read.people("roomadmins");
    if (next.name.size() > most_text || next.description.size() > most_text || next.language.size() > most_text ||
        next.password.size() > most_text || next.pubsub.size() > most_text)
        return fail("that is too long");
    if (next.password_protected && next.password.empty()) return fail("a password is needed, and there is none");
    return result;
}

std::vector<unsigned> status_of(const Configuration& before, const Configuration& after) {
    namespace status = xep::muc::status;
    std::vector<unsigned> codes;
    if (before == after) return codes;
    if (before.non_anonymous != after.non_anonymous)
        codes.push_back(after.non_anonymous ? status::now_non_anonymous : status::now_semi_anonymous);
    if (before.logged != after.logged) codes.push_back(after.logged ? status::now_logged : status::now_unlogged);
    Configuration rest = before; // 104 is for what has no code of its own
    rest.non_anonymous = after.non_anonymous;
    rest.logged = after.logged;
    if (rest != after) codes.push_back(status::config_changed);
    return codes;
}

} // namespace epode::muc
