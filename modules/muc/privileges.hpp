// SPDX-License-Identifier: MIT
// XEP-0045 chapter 5 as functions: who may do what to whom, and what role somebody comes in with. Nothing here knows
// a room.
#pragma once

#include "core/stanza.hpp"
#include "xep/xep0045_muc.hpp"

#include <optional>

namespace epode::muc {

using xep::muc::Affiliation;
using xep::muc::Role;

/// Section 5.1.2: the role that goes with an affiliation on entering.
constexpr Role role_on_entering(Affiliation affiliation, bool moderated) noexcept {
    switch (affiliation) {
    case Affiliation::outcast:
        return Role::none;
    case Affiliation::none:
        return moderated ? Role::visitor : Role::participant;
    case Affiliation::member:
        return Role::participant;
    case Affiliation::admin:
    case Affiliation::owner:
        return Role::moderator;
    }
    return Role::none;
}

/// Somebody in the room, or (role none) outside.
struct Standing {
    Affiliation affiliation = Affiliation::none;
    Role role = Role::none;
};

/// Null where it is allowed, else what is answered. Sections 5.1.1, 8.2 to 8.5, 9.6, 9.7: only an admin makes and
/// unmakes moderators; a moderator gives and takes voice and kicks those who are not above. Nobody takes it from an
/// admin or owner.
constexpr std::optional<Condition> forbids_role(Standing actor, Standing target, Role wanted) noexcept {
    if (actor.role != Role::moderator && actor.affiliation < Affiliation::admin) return Condition::forbidden;
    if (wanted == Role::moderator && target.role != Role::moderator && actor.affiliation < Affiliation::admin)
        return Condition::forbidden; // chapter 9: what only admins do
    if (wanted == target.role) return std::nullopt;
    if (wanted == Role::none) { // a kick, section 8.2
        if (target.affiliation > actor.affiliation) return Condition::not_allowed;
        if (target.role == Role::moderator && actor.affiliation < Affiliation::admin) return Condition::not_allowed;
        return std::nullopt;
    }
    if (wanted > target.role) return std::nullopt;
    if (target.affiliation >= Affiliation::admin || target.affiliation > actor.affiliation)
        return Condition::not_allowed;
    if (target.role == Role::moderator && actor.affiliation < Affiliation::admin) return Condition::not_allowed;
    return std::nullopt;
}

/// The same for affiliations. Sections 5.2.1, 9.1 to 9.5, 10.3 to 10.8: admins decide about outcasts and members,
/// owners about everybody.
constexpr std::optional<Condition> forbids_affiliation(Affiliation actor, Affiliation target,
                                                       Affiliation wanted) noexcept {
    if (actor == Affiliation::owner) return std::nullopt;
    if (actor < Affiliation::admin) return Condition::forbidden;
    if (wanted >= Affiliation::admin) return Condition::forbidden; // the lists of admins and owners are an owner's
    if (target < Affiliation::admin) return std::nullopt;
    return wanted == Affiliation::outcast ? Condition::not_allowed : Condition::forbidden;
}

/// Who may read the list of those with that affiliation: sections 9.2, 9.5, 10.5, 10.8. `told`: the room's
/// configuration tells it to occupants like the one who asks.
constexpr bool may_list(Affiliation asker, bool told, Affiliation list, bool non_anonymous) noexcept {
    if (asker == Affiliation::owner) return true;
    if (asker == Affiliation::outcast) return false;
    if (list == Affiliation::outcast) return asker == Affiliation::admin;
    if (told || (non_anonymous && asker >= Affiliation::member)) return true;
    return list == Affiliation::member && asker == Affiliation::admin;
}

} // namespace epode::muc
