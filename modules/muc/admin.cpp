// SPDX-License-Identifier: MIT
// Lists of people: roles and affiliations asked for and changed (XEP-0045 chapters 8, 9 and 10.3 to 10.8).
#include "core/module.hpp"
#include "modules/muc/room.hpp"

#include <algorithm>

namespace epode::muc {

namespace status = xep::muc::status;

namespace {
constexpr std::size_t most_reason = 1000; ///< bytes that are kept of why somebody is on a list
} // namespace

Reply Room::list(const Jid& asker, const xep::muc::Item& item) const {
    if (item.role.has_value() == item.affiliation.has_value())
        return error(Condition::bad_request, "a list is asked for by role or by affiliation");
    const auto who = standing(asker);
    xep::muc::Admin answer;
    if (item.role) {
        // Chapter 9: the list of moderators is an admin's.
        const bool moderates = who.role == Role::moderator && *item.role != Role::moderator;
        if (!moderates && who.affiliation < Affiliation::admin) return error(Condition::forbidden);
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
    if (!may_list(who.affiliation, config_.tells_lists(who.role), *item.affiliation, config_.non_anonymous))
        return error(Condition::forbidden);
    for (const auto& [jid, affiliate] : affiliates_.all()) {
        if (affiliate.what != *item.affiliation) continue;
        xep::muc::Item entry;
        entry.affiliation = affiliate.what;
        entry.jid = jid;
        if (!affiliate.nick.empty()) entry.nick = affiliate.nick;
        if (affiliate.what == Affiliation::outcast) entry.reason = affiliate.reason;
        answer.items.push_back(std::move(entry));
    }
    return result(answer);
}

/// By address, or by the nick of somebody who is here.
Jid Room::target_of(const xep::muc::Item& item) const {
    if (item.jid) return item.jid.bare();
    const auto found = item.nick ? occupants_.find(*item.nick) : occupants_.end();
    return found == occupants_.end() ? Jid() : found->second.bare;
}

std::optional<StanzaError> Room::check(const Jid& actor, const xep::muc::Item& item) const {
    const auto who = standing(actor);
    if (item.role.has_value() == item.affiliation.has_value())
        return StanzaError(Condition::bad_request, "one item changes either a role or an affiliation");
    if (!item.jid && !item.nick) return StanzaError(Condition::bad_request, "whom does that concern?");
    if (item.role) {
        if (who.role != Role::moderator && who.affiliation < Affiliation::admin)
            return StanzaError(Condition::forbidden, "roles are for moderators");
        if (!item.nick) return StanzaError(Condition::bad_request, "a role is somebody's by his nick");
        const auto found = occupants_.find(*item.nick);
        if (found == occupants_.end()) return StanzaError(Condition::item_not_found, "there is nobody of that nick");
        const Standing target{affiliation(found->second.bare), found->second.role};
        if (const auto refused = forbids_role(who, target, *item.role)) return StanzaError(*refused);
        return std::nullopt;
    }
    if (who.affiliation < Affiliation::admin) return StanzaError(Condition::forbidden, "affiliations are for admins");
    const Jid target = target_of(item);
    if (!target) return StanzaError(Condition::item_not_found, "there is nobody of that nick");
    if (target == actor.bare() && *item.affiliation == Affiliation::outcast)
        return StanzaError(Condition::conflict, "nobody bans himself"); // section 9.1
    if (const auto refused = forbids_affiliation(who.affiliation, affiliation(target), *item.affiliation))
        return StanzaError(*refused);
    if (target.local().empty() && *item.affiliation > Affiliation::none)
        return StanzaError(Condition::not_acceptable, "a domain can only be banned");
    if (item.jid && item.nick && !item.nick->empty() && !nick_is_free(*item.nick, target))
        return StanzaError(Condition::conflict, "the nick is somebody else's");
    if (affiliates_.size() >= limits_.affiliations && !affiliates_.find(target))
        return StanzaError(Condition::resource_constraint, "the room has too many people on its lists");
    return std::nullopt;
}

Result<Deed, StanzaError> Room::change(const Jid& actor, const std::vector<xep::muc::Item>& items) {
    for (const auto& item : items)
        if (auto refused = check(actor, item)) return std::unexpected(std::move(*refused));
    // Section 10.4: never a room without an owner; what the whole list leaves counts.
    std::map<Jid, Affiliation> owners;
    for (const auto& [jid, affiliate] : affiliates_.all())
        if (affiliate.what == Affiliation::owner) owners[jid] = affiliate.what;
    for (const auto& item : items)
        if (item.affiliation) owners[target_of(item)] = *item.affiliation;
    if (std::ranges::none_of(owners, [](const auto& entry) { return entry.second == Affiliation::owner; }))
        return std::unexpected(StanzaError(Condition::conflict, "a room has an owner"));
    Deed deed;
    const Occupant* doer = find(actor);
    for (const auto& item : items) {
        Change why;
        why.reason = item.reason;
        if (doer) why.actor = doer->nick;
        if (item.role) {
            Deed::Step step;
            step.nick = *item.nick;
            step.role = item.role;
            step.why = std::move(why);
            deed.steps.push_back(std::move(step));
            continue;
        }
        Affiliate next(target_of(item), *item.affiliation);
        if (item.reason.size() <= most_reason) next.reason = item.reason;
        const Affiliate* old = affiliates_.find(next.jid);
        if (item.jid && item.nick)
            next.nick = *item.nick;
        else if (old && next.what != Affiliation::outcast)
            next.nick = old->nick;
        if (old && next.what >= Affiliation::member) next.copies = old->copies;
        // Section 9.5: who may come now learns that.
        if (config_.members_only && affiliation(next.jid) == Affiliation::none && next.what >= Affiliation::member &&
            std::ranges::none_of(occupants_, [&](const auto& entry) { return entry.second.bare == next.jid; }))
            deed.invited.emplace_back(next.jid, doer && !config_.non_anonymous ? doer->address : actor.bare());
        set_affiliate(deed, std::move(next), std::move(why));
    }
    return deed;
}

void Room::set_affiliate(Deed& deed, Affiliate next, Change why) {
    const Affiliate* old = affiliates_.find(next.jid);
    deed.old_affiliates.push_back(old ? *old : Affiliate(next.jid, Affiliation::none));
    Deed::Step step;
    step.bare = next.jid;
    step.before = affiliation(next.jid);
    xep::Mav lists;
    lists.since = lists_version();
    affiliates_.changed(next.jid);
    lists.until = lists_version();
    why.lists = std::move(lists);
    step.why = std::move(why);
    deed.steps.push_back(std::move(step));
    if (keeps()) records_.put(deed.batch, jid_, next);
    affiliates_.set(std::move(next));
    audience_ = {};
    if (keeps()) put_record(deed.batch);
}

void Room::undo(Deed& deed) {
    for (auto old = deed.old_affiliates.rbegin(); old != deed.old_affiliates.rend(); ++old) {
        affiliates_.changed(old->jid);
        affiliates_.set(std::move(*old));
        audience_ = {};
    }
    if (deed.old_config) config_ = std::move(*deed.old_config);
    if (deed.old_vcard) vcard_ = std::move(*deed.old_vcard);
    if (deed.old_hats) hats_ = std::move(*deed.old_hats);
    if (deed.old_tokens) tokens_ = std::move(*deed.old_tokens);
    if (deed.unlocked) locked_ = true;
}

/// Those who lose their place hear it before whoever asked has the answer (section 8.2).
void Room::remove(Deed& deed) {
    if (deed.retracted) history_.erase(*deed.retracted);
    const auto go = [&](Occupant& occupant, unsigned code, Change why) {
        why.codes.push_back(code);
        why.gone = true;
        Occupant gone = take_out(occupant);
        tell_self(gone, Stanza(), why);
        deed.removed.push_back({std::move(gone), std::move(why)});
    };
    for (const Deed::Step& step : deed.steps) {
        if (step.role) {
            Occupant* target = *step.role == Role::none ? by_nick(step.nick) : nullptr;
            if (target) go(*target, status::kicked, step.why);
            continue;
        }
        std::vector<std::string> present; // under several nicks, perhaps; of a domain, everybody
        for (const auto& [nick, occupant] : occupants_)
            if (occupant.bare == step.bare ||
                (step.bare.local().empty() && occupant.bare.domain() == step.bare.domain()))
                present.push_back(nick);
        for (const std::string& nick : present) {
            Occupant& occupant = *by_nick(nick);
            const Affiliation now = affiliation(occupant.bare);
            if (now == Affiliation::outcast)
                go(occupant, status::banned, step.why);
            else if (config_.members_only && now < Affiliation::member && step.before >= Affiliation::member)
                go(occupant, status::affiliation_lost, step.why);
        }
    }
    if (!deed.old_config || !config_.members_only || deed.old_config->members_only) return;
    std::vector<std::string> strangers; // section 10.2: the room has become members-only
    for (const auto& [nick, occupant] : occupants_)
        if (affiliation(occupant.bare) < Affiliation::member) strangers.push_back(nick);
    for (const std::string& nick : strangers) go(*by_nick(nick), status::members_only, Change());
}

void Room::tell(const Deed& deed) {
    for (const Deed::Removed& removed : deed.removed) {
        Occupant gone = removed.occupant;
        tell_others(gone, Stanza(), removed.why);
    }
    for (const Deed::Step& step : deed.steps) {
        const auto is_out = [&](const Deed::Removed& removed) {
            return removed.why.lists && step.why.lists && removed.why.lists->until == step.why.lists->until;
        };
        if (std::ranges::none_of(deed.removed, is_out)) follow(step);
    }
    if (deed.old_config) reconfigured(*deed.old_config);
    tell_status(deed.codes);
    for (auto& [nick, occupant] : occupants_)
        if (std::ranges::find(deed.redressed, occupant.bare) != deed.redressed.end())
            tell_all(occupant, occupant.main().presence, Change());
    for (const Said& said : deed.said) {
        send_all(said.message);
        tell_members(said, Jid(), {});
    }
    for (const auto& [who, by] : deed.invited) send_invitation(who, by, xml::Element(), {});
}

void Room::follow(const Deed::Step& step) {
    if (step.role) {
        Occupant* occupant = by_nick(step.nick);
        if (!occupant || *step.role == Role::none || occupant->role == *step.role) return;
        const Role before = std::exchange(occupant->role, *step.role);
        remember_voice(*occupant);
        return role_changed(*occupant, before, step.why);
    }
    const Affiliation now = affiliation(step.bare);
    if (now == step.before) return;
    voices_.erase(step.bare);
    bool here = false;
    for (auto& [nick, occupant] : occupants_) {
        if (occupant.bare != step.bare) continue;
        here = true;
        // Section 5.1.3: more brings the role that goes with it; less takes what it had brought.
        const Role usual = role_on_entering(now, config_.moderated);
        const Role before = occupant.role;
        if (now > step.before) occupant.role = std::max(occupant.role, usual);
        if (now < Affiliation::admin && step.before >= Affiliation::admin) occupant.role = usual;
        role_changed(occupant, before, step.why);
    }
    // Sections 10.3 and 10.6, XEP-0463: whoever may read the lists hears of those who are not here, too.
    if (here) return;
    xml::Builder builder;
    builder.open("message").attr("id", random_id()).open("x", xep::muc::user_ns);
    if (step.why.lists) step.why.lists->encode(builder);
    builder.open("item").attr("affiliation", xep::muc::name(now)).attr("jid", step.bare.text()).attr("role", "none");
    const Stanza told(builder.close().close().close().finish(), jid_, Jid());
    if (config_.non_anonymous) return send_all(told);
    for (const auto& [nick, occupant] : occupants_)
        if (knows_lists(occupant))
            for (const Visit& visit : occupant.visits) host_.route(told.to(visit.jid));
}

void Room::remember_voice(const Occupant& occupant) {
    if (!config_.moderated) return;
    if (occupant.role != Role::visitor && occupant.role != Role::participant) return;
    if (voices_.size() >= limits_.affiliations && !voices_.contains(occupant.bare)) voices_.erase(voices_.begin());
    voices_[occupant.bare] = occupant.role;
}

void Room::role_changed(Occupant& occupant, Role before, const Change& why) {
    tell_all(occupant, occupant.main().presence, why);
    if (occupant.role != Role::moderator || before == Role::moderator || config_.non_anonymous) return;
    for (const Visit& visit : occupant.visits) tell_others_to(occupant, visit.jid); // he sees addresses from now on
}

} // namespace epode::muc
