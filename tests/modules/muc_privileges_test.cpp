// SPDX-License-Identifier: MIT
// XEP-0045 chapter 5, over every combination there is.
#include "modules/muc/privileges.hpp"
#include "tests/catch.hpp"

using namespace epode::muc;

namespace {
constexpr Affiliation affiliations[] = {Affiliation::outcast, Affiliation::none, Affiliation::member,
                                        Affiliation::admin, Affiliation::owner};
constexpr Role roles[] = {Role::none, Role::visitor, Role::participant, Role::moderator};

template <typename Each> void each_role_change(Each each) {
    for (const auto a : affiliations)
        for (const auto b : affiliations)
            for (const auto r : roles)
                for (const auto s : roles)
                    for (const auto wanted : roles) each(Standing{a, r}, Standing{b, s}, wanted);
}
} // namespace

TEST_CASE("only moderators change roles, and of moderators only admins") {
    each_role_change([](Standing actor, Standing target, Role wanted) {
        if (!may_set_role(actor, target, wanted)) return;
        CHECK(actor.role == Role::moderator);
        if (wanted == Role::moderator || target.role == Role::moderator) CHECK(actor.affiliation >= Affiliation::admin);
    });
}

TEST_CASE("nobody takes a role from somebody above, nor voice or moderation from an admin or owner") {
    each_role_change([](Standing actor, Standing target, Role wanted) {
        if (wanted >= target.role || !may_set_role(actor, target, wanted)) return;
        CHECK(target.affiliation <= actor.affiliation);
        if (wanted != Role::none) CHECK(target.affiliation < Affiliation::admin);
    });
}

TEST_CASE("an owner who moderates gives every role and kicks everybody") {
    const Standing owner{Affiliation::owner, Role::moderator};
    for (const auto affiliation : affiliations)
        for (const auto role : roles) {
            CHECK(may_set_role(owner, {affiliation, role}, Role::moderator));
            CHECK(may_set_role(owner, {affiliation, role}, Role::none));
        }
}

TEST_CASE("a moderator without affiliation gives and takes voice, and kicks") {
    const Standing moderator{Affiliation::none, Role::moderator};
    CHECK(may_set_role(moderator, {Affiliation::none, Role::visitor}, Role::participant));
    CHECK(may_set_role(moderator, {Affiliation::none, Role::participant}, Role::visitor));
    CHECK(may_set_role(moderator, {Affiliation::none, Role::participant}, Role::none));
    CHECK_FALSE(may_set_role(moderator, {Affiliation::member, Role::participant}, Role::visitor));
    CHECK_FALSE(may_set_role(moderator, {Affiliation::none, Role::participant}, Role::moderator));
}

TEST_CASE("owners change every affiliation, admins those below themselves, others none") {
    for (const auto actor : affiliations)
        for (const auto target : affiliations)
            for (const auto wanted : affiliations) {
                const bool admins = target < Affiliation::admin && wanted < Affiliation::admin;
                CHECK(may_set_affiliation(actor, target, wanted) ==
                      (actor == Affiliation::owner || (actor == Affiliation::admin && admins)));
            }
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
