// SPDX-License-Identifier: MIT
// The commands of a room, which are all about hats (XEP-0317, XEP-0050): a command is told its form, or does at once
// what a submitted one says; it keeps nothing in between.
#include "modules/muc/muc.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace epode::muc {

namespace {

using xep::FieldType;
using xep::Form;
using xep::FormField;
using xep::commands::Stage;

constexpr std::size_t most_text = 1000;
constexpr std::string_view uri_var = "hats#uri", title_var = "hats#title", hue_var = "hats#hue", jid_var = "hats#jid";

struct Entry {
    HatCommand what;
    std::string_view node, title;
};
constexpr std::array<Entry, 6> entries{{
    {HatCommand::create, "urn:xmpp:hats:commands:create", "Create a hat"},
    {HatCommand::destroy, "urn:xmpp:hats:commands:destroy", "Destroy a hat"},
    {HatCommand::list, "urn:xmpp:hats:commands:list", "List hats"},
    {HatCommand::assign, "urn:xmpp:hats:commands:assign", "Assign a hat"},
    {HatCommand::unassign, "urn:xmpp:hats:commands:unassign", "Remove a hat"},
    {HatCommand::list_assigned, "urn:xmpp:hats:commands:list-assigned", "List assigned hats"},
}};

const Entry* entry_of(std::string_view node) noexcept {
    const auto found = std::ranges::find(entries, node, &Entry::node);
    return found == entries.end() ? nullptr : &*found;
}

bool is_hue(std::string_view text) {
    double angle = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), angle);
    return failed == std::errc() && end == text.data() + text.size() && angle >= 0 && angle <= 360;
}

FormField hat_field(const Hats& hats) {
    FormField field(FieldType::list_single, std::string(uri_var), "The hat");
    for (const Hat& hat : hats.all()) field = std::move(field).option(hat.title, hat.uri);
    return field;
}

FormField column(std::string_view var, const std::string& value) { return FormField(std::string(var), value); }

std::unexpected<StanzaError> refusal(Condition condition, std::string why) {
    return std::unexpected(StanzaError(condition, std::move(why)));
}

} // namespace

std::optional<HatCommand> hat_command(std::string_view node) noexcept {
    const Entry* entry = entry_of(node);
    if (!entry) return std::nullopt;
    return entry->what;
}

xep::disco::Items hat_commands(const Room& room, const Jid& asker) {
    xep::disco::Items items;
    items.node = xep::commands::ns;
    for (const Entry& entry : entries)
        if (room.may_command(asker, entry.what))
            items.items.emplace_back(room.jid(), std::string(entry.node), std::string(entry.title));
    return items;
}

xep::disco::Info hat_command_info(std::string_view node) {
    xep::disco::Info info;
    info.node = node;
    info.identities.emplace_back("automation", "command-node", std::string(entry_of(node)->title));
    info.features = {std::string(xep::commands::ns), std::string(Form::ns)};
    return info;
}

/// Hats are given by admins; which there are everybody inside may know, and who wears one he sees.
bool Room::may_command(const Jid& who, HatCommand what) const {
    if (affiliation(who) >= Affiliation::admin) return true;
    if (what == HatCommand::list) return may_read(who);
    return what == HatCommand::list_assigned && has(who) && sees_addresses(who);
}

Form Room::hat_form(HatCommand what) const {
    const bool lists = what == HatCommand::list || what == HatCommand::list_assigned;
    Form form(lists ? Form::Type::result : Form::Type::form, xep::hats_form);
    const auto head = [&](std::initializer_list<std::string_view> vars) {
        for (const auto var : vars) form.reported.push_back(FormField(FieldType::text_single, std::string(var)));
    };
    switch (what) {
    case HatCommand::create:
        form.title = "Creating a hat";
        form.add(FormField(FieldType::text_single, std::string(title_var), "Title").must());
        form.add(FormField(FieldType::text_single, std::string(uri_var), "URI").must());
        form.add(FormField(FieldType::text_single, std::string(hue_var), "Hue, 0 to 360"));
        break;
    case HatCommand::destroy:
        form.title = "Destroying a hat";
        form.add(hat_field(hats_).must());
        break;
    case HatCommand::assign:
    case HatCommand::unassign:
        form.title = what == HatCommand::assign ? "Assigning a hat" : "Removing a hat";
        form.add(FormField(FieldType::jid_single, std::string(jid_var), "User address").must());
        form.add(hat_field(hats_).must());
        break;
    case HatCommand::list:
        form.title = "Hats";
        head({title_var, uri_var, hue_var});
        for (const Hat& hat : hats_.all())
            form.items.push_back({column(title_var, hat.title), column(uri_var, hat.uri), column(hue_var, hat.hue)});
        break;
    case HatCommand::list_assigned:
        form.title = "Assigned hats";
        head({jid_var, uri_var, title_var, hue_var});
        for (const auto& [jid, uris] : hats_.worn())
            for (const Hat* hat : hats_.of(jid))
                form.items.push_back({column(jid_var, std::string(jid.text())), column(uri_var, hat->uri),
                                      column(title_var, hat->title), column(hue_var, hat->hue)});
        break;
    }
    return form;
}

Result<Deed, StanzaError> Room::change_hats(HatCommand what, const Form& submitted) {
    if (!submitted.form_type().empty() && submitted.form_type() != xep::hats_form)
        return refusal(Condition::bad_request, "this is another form");
    const auto accepted = xep::accept(hat_form(what), submitted);
    if (!accepted) return refusal(Condition::not_acceptable, accepted.error().text);
    const std::string uri(accepted->text(uri_var));
    Deed deed;
    Hats next = hats_;
    if (what == HatCommand::create) {
        Hat hat(uri, std::string(accepted->text(title_var)), std::string(accepted->text(hue_var)));
        if (!hat.hue.empty() && !is_hue(hat.hue)) return refusal(Condition::not_acceptable, "the hue is no angle");
        if (hat.uri.size() > most_text || hat.title.size() > most_text)
            return refusal(Condition::not_acceptable, "that is too long");
        if (!hats_.find(uri) && hats_.all().size() >= Hats::most)
            return refusal(Condition::resource_constraint, "the room has too many hats");
        deed.redressed = hats_.wearers(uri);
        next.set(std::move(hat));
    } else if (what == HatCommand::destroy) {
        deed.redressed = hats_.wearers(uri);
        if (!next.erase(uri)) return refusal(Condition::item_not_found, "there is no such hat");
    } else {
        const auto who = Jid::parse(accepted->text(jid_var));
        if (!who || who->local().empty()) return refusal(Condition::not_acceptable, "hats are for people");
        if (what == HatCommand::assign && hats_.worn().size() >= limits_.affiliations &&
            !hats_.worn().contains(who->bare()))
            return refusal(Condition::resource_constraint, "too many people wear hats");
        if (what == HatCommand::assign ? !next.give(who->bare(), uri) : !next.take(who->bare(), uri))
            return refusal(what == HatCommand::assign ? Condition::conflict : Condition::item_not_found,
                           what == HatCommand::assign ? "he wears that, or too many" : "he does not wear that");
        deed.redressed = {who->bare()};
    }
    if (what == HatCommand::create || what == HatCommand::destroy) deed.codes = {xep::muc::status::config_changed};
    deed.old_hats = std::exchange(hats_, std::move(next));
    if (keeps()) put_record(deed.batch);
    return deed;
}

Task<Reply> Muc::command_hats(Iq iq, xep::commands::Command command) {
    const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
    if (!room) co_return nowhere();
    const auto what = hat_command(command.node);
    if (!what) co_return error(Condition::item_not_found, "there is no such command");
    if (!room->may_command(iq.from(), *what)) co_return error(Condition::forbidden);
    const std::string session = command.session.empty() ? random_id() : command.session;
    Stage stage(command.node, session, Stage::Status::completed);
    if (command.action == xep::commands::Action::cancel) {
        stage.status = Stage::Status::canceled;
        co_return result(stage);
    }
    const bool lists = *what == HatCommand::list || *what == HatCommand::list_assigned;
    if (lists || !command.form || command.form->type != Form::Type::submit) {
        stage.form = room->hat_form(*what);
        if (!lists) {
            stage.status = Stage::Status::executing;
            stage.actions = {xep::commands::Action::complete};
        }
        co_return result(stage);
    }
    auto outcome = room->change_hats(*what, *command.form);
    if (outcome) {
        xml::Builder builder;
        stage.encode(builder);
        outcome->answer = builder.finish();
    }
    auto reply = co_await finish(room, std::move(outcome));
    co_return reply;
}

} // namespace epode::muc
