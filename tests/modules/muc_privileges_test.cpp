// SPDX-License-Identifier: MIT
// XEP-0045 chapter 5, over every combination there is.
#include "modules/muc/privileges.hpp"
#include "tests/catch.hpp"

using namespace epode;
using namespace epode::muc;

namespace {
constexpr Affiliation affiliations[] = {Affiliation::outcast, Affiliation::none, Affiliation::member,
                                        Affiliation::admin, Affiliation::owner};
constexpr Role roles[] = {Role::none, Role::visitor, Role::participant, Role::moderator};

bool may(Standing actor, Standing target, Role wanted) { return !forbids_role(actor, target, wanted); }

template <typename Each> void each_role_change(Each each) {
    for (const auto a : affiliations)
        for (const auto b : affiliations)
            for (const auto r : roles)
                for (const auto s : roles)
                    for (const auto wanted : roles) each(Standing{a, r}, Standing{b, s}, wanted);
}
} // namespace

TEST_CASE("only moderators and admins change roles, and of moderators only admins") {
    each_role_change([](Standing actor, Standing target, Role wanted) {
        if (!may(actor, target, wanted)) return;
        const bool admin = actor.affiliation >= Affiliation::admin;
        CHECK((actor.role == Role::moderator || admin));
        if (wanted != target.role && (wanted == Role::moderator || target.role == Role::moderator)) CHECK(admin);
    });
}

TEST_CASE("nobody takes a role from somebody above, nor voice or moderation from an admin or owner") {
    each_role_change([](Standing actor, Standing target, Role wanted) {
        if (wanted >= target.role || !may(actor, target, wanted)) return;
        CHECK(target.affiliation <= actor.affiliation);
        if (wanted != Role::none) CHECK(target.affiliation < Affiliation::admin);
    });
}

TEST_CASE("who may not is told why: forbidden without the privilege, not-allowed above oneself") {
    const Standing participant{Affiliation::none, Role::participant}, moderator{Affiliation::none, Role::moderator};
    const Standing admin{Affiliation::admin, Role::moderator}, owner{Affiliation::owner, Role::moderator};
    CHECK(forbids_role(participant, participant, Role::none) == Condition::forbidden);
    CHECK(forbids_role(moderator, participant, Role::moderator) == Condition::forbidden);
    CHECK(forbids_role(moderator, admin, Role::none) == Condition::not_allowed);
    CHECK(forbids_role(admin, owner, Role::none) == Condition::not_allowed);
    CHECK(forbids_role(owner, admin, Role::visitor) == Condition::not_allowed);
    CHECK(forbids_role(owner, admin, Role::participant) == Condition::not_allowed);
    CHECK(forbids_affiliation(Affiliation::member, Affiliation::none, Affiliation::member) == Condition::forbidden);
    CHECK(forbids_affiliation(Affiliation::admin, Affiliation::none, Affiliation::admin) == Condition::forbidden);
    CHECK(forbids_affiliation(Affiliation::admin, Affiliation::admin, Affiliation::none) == Condition::forbidden);
    CHECK(forbids_affiliation(Affiliation::admin, Affiliation::owner, Affiliation::outcast) == Condition::not_allowed);
}

TEST_CASE("an owner gives every role and kicks everybody") {
    const Standing owner{Affiliation::owner, Role::moderator};
    for (const auto affiliation : affiliations)
        for (const auto role : roles) {
            CHECK(may(owner, {affiliation, role}, Role::moderator));
            CHECK(may(owner, {affiliation, role}, Role::none));
        }
}

TEST_CASE("a moderator without affiliation gives and takes voice, and kicks") {
    const Standing moderator{Affiliation::none, Role::moderator};
    CHECK(may(moderator, {Affiliation::none, Role::visitor}, Role::participant));
    CHECK(may(moderator, {Affiliation::none, Role::participant}, Role::visitor));
    CHECK(may(moderator, {Affiliation::none, Role::participant}, Role::none));
    CHECK_FALSE(may(moderator, {Affiliation::member, Role::participant}, Role::visitor));
    CHECK_FALSE(may(moderator, {Affiliation::none, Role::participant}, Role::moderator));
}

TEST_CASE("owners change every affiliation, admins those below themselves, others none") {
    for (const auto actor : affiliations)
        for (const auto target : affiliations)
            for (const auto wanted : affiliations) {
                const bool below = target < Affiliation::admin && wanted < Affiliation::admin;
                CHECK(!forbids_affiliation(actor, target, wanted) ==
                      (actor == Affiliation::owner || (actor == Affiliation::admin && below)));
            }
}

TEST_CASE("lists: outcasts are for admins, those above for owners, where addresses are no secret for all inside") {
    for (const auto list : affiliations) CHECK(may_list(Affiliation::owner, false, list, false));
    CHECK(may_list(Affiliation::admin, false, Affiliation::outcast, false));
    CHECK(may_list(Affiliation::admin, false, Affiliation::member, false));
    CHECK_FALSE(may_list(Affiliation::admin, false, Affiliation::admin, false));
    CHECK_FALSE(may_list(Affiliation::admin, false, Affiliation::owner, false));
    CHECK_FALSE(may_list(Affiliation::member, false, Affiliation::member, false));
    CHECK(may_list(Affiliation::none, true, Affiliation::owner, false)); // the owner wants it so
    CHECK_FALSE(may_list(Affiliation::none, true, Affiliation::outcast, false));
    for (const auto list : {Affiliation::member, Affiliation::admin, Affiliation::owner}) {
        CHECK(may_list(Affiliation::member, false, list, true));
        CHECK(may_list(Affiliation::none, true, list, true));
        CHECK_FALSE(may_list(Affiliation::none, false, list, true));
        CHECK_FALSE(may_list(Affiliation::outcast, true, list, true));
    }
    CHECK_FALSE(may_list(Affiliation::member, true, Affiliation::outcast, true));
}

TEST_CASE("the role somebody comes in with") {
    for (const bool moderated : {false, true}) {
        CHECK(role_on_entering(Affiliation::outcast, moderated) == Role::none);
        CHECK(role_on_entering(Affiliation::none, moderated) == (moderated ? Role::visitor : Role::participant));
        CHECK(role_on_entering(Affiliation::member, moderated) == Role::participant);
        CHECK(role_on_entering(Affiliation::admin, moderated) == Role::moderator);
        CHECK(role_on_entering(Affiliation::owner, moderated) == Role::moderator);
    }
}
