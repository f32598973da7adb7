// SPDX-License-Identifier: MIT
// What owners do: configure and destroy (XEP-0045 sections 10.1, 10.2, 10.9).
#include "core/module.hpp"
#include "modules/muc/room.hpp"

namespace epode::muc {

namespace status = xep::muc::status;

Reply Room::form(const Jid& actor) const {
    if (affiliation(actor) != Affiliation::owner) return error(Condition::forbidden);
    xml::Builder builder;
    builder.open(xep::muc::Owner::name, xep::muc::Owner::ns);
    config_.form(limits_.occupants).encode(builder);
    return result(builder.close().finish());
}

Reply Room::configure(const Jid& actor, const xep::muc::Owner& submitted) {
    if (affiliation(actor) != Affiliation::owner) return error(Condition::forbidden);
    if (submitted.destroy) {
        Change why;
        why.destroy = submitted.destroy;
        close(std::move(why));
        return result();
    }
    if (!submitted.form) return error(Condition::bad_request, "a form is submitted or cancelled here");
    if (submitted.form->type == xep::Form::Type::cancel) {
        if (locked_) close(Change()); // section 10.1.3: it was never made
        return result();
    }
    if (submitted.form->type != xep::Form::Type::submit) return error(Condition::bad_request);
    auto next = config_.with(*submitted.form, limits_.occupants);
    if (!next) return error(Condition::not_acceptable, next.error().text);
    locked_ = false;
    reconfigure(std::move(*next));
    return result();
}

void Room::reconfigure(Configuration next) {
    const auto codes = status_of(config_, next);
    const bool closing = next.members_only && !config_.members_only;
    const bool moderated = next.moderated != config_.moderated;
    config_ = std::move(next);
    std::vector<std::string> nicks;
    for (const auto& [nick, occupant] : occupants_) nicks.push_back(nick);
    for (const std::string& nick : nicks) {
        Occupant& occupant = *by_nick(nick);
        const Affiliation what = affiliation(occupant.bare);
        if (closing && what < Affiliation::member) {
            remove(occupant, Change({status::members_only}));
        } else if (moderated && !config_.moderated && occupant.role == Role::visitor) {
            set_role(occupant, Role::participant, Change()); // everybody has voice
        }
    }
    tell_status(codes);
}

void Room::close(Change why) {
    ended_ = true;
    why.gone = true;
    // To each only that he is out: that the others are, too, goes without saying.
    for (const auto& [nick, occupant] : occupants_)
        for (const Visit& visit : occupant.visits) tell(occupant, Stanza(), why, occupant, visit.jid);
    nicks_.clear();
    occupants_.clear();
}

} // namespace epode::muc
