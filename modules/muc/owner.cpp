// SPDX-License-Identifier: MIT
// What owners do: configure and destroy, and give the room a picture (XEP-0045 sections 10.1, 10.2, 10.9; XEP-0486).
#include "core/module.hpp"
#include "modules/muc/room.hpp"

#include <algorithm>

namespace epode::muc {

namespace status = xep::muc::status;

Reply Room::form(const Jid& actor) const {
    if (affiliation(actor) != Affiliation::owner) return error(Condition::forbidden);
    xml::Builder builder;
    builder.open(xep::muc::Owner::name, xep::muc::Owner::ns);
    form_of(config_, affiliates_, limits_).encode(builder);
    return result(builder.close().finish());
}

Result<Deed, StanzaError> Room::configure(const Jid& actor, const xep::Form& submitted) {
    if (affiliation(actor) != Affiliation::owner) return std::unexpected(StanzaError(Condition::forbidden));
    auto next = apply(config_, submitted, affiliates_, limits_);
    if (!next) return std::unexpected(StanzaError(Condition::not_acceptable, next.error().text));
    // The form of a new room may be sent back with nobody in it: its maker owns it all the same.
    if (locked_ && next->owners && next->owners->empty()) next->owners.reset();
    if (next->owners && next->owners->empty())
        return std::unexpected(StanzaError(Condition::conflict, "a room has an owner"));
    const std::size_t named = (next->owners ? next->owners->size() : 0) + (next->admins ? next->admins->size() : 0);
    if (named > limits_.affiliations)
        return std::unexpected(StanzaError(Condition::resource_constraint, "those are too many"));
    const auto is_person = [](const Jid& jid) { return !jid.local().empty(); };
    if ((next->owners && !std::ranges::all_of(*next->owners, is_person)) ||
        (next->admins && !std::ranges::all_of(*next->admins, is_person)))
        return std::unexpected(StanzaError(Condition::not_acceptable, "owners and admins are people"));
    Deed deed;
    deed.unlocked = std::exchange(locked_, false);
    deed.codes = status_of(config_, next->config);
    const bool kept_before = keeps();
    deed.old_config = std::exchange(config_, next->config);
    set_lists(deed, *next);
    if (keeps() && !kept_before)
        records_.put(deed.batch, kept());
    else if (!keeps() && kept_before)
        erase_record(deed.batch);
    else if (keeps() && config_ != *deed.old_config)
        put_record(deed.batch);
    return deed;
}

/// The form has the whole lists: who is on none of them any more becomes what is next below.
void Room::set_lists(Deed& deed, const Submission& submitted) {
    const auto has = [](const std::optional<std::vector<Jid>>& list, const Jid& jid) {
        return list && std::ranges::find(*list, jid) != list->end();
    };
    const Affiliation below = config_.members_only ? Affiliation::member : Affiliation::none;
    std::map<Jid, Affiliation> changed;
    for (const auto& [jid, affiliate] : affiliates_.all()) {
        if (affiliate.what == Affiliation::owner && submitted.owners) changed[jid] = Affiliation::admin;
        if (affiliate.what == Affiliation::admin && submitted.admins) changed[jid] = below;
    }
    if (submitted.admins)
        for (const Jid& jid : *submitted.admins)
            if (affiliation(jid) != Affiliation::owner || changed.contains(jid)) changed[jid] = Affiliation::admin;
    if (submitted.owners)
        for (const Jid& jid : *submitted.owners) changed[jid] = Affiliation::owner;
    for (const auto& [jid, what] : changed) {
        const Affiliate* old = affiliates_.find(jid);
        if (old ? old->what == what : what == Affiliation::none) continue;
        if (what == below && has(submitted.owners, jid)) continue;
        Affiliate next(jid, what);
        if (old) next.nick = old->nick;
        if (old && what >= Affiliation::member) next.copies = old->copies;
        set_affiliate(deed, std::move(next), Change());
    }
}

void Room::reconfigured(const Configuration& before) {
    if (before.slow_mode != config_.slow_mode) spoke_.clear();
    if (!config_.moderated) voices_.clear();
    for (auto& [nick, occupant] : occupants_) {
        const Role role = occupant.role;
        // Section 5.1.1: everybody has voice where it is not moderated.
        if (before.moderated && !config_.moderated && role == Role::visitor) occupant.role = Role::participant;
        if (occupant.role != role)
            role_changed(occupant, role, Change());
        else if (shows(occupant) != occupant.told)
            tell_others(occupant, occupant.main().presence, Change());
    }
}

Result<Deed, StanzaError> Room::set_vcard(const Jid& actor, const xep::VCard& vcard) {
    if (affiliation(actor) != Affiliation::owner)
        return std::unexpected(StanzaError(Condition::forbidden, "Only owners are allowed to set avatars."));
    Deed deed;
    std::optional<xep::VCard> next;
    if (vcard.element().first()) next = vcard;
    deed.old_vcard = std::exchange(vcard_, std::move(next));
    deed.codes = {status::config_changed};
    if (keeps()) records_.put(deed.batch, jid_, vcard_);
    return deed;
}

Deed Room::forget(const Jid& account) {
    Deed deed;
    if (record().names(account)) {
        tokens_.forget(account);
        hats_.forget(account);
        if (maker_ == account) maker_ = Jid();
        if (keeps()) put_record(deed.batch);
    }
    if (!affiliates_.find(account)) return deed;
    set_affiliate(deed, Affiliate(account, Affiliation::none), Change());
    if (affiliates_.has_owner()) return deed;
    std::vector<Affiliate> admins;
    for (const auto& [jid, affiliate] : affiliates_.all())
        if (affiliate.what == Affiliation::admin) admins.push_back(affiliate);
    for (Affiliate& heir : admins) {
        heir.what = Affiliation::owner;
        set_affiliate(deed, std::move(heir), Change());
    }
    if (!admins.empty() || !keeps()) return deed;
    deed.old_config = config_;
    config_.persistent = false;
    erase_record(deed.batch);
    return deed;
}

void Room::close(Change why) {
    ended_ = true;
    ending_ = true;
    why.gone = true;
    // To each only that he is out: that the others are, too, goes without saying.
    for (const auto& [nick, occupant] : occupants_) tell_self(occupant, Stanza(), why);
    nicks_.clear();
    occupants_.clear();
}

} // namespace epode::muc
