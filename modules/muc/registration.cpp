// SPDX-License-Identifier: MIT
// Registering with a room: membership, and a nick that is nobody else's (XEP-0045 sections 7.10, 7.12).
#include "core/module.hpp"
#include "modules/muc/room.hpp"

namespace epode::muc {

namespace {

constexpr std::string_view nick_field = "muc#register_roomnick";

/// To an open room anybody may come and register; to one of members only who is one already.
std::optional<StanzaError> may_register(Affiliation what, const Configuration& config) {
    if (what == Affiliation::outcast) return StanzaError(Condition::not_allowed, "you are banned");
    if (what == Affiliation::none && (config.members_only || !config.registers))
        return StanzaError(Condition::not_allowed, "members are named by the room's admins");
    return std::nullopt;
}

} // namespace

Reply Room::registration(const Jid& asker) const {
    if (auto refused = may_register(affiliation(asker), config_)) return error(std::move(*refused));
    xep::muc::Registration answer;
    const Affiliate* found = affiliates_.find(asker.bare());
    if (found && !found->nick.empty()) answer.nick = found->nick; // the form is for who wants something else
    answer.form.emplace(xep::Form::Type::form, xep::muc::register_form);
    answer.form->title = "Registration";
    answer.form->instructions = {"Choose the nickname that shall be yours in this room."};
    answer.form->add(xep::FormField(xep::FieldType::text_single, std::string(nick_field), "Desired Nickname")
                         .value(found ? found->nick : std::string())
                         .must());
    answer.form->add(xep::FormField(xep::FieldType::boolean, std::string(xep::muc::copies_field),
                                    "Receive messages while not in the room")
                         .value(found && found->copies ? "1" : "0"));
    return result(answer);
}

Result<Deed, StanzaError> Room::enroll(const Jid& asker, const xep::muc::Registration& submitted) {
    const Jid bare = asker.bare();
    const Affiliate* found = affiliates_.find(bare);
    Deed deed;
    if (submitted.remove) {
        if (!found || found->nick.empty())
            return std::unexpected(StanzaError(Condition::registration_required, "you are not registered"));
        Affiliate next = *found;
        next.nick.clear();
        next.copies = false;
        if (next.what == Affiliation::member) next.what = Affiliation::none;
        set_affiliate(deed, std::move(next), Change());
        return deed;
    }
    if (auto refused = may_register(affiliation(bare), config_)) return std::unexpected(std::move(*refused));
    const auto& form = submitted.form;
    if (form && form->type == xep::Form::Type::cancel) return deed;
    if (!form || form->type != xep::Form::Type::submit ||
        (!form->form_type().empty() && form->form_type() != xep::muc::register_form))
        return std::unexpected(StanzaError(Condition::bad_request, "a form is submitted here"));
    const auto address = jid_.with_resource(form->text(nick_field));
    if (!address || !is_nick(address->resource()))
        return std::unexpected(StanzaError(Condition::bad_request, "that is no nick"));
    const std::string nick(address->resource());
    const auto here = occupants_.find(nick);
    if (!nick_is_free(nick, bare) || (here != occupants_.end() && here->second.bare != bare))
        return std::unexpected(StanzaError(Condition::conflict, "the nick is somebody else's"));
    if (!found && affiliates_.size() >= limits_.affiliations)
        return std::unexpected(StanzaError(Condition::resource_constraint, "the room has too many members"));
    Affiliate next = found ? *found : Affiliate(bare, Affiliation::member);
    next.nick = nick;
    if (const auto* copies = form->find(xep::muc::copies_field)) next.copies = copies->boolean().value_or(next.copies);
    set_affiliate(deed, std::move(next), Change());
    return deed;
}

} // namespace epode::muc
