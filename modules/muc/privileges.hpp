// SPDX-License-Identifier: MIT
// XEP-0045 chapter 5 as functions: who may do what to whom, and what role somebody comes in with. Nothing here knows
// a room.
#pragma once

#include "xep/xep0045_muc.hpp"

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

/// Sections 5.1.1, 8.2 to 8.5, 9.6, 9.7: only an admin makes and unmakes moderators; a moderator gives and takes voice
/// and kicks those who are not above. Nobody takes it from an admin or owner.
constexpr bool may_set_role(Standing actor, Standing target, Role wanted) noexcept {
    if (actor.role != Role::moderator) return false;
    const bool of_admins = target.role == Role::moderator || wanted == Role::moderator;
    if (of_admins && actor.affiliation < Affiliation::admin) return false;
    if (wanted >= target.role) return true;
    if (wanted == Role::none) return target.affiliation <= actor.affiliation; // a kick
    return target.affiliation < Affiliation::admin && target.affiliation <= actor.affiliation;
}

/// Sections 5.2.1, 9.1 to 9.5, 10.3 to 10.8: admins decide about outcasts and members, owners about everybody.
constexpr bool may_set_affiliation(Affiliation actor, Affiliation target, Affiliation wanted) noexcept {
    if (actor == Affiliation::owner) return true;
    return actor == Affiliation::admin && target < Affiliation::admin && wanted < Affiliation::admin;
}

} // namespace epode::muc
