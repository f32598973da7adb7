// SPDX-License-Identifier: MIT
// Lists of people: roles and affiliations asked for and changed (XEP-0045 chapters 8, 9 and 10.3 to 10.8).
#include "core/module.hpp"
#include "modules/muc/room.hpp"

#include <algorithm>

namespace epode::muc {

namespace status = xep::muc::status;

Reply Room::list(const Jid& asker, const xep::muc::Item& item) const {
    const auto who = standing(asker);
    xep::muc::Admin answer;
    if (item.role) {
        if (who.role != Role::moderator && who.affiliation < Affiliation::admin) return error(Condition::forbidden);
        for (const auto& [nick, occupant] : occupants_) {
            if (occupant.role != *item.role) continue;
            xep::muc::Item entry;
            entry.affiliation = affiliation(occupant.bare);
            entry.role = occupant.role;
            entry.nick = nick;
            entry.jid = occupant.main().jid;
            answer.items.push_back(std::move(entry));
        }
        return result(answer);
    }
    if (!item.affiliation) return error(Condition::bad_request, "a list is asked for by role or affiliation");
    // Section 9.5: members see each other in a members-only room; else what is no secret in the room anyway.
    const bool open = *item.affiliation >= Affiliation::member && (config_.members_only || config_.non_anonymous) &&
                      (who.affiliation >= Affiliation::member || (config_.non_anonymous && who.role != Role::none));
    if (who.affiliation < Affiliation::admin && !open) return error(Condition::forbidden);
    for (const auto& [jid, held] : affiliations_) {
        if (held != *item.affiliation) continue;
        xep::muc::Item entry;
        entry.affiliation = held;
        entry.jid = jid;
        answer.items.push_back(std::move(entry));
    }
    return result(answer);
}

std::optional<StanzaError> Room::check(const Jid& actor, const xep::muc::Item& item) const {
    const auto who = standing(actor);
    if (item.role.has_value() == item.affiliation.has_value())
        return StanzaError(Condition::bad_request, "one item changes either a role or an affiliation");
    if (item.role) {
        const auto found = occupants_.find(item.nick);
        if (found == occupants_.end()) return StanzaError(Condition::item_not_found, "there is nobody of that nick");
        if (who.role != Role::moderator) return StanzaError(Condition::forbidden);
        const Standing target{affiliation(found->second.bare), found->second.role};
        if (!may_set_role(who, target, *item.role)) return StanzaError(Condition::not_allowed);
        return std::nullopt;
    }
    Jid target = item.jid.bare();
    if (!target) {
        const auto found = occupants_.find(item.nick);
        if (found == occupants_.end()) return StanzaError(Condition::item_not_found, "there is nobody of that nick");
        target = found->second.bare;
    }
    if (who.affiliation < Affiliation::admin) return StanzaError(Condition::forbidden);
    if (target.local().empty() && *item.affiliation > Affiliation::none)
        return StanzaError(Condition::not_acceptable, "a domain can only be banned");
    if (target == actor.bare() && *item.affiliation == Affiliation::outcast)
        return StanzaError(Condition::conflict, "nobody bans himself"); // section 9.1
    if (!may_set_affiliation(who.affiliation, affiliation(target), *item.affiliation))
        return StanzaError(Condition::not_allowed);
    if (affiliations_.size() >= limits_.affiliations && !affiliations_.contains(target))
        return StanzaError(Condition::resource_constraint, "the room has too many people on its lists");
    return std::nullopt;
}

Reply Room::change(const Jid& actor, const std::vector<xep::muc::Item>& items) {
    for (const auto& item : items)
        if (auto refused = check(actor, item)) return error(std::move(*refused));
    // Section 10.6: never a room without an owner; what the whole list leaves counts.
    auto left = affiliations_;
    for (const auto& item : items) {
        if (!item.affiliation) continue;
        const auto found = item.jid ? occupants_.end() : occupants_.find(item.nick);
        left[item.jid ? item.jid.bare() : found->second.bare] = *item.affiliation;
    }
    if (std::ranges::none_of(left, [](const auto& entry) { return entry.second == Affiliation::owner; }))
        return error(Condition::conflict, "a room has an owner");
    for (const auto& item : items) apply(actor, item);
    return result();
}

void Room::apply(const Jid& actor, const xep::muc::Item& item) {
    Change why;
    why.reason = item.reason;
    if (const Occupant* who = find(actor)) why.actor = who->nick;
    if (item.role) {
        if (Occupant* target = by_nick(item.nick)) set_role(*target, *item.role, std::move(why)); // else just kicked
        return;
    }
    Jid target = item.jid.bare();
    if (!target) {
        const Occupant* named = by_nick(item.nick);
        if (!named) return;
        target = named->bare;
    }
    set_affiliation(target, *item.affiliation, std::move(why));
}

void Room::set_role(Occupant& occupant, Role role, Change why) {
    if (role == Role::none) {
        why.codes.push_back(status::kicked);
        return remove(occupant, std::move(why));
    }
    if (role == occupant.role) return;
    occupant.role = role;
    tell_all(occupant, occupant.main().presence, why);
    if (role == Role::moderator && !config_.non_anonymous) // sees addresses from now on
        for (const Visit& visit : occupant.visits) tell_others_to(occupant, visit.jid);
}

void Room::set_affiliation(const Jid& bare, Affiliation affiliation, Change why) {
    const Affiliation before = this->affiliation(bare);
    if (affiliation == Affiliation::none)
        affiliations_.erase(bare);
    else
        affiliations_[bare] = affiliation;
    std::vector<std::string> present; // under several nicks, perhaps; of a domain, everybody
    for (const auto& [nick, occupant] : occupants_)
        if (occupant.bare == bare || (bare.local().empty() && occupant.bare.domain() == bare.domain()))
            present.push_back(nick);
    for (const std::string& nick : present) {
        Occupant& occupant = *by_nick(nick);
        const Affiliation now = this->affiliation(occupant.bare);
        Change change = why;
        if (now == Affiliation::outcast) {
            change.codes.push_back(status::banned);
            remove(occupant, std::move(change));
        } else if (config_.members_only && now < Affiliation::member) {
            change.codes.push_back(status::affiliation_lost);
            remove(occupant, std::move(change));
        } else if (now != before) {
            // Section 5.2.2: more brings the role that goes with it; less takes what it had brought.
            const Role usual = role_on_entering(now, config_.moderated);
            const bool was_moderator = occupant.role == Role::moderator;
            if (now > before) occupant.role = std::max(occupant.role, usual);
            if (now < before && now < Affiliation::admin && before >= Affiliation::admin) occupant.role = usual;
            tell_all(occupant, occupant.main().presence, change);
            if (!was_moderator && occupant.role == Role::moderator && !config_.non_anonymous)
                for (const Visit& visit : occupant.visits) tell_others_to(occupant, visit.jid);
        }
    }
}

} // namespace epode::muc
