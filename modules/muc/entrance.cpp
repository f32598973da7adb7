// SPDX-License-Identifier: MIT
// Coming, going and changing the nick (XEP-0045 sections 7.2, 7.6, 7.14).
#include "modules/muc/room.hpp"
#include "xep/xep0203_delay.hpp"

#include <algorithm>

namespace epode::muc {

namespace status = xep::muc::status;

namespace {

Verdict no_nick() {
    return Verdict::refuse(StanzaError(Condition::jid_malformed, "enter under a nick: room@service/nick"));
}

/// What others see of it.
std::string shown(const Stanza& presence) {
    std::string all;
    for (const xml::Element child : presence.root().children())
        if (child.ns() != xep::muc::join_ns && child.ns() != xep::muc::user_ns) all += child.bytes();
    return all;
}

} // namespace

void Room::found(const Stanza& presence, bool locked) {
    locked_ = locked;
    maker_ = presence.from().bare();
    affiliates_.set(Affiliate(presence.from().bare(), Affiliation::owner));
    admit(presence, xep::muc::Join(), {status::created});
}

Verdict Room::presence(Arrival& arrival) {
    const Stanza& stanza = arrival.stanza;
    const auto type = stanza.type();
    Occupant* occupant = find(stanza.from());
    if (type == "error") {
        if (occupant) leave(stanza.from(), Stanza(), {status::technical});
        return Verdict::take();
    }
    if (type == "unavailable") {
        if (occupant) leave(stanza.from(), stanza, {});
        return Verdict::take();
    }
    if (!type.empty()) return Verdict::drop(); // rooms have no subscriptions
    const auto join = stanza.root().child(xep::muc::Join::name, xep::muc::Join::ns);
    if (stanza.to().is_bare() && !join && occupant) return Verdict::drop();
    if (!is_nick(stanza.to().resource())) return no_nick();
    if (occupant && stanza.to().resource() != occupant->nick) {
        if (auto refused = rename(stanza, *occupant)) return Verdict::refuse(std::move(*refused));
        if (join) admit(stanza, xep::muc::Join::decode(join), {}); // it has lost track of the room
        return Verdict::take();
    }
    if (join) return enter(arrival, join);
    if (!occupant) {
        refuse_stranger(stanza);
        return Verdict::take();
    }
    auto& visits = occupant->visits;
    const auto visit = std::ranges::find(visits, stanza.from(), &Visit::jid);
    visit->presence = stanza;
    std::rotate(visit, visit + 1, visits.end());
    tell_all(*occupant, stanza, Change());
    return Verdict::take();
}

/// Section 7.2.17: presence without <x/> of somebody who is not here means that his client believes it is.
void Room::refuse_stranger(const Stanza& stanza) const {
    xml::Builder builder;
    builder.open("presence").attr("type", "unavailable").open("x", xep::muc::user_ns);
    builder.open("item").attr("affiliation", xep::muc::name(affiliation(stanza.from()))).attr("role", "none");
    builder.leaf("reason", "You are not in the room.").close();
    for (const unsigned code : {status::self, status::kicked, status::technical})
        builder.open("status").attr("code", std::to_string(code)).close();
    host_.route(Stanza(builder.close().close().finish(), stanza.to(), stanza.from()));
}

bool Room::is_nick(std::string_view resource) { return !resource.empty() && prepare::nickname(resource).has_value(); }

bool Room::nick_is_free(std::string_view nick, const Jid& bare) const {
    const Affiliate* reserved = affiliates_.by_nick(nick);
    return !reserved || reserved->jid == bare;
}

std::optional<StanzaError> Room::may_enter(const Stanza& stanza, const xep::muc::Join& join, bool invited) const {
    const Jid bare = stanza.from().bare();
    const std::string_view nick = stanza.to().resource();
    const Affiliation what = affiliation(bare);
    if (what == Affiliation::outcast) return StanzaError(Condition::forbidden, "you are banned");
    if (locked_ && what != Affiliation::owner) return StanzaError(Condition::item_not_found, "the room is locked");
    if (config_.members_only && what < Affiliation::member && !invited) {
        // What was given is no password, for there is none: so it was a token (XEP-0488, implementation notes).
        if (!join.password.empty() && !config_.password_protected) return expired_token();
        return StanzaError(Condition::registration_required, "the room is for its members");
    }
    if (config_.password_protected && !invited && join.password != config_.password)
        return StanzaError(Condition::not_authorized, "the room needs a password");
    if (invited && affiliates_.size() >= limits_.affiliations)
        return StanzaError(Condition::resource_constraint, "the room has too many members");
    const auto found = occupants_.find(nick);
    if ((found != occupants_.end() && found->second.bare != bare) || !nick_is_free(nick, bare))
        return StanzaError(Condition::conflict, "the nick is taken");
    if (found != occupants_.end()) return std::nullopt;
    const auto most = config_.max_users == 0 ? limits_.occupants : std::min(config_.max_users, limits_.occupants);
    if (occupants_.size() >= most && what < Affiliation::admin)
        return StanzaError(Condition::service_unavailable, ErrorType::wait, "the room is full");
    return std::nullopt;
}

Verdict Room::enter(Arrival& arrival, xml::Element element) {
    const Stanza& stanza = arrival.stanza;
    const auto join = xep::muc::Join::decode(element);
    // Who is here already has lost track of the room: everything once more.
    if (!has(stanza.from())) {
        const bool invited = affiliation(stanza.from()) == Affiliation::none && has_token(join.password);
        if (auto refused = may_enter(stanza, join, invited)) return Verdict::refuse(std::move(*refused));
        if (invited) redeem(arrival, join.password);
    }
    admit(stanza, join, {});
    return Verdict::take();
}

void Room::admit(const Stanza& stanza, const xep::muc::Join& join, std::vector<unsigned> codes) {
    const Jid& client = stanza.from();
    const std::string nick(stanza.to().resource());
    const auto [entry, fresh] = occupants_.try_emplace(nick);
    Occupant& occupant = entry->second;
    if (fresh) {
        occupant.nick = nick;
        occupant.address = stanza.to();
        occupant.bare = client.bare();
        occupant.role = role_on_entering(affiliation(client), config_.moderated);
        // Section 5.1: voice that was given or taken in a moderated room is, still.
        if (const auto had = voices_.find(occupant.bare); had != voices_.end() && occupant.role < Role::moderator)
            occupant.role = had->second;
        occupant.id = occupant_id(occupant.bare);
    }
    const auto visit = std::ranges::find(occupant.visits, client, &Visit::jid);
    const bool same = visit != occupant.visits.end() && shown(visit->presence) == shown(stanza);
    if (visit != occupant.visits.end()) occupant.visits.erase(visit);
    occupant.visits.emplace_back(client, stanza);
    nicks_[client] = nick;
    if (fresh) came_or_went(occupant.bare);
    if (config_.non_anonymous) codes.push_back(status::non_anonymous);
    if (config_.logged) codes.push_back(status::now_logged);
    Change change(std::move(codes));
    change.lists.emplace().until = lists_version();
    if (join.lists) tell_lists(occupant, stanza, join.lists->since);
    tell_others_to(occupant, client);
    if (same)
        host_.route(
            Stanza(document(occupant, stanza, change, {true, true, knows_lists(occupant)}), occupant.address, client));
    else
        tell_all(occupant, stanza, change);
    tell_past(client, join.history);
}

/// Sections 7.2.13 to 7.2.15: what was said, and at the end the subject, an empty one where none was set.
void Room::tell_past(const Jid& client, const xep::muc::HistoryRequest& history) const {
    for (const Stanza& late : history_.select(history, jid_, host_.wall(), history_limit()))
        host_.route(late.to(client));
    if (subject_) return host_.route(xep::with_delay(*subject_, xep::Delay(jid_, subject_since_)).to(client));
    xml::Builder builder;
    builder.open("message").attr("type", "groupchat").leaf("subject", {}).close();
    host_.route(Stanza(builder.finish(), jid_, client));
}

std::optional<StanzaError> Room::rename(const Stanza& stanza, Occupant& occupant) {
    const std::string nick(stanza.to().resource());
    if (by_nick(nick) || !nick_is_free(nick, occupant.bare))
        return StanzaError(Condition::conflict, "the nick is taken");
    Change change({status::new_nick});
    change.gone = true;
    change.new_nick = nick;
    tell_all(occupant, Stanza(), change);
    auto node = occupants_.extract(occupant.nick);
    node.key() = nick;
    Occupant& renamed = node.mapped();
    renamed.nick = nick;
    renamed.address = stanza.to();
    for (Visit& visit : renamed.visits) {
        nicks_[visit.jid] = nick;
        if (visit.jid == stanza.from()) visit.presence = stanza;
    }
    const auto main = std::ranges::find(renamed.visits, stanza.from(), &Visit::jid);
    std::rotate(main, main + 1, renamed.visits.end());
    occupants_.insert(std::move(node));
    tell_all(renamed, stanza, Change());
    return std::nullopt;
}

void Room::leave(const Jid& full, const Stanza& stanza, std::vector<unsigned> codes) {
    Occupant& occupant = *find(full);
    Change change(std::move(codes));
    change.gone = true;
    if (occupant.visits.size() == 1) {
        // Section 10.1.3: a room that was never configured goes with who made it.
        if (locked_ && occupants_.size() == 1) change.destroy.emplace();
        tell_all(occupant, stanza, change);
        take_out(occupant);
        return;
    }
    host_.route(Stanza(document(occupant, stanza, change, {true, true, false}), occupant.address, full));
    const bool main = occupant.main().jid == full;
    std::erase_if(occupant.visits, [&](const Visit& visit) { return visit.jid == full; });
    nicks_.erase(full);
    if (main) tell_all(occupant, occupant.main().presence, Change());
}

Occupant Room::take_out(Occupant& occupant) {
    for (const Visit& visit : occupant.visits) nicks_.erase(visit.jid);
    auto node = occupants_.extract(occupant.nick);
    came_or_went(node.mapped().bare);
    return std::move(node.mapped());
}

} // namespace epode::muc
