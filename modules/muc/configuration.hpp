// SPDX-License-Identifier: MIT
// What an owner can set in a room (XEP-0045 section 10.2), as a form and back, and what occupants are told of it.
#pragma once

#include "modules/muc/affiliates.hpp"
#include "xep/xep0004_forms.hpp"
#include "xep/xep0045_muc.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace epode::muc {

enum class Private : std::uint8_t { anyone, participants, moderators, none }; ///< who may send private messages

struct Configuration {
    std::string name, description, language;
    bool change_subject = false; ///< participants may
    bool invites = false;        ///< members of a members-only room may invite
    bool members_only = false;
    bool moderated = false;
    bool listed = true;
    bool non_anonymous = false;
    bool password_protected = false;
    std::string password;
    std::uint32_t max_users = 0; ///< 0: what the server allows
    Private private_messages = Private::anyone;
    bool show_visitors = true, show_participants = true; ///< whose presence is told; that of moderators always
    bool persistent = false;
    std::optional<std::uint32_t> history; ///< messages shown to who enters, at most; null: what the server shows
    std::uint32_t slow_mode = 0;          ///< seconds between two messages of one user (XEP-0500)
    bool registers = true;                ///< anybody may register a nick and become a member, if it is open
    bool logged = false;                  ///< who enters is told that others may read later what is said
    bool archived = true;           ///< what is said can be looked for later (XEP-0313), where the host has archives
    bool forwards_mentions = false; ///< to members who are not in the room (XEP-0452)
    std::optional<std::uint32_t> member_list; ///< roles, as bits, that may read the lists; null: as anonymity has it
    std::string pubsub;                       ///< URI of a node that goes with the room

    void fields(auto& f) {
        f(name, description, language, change_subject, invites, members_only, moderated, listed, non_anonymous,
          password_protected, password, max_users, private_messages, show_visitors, show_participants, persistent,
          history, slow_mode, registers, logged, archived, forwards_mentions, member_list, pubsub);
    }
    bool operator==(const Configuration&) const = default;

    /// Whether the presence of occupants of that role is told to others.
    bool shows(xep::muc::Role role) const noexcept;
    /// Whether an occupant of that role may read the lists of members, admins and owners, beside those who may anyway.
    bool tells_lists(xep::muc::Role role) const noexcept;
};

/// What the server allows every room.
struct Limits {
    std::uint32_t occupants = 0;
    std::size_t history = 0;
    std::size_t affiliations = 0;
    std::size_t quiet = 0; ///< of more occupants those who have said nothing are not shown
};

/// What an owner submitted: the configuration, and the whole lists of owners and admins where he gave them.
struct Submission {
    Configuration config;
    std::optional<std::vector<Jid>> owners, admins;
};

xep::Form form_of(const Configuration& now, const Affiliates& affiliates, const Limits& limits);
/// `now` with what was submitted; the error is the text of a not-acceptable.
Result<Submission> apply(const Configuration& now, const xep::Form& submitted, const Affiliates& affiliates,
                         const Limits& limits);

/// Section 10.2.1: what occupants are told when the one becomes the other.
std::vector<unsigned> status_of(const Configuration& before, const Configuration& after);

} // namespace epode::muc
