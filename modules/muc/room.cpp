// SPDX-License-Identifier: MIT
#include "modules/muc/room.hpp"

#include "core/base/digest.hpp"
#include "core/base/id.hpp"

#include <algorithm>

namespace epode::muc {

namespace {

OwnerId new_owner() {
    std::uint64_t number = 0;
    random_bytes(&number, sizeof number);
    return OwnerId(number);
}

} // namespace

Room::Room(Host& host, Records& records, Jid jid, Limits limits)
    : host_(host), records_(records), jid_(std::move(jid)), key_(Records::key(jid_)), limits_(limits),
      secret_(random_id(128)), archive_(new_owner()) {}

Room::Room(Host& host, Records& records, Kept kept, Limits limits)
    : host_(host), records_(records), jid_(std::move(kept.record.jid)), key_(Records::key(jid_)), limits_(limits),
      config_(std::move(kept.record.config)), secret_(std::move(kept.record.secret)), archive_(kept.record.archive),
      affiliates_(std::move(kept.affiliates)), subject_(std::move(kept.record.subject)),
      subject_since_(kept.record.subject_since), vcard_(std::move(kept.vcard)) {
    affiliates_.start_at(kept.record.affiliations);
    maker_ = std::move(kept.record.maker);
    tokens_ = Tokens(std::move(kept.record.tokens));
    hats_ = std::move(kept.record.hats);
    for (Said& said : kept.said) {
        last_id_ = std::max(last_id_, said.id);
        history_.add(std::move(said), limits_.history);
    }
}

Record Room::record() const {
    Record record;
    record.jid = jid_;
    record.config = config_;
    record.secret = secret_;
    record.archive = archive_;
    record.subject = subject_;
    record.subject_since = subject_since_;
    record.affiliations = affiliates_.version();
    record.maker = maker_;
    record.tokens = tokens_.all();
    record.hats = hats_;
    return record;
}

Kept Room::kept() const {
    Kept kept;
    kept.record = record();
    for (const auto& [jid, affiliate] : affiliates_.all()) kept.affiliates.push_back(affiliate);
    kept.said.assign(history_.all().begin(), history_.all().end());
    kept.vcard = vcard_;
    return kept;
}

std::string Room::save() const {
    State state;
    state.kept = kept();
    state.locked = locked_;
    for (const auto& [nick, occupant] : occupants_) state.occupants.push_back(occupant);
    state.invited = invited_;
    state.voices = voices_;
    state.noted_archive = noted_archive_;
    state.said = said_;
    return encode_value(state);
}

std::shared_ptr<Room> Room::restored(Host& host, Records& records, std::string_view bytes, Limits limits) {
    auto state = decode_value<State>(bytes);
    if (!state || !state->kept.record.jid) return nullptr;
    auto room = std::make_shared<Room>(host, records, std::move(state->kept), limits);
    room->locked_ = state->locked;
    room->invited_ = std::move(state->invited);
    room->voices_ = std::move(state->voices);
    room->noted_archive_ = state->noted_archive;
    room->said_ = state->said;
    for (Occupant& occupant : state->occupants) {
        for (const Visit& visit : occupant.visits) room->nicks_.emplace(visit.jid, occupant.nick);
        std::string nick = occupant.nick;
        if (!occupant.visits.empty()) room->occupants_.emplace(std::move(nick), std::move(occupant));
    }
    return room;
}

std::size_t Room::history_limit() const noexcept {
    return std::min<std::size_t>(config_.history.value_or(limits_.history), limits_.history);
}

bool Room::is_self(const Occupant& occupant, const Jid& who) const { return find(who) == &occupant; }

std::optional<double> Room::activity() const {
    if (!config_.persistent || !config_.listed || config_.password_protected || config_.members_only)
        return std::nullopt;
    return history_.per_hour(host_.wall(), limits_.history);
}

Occupant* Room::find(const Jid& full) noexcept {
    const auto found = nicks_.find(full);
    return found == nicks_.end() ? nullptr : by_nick(found->second);
}
const Occupant* Room::find(const Jid& full) const noexcept { return const_cast<Room*>(this)->find(full); }

Occupant* Room::by_nick(std::string_view nick) noexcept {
    const auto found = occupants_.find(nick);
    return found == occupants_.end() ? nullptr : &found->second;
}

Standing Room::standing(const Jid& full) const {
    const Occupant* occupant = find(full);
    return {affiliation(full), occupant ? occupant->role : Role::none};
}

std::string Room::occupant_id(const Jid& bare) const {
    const std::string text = secret_ + '/' + std::string(bare.text());
    return hex(sha256(text)).substr(0, 32);
}

} // namespace epode::muc
