// SPDX-License-Identifier: MIT
// XEP-0045: the words of group rooms: affiliations and roles, what a client says when it enters, and the queries of
// admins and owners.
#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/jid.hpp"
#include "core/xml/builder.hpp"
#include "xep/xep0004_forms.hpp"
#include "xep/xep0463_affiliations.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace epode::xep::muc {

inline constexpr std::string_view join_ns = "http://jabber.org/protocol/muc";
inline constexpr std::string_view user_ns = "http://jabber.org/protocol/muc#user";
inline constexpr std::string_view admin_ns = "http://jabber.org/protocol/muc#admin";
inline constexpr std::string_view owner_ns = "http://jabber.org/protocol/muc#owner";
/// Announced: a message that everybody gets has the id that its sender gave it (section 7.4).
inline constexpr std::string_view stable_id = "http://jabber.org/protocol/muc#stable_id";
inline constexpr std::string_view occupant_id_ns = "urn:xmpp:occupant-id:0"; ///< XEP-0421
/// Announced, and the field of the registration form: a member wants messages also while no client of his is in the
/// room. Tigase's, understood by its clients and by Prosody; no specification has one.
inline constexpr std::string_view copies_feature = "http://tigase.org/protocol/muc#offline";
inline constexpr std::string_view copies_field = "{http://tigase.org/protocol/muc}offline";
inline constexpr std::string_view config_form = "http://jabber.org/protocol/muc#roomconfig";
inline constexpr std::string_view info_form = "http://jabber.org/protocol/muc#roominfo";
inline constexpr std::string_view register_form = "http://jabber.org/protocol/muc#register";
inline constexpr std::string_view request_form = "http://jabber.org/protocol/muc#request";

/// Chapter 5.2: what somebody is in a room for ever. In order of power.
enum class Affiliation : std::uint8_t { outcast, none, member, admin, owner };
/// Chapter 5.1: what an occupant is during a visit. In order of power.
enum class Role : std::uint8_t { none, visitor, participant, moderator };

std::string_view name(Affiliation affiliation) noexcept;
std::string_view name(Role role) noexcept;
std::optional<Affiliation> affiliation(std::string_view name) noexcept;
std::optional<Role> role(std::string_view name) noexcept;

/// Status codes of chapter 15.6.2.
namespace status {
inline constexpr unsigned non_anonymous = 100;
inline constexpr unsigned affiliation_changed_outside = 101;
inline constexpr unsigned config_changed = 104;
inline constexpr unsigned self = 110;
inline constexpr unsigned now_logged = 170;
inline constexpr unsigned now_unlogged = 171;
inline constexpr unsigned now_non_anonymous = 172;
inline constexpr unsigned now_semi_anonymous = 173;
inline constexpr unsigned created = 201;
inline constexpr unsigned nick_assigned = 210;
inline constexpr unsigned banned = 301;
inline constexpr unsigned new_nick = 303;
inline constexpr unsigned kicked = 307;
inline constexpr unsigned affiliation_lost = 321;
inline constexpr unsigned members_only = 322;
inline constexpr unsigned shutdown = 332;
inline constexpr unsigned technical = 333;
} // namespace status

/// Section 7.2.14: how much of what was said before somebody wants; the smallest of all that are given counts.
struct HistoryRequest {
    std::optional<std::size_t> maxchars, maxstanzas;
    std::optional<std::uint32_t> seconds;
    std::optional<WallTime> since;

    HistoryRequest() = default;
    /// What is no number or date is left out.
    static HistoryRequest decode(xml::Element element);
};

/// <x xmlns='http://jabber.org/protocol/muc'/>: who sends it wants to enter.
struct Join {
    static constexpr std::string_view ns = join_ns;
    static constexpr std::string_view name = "x";

    std::string password;
    HistoryRequest history;
    std::optional<Mav> lists; ///< it wants to know who is what (XEP-0463)

    Join() = default;
    static Join decode(xml::Element element);
};

/// An <item/> of the admin's and owner's queries, and of presence.
struct Item {
    std::optional<Affiliation> affiliation;
    std::optional<Role> role;
    Jid jid;
    std::optional<std::string> nick; ///< "" takes a reserved one away (section 9.5)
    std::string reason;

    Item() = default;
    /// An affiliation, role or address that is none is an error.
    static Result<Item> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

/// Chapters 8 to 10: lists of people, asked for (one item without a name) and changed.
struct Admin {
    static constexpr std::string_view ns = admin_ns;
    static constexpr std::string_view name = "query";

    std::vector<Item> items;

    Admin() = default;
    static Result<Admin> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

/// Section 10.9: the room ends, and where people go instead.
struct Destroy {
    Jid venue;
    std::string password, reason;

    Destroy() = default;
    static Result<Destroy> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

/// Chapter 10: configuration and destruction.
struct Owner {
    static constexpr std::string_view ns = owner_ns;
    static constexpr std::string_view name = "query";

    std::optional<Form> form;
    std::optional<Destroy> destroy;

    Owner() = default;
    static Result<Owner> decode(xml::Element element);
};

/// Section 7.10: a nick is registered, asked for or given up, in the words of XEP-0077.
struct Registration {
    static constexpr std::string_view ns = "jabber:iq:register";
    static constexpr std::string_view name = "query";

    bool remove = false;
    std::optional<Form> form;        ///< submitted, or to be filled in
    std::optional<std::string> nick; ///< answered: it is registered

    Registration() = default;
    static Result<Registration> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

} // namespace epode::xep::muc
