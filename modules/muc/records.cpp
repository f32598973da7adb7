// SPDX-License-Identifier: MIT
#include "modules/muc/records.hpp"

#include "core/base/digest.hpp"

#include <algorithm>

namespace epode::muc {

namespace {

std::string key_of(std::string_view room, std::string_view what) { return std::string(room).append(what); }

} // namespace

bool Record::names(const Jid& who) const {
    return maker == who || hats.worn().contains(who) || std::ranges::find(tokens, who, &Token::creator) != tokens.end();
}

std::string Records::key(const Jid& room) { return sha256(room.text()).substr(0, 16); }

Task<std::vector<Record>> Records::all() {
    auto rows = co_await rooms_.scan(host_.owner());
    std::vector<Record> records;
    records.reserve(rows.size());
    for (auto& [key, record] : rows) records.push_back(std::move(record));
    co_return records;
}

Task<std::optional<Kept>> Records::read(Jid room) {
    const std::string key = Records::key(room);
    auto record = co_await rooms_.get(host_.owner(), key);
    if (!record) co_return std::nullopt;
    Kept kept;
    kept.record = std::move(*record);
    auto people = co_await affiliations_.scan(host_.owner(), key);
    for (auto& [at, affiliate] : people) kept.affiliates.push_back(std::move(affiliate));
    auto said = co_await said_.scan(host_.owner(), key);
    for (auto& [at, each] : said) kept.said.push_back(std::move(each));
    kept.vcard = co_await vcards_.get(host_.owner(), key);
    co_return kept;
}

Task<bool> Records::names(Jid room, Jid who) {
    auto found = co_await affiliations_.get(host_.owner(), key_of(key(room), who.text()));
    if (found) co_return true;
    auto record = co_await rooms_.get(host_.owner(), key(room));
    co_return record && record->names(who);
}

void Records::put(Batch& batch, const Record& record) { rooms_.put(batch, host_.owner(), key(record.jid), record); }

void Records::put(Batch& batch, const Kept& kept) {
    const Jid& room = kept.record.jid;
    put(batch, kept.record);
    for (const Affiliate& affiliate : kept.affiliates) put(batch, room, affiliate);
    const std::string key = Records::key(room);
    for (const Said& said : kept.said) put(batch, key, said);
    if (kept.vcard) put(batch, room, kept.vcard);
    archives_.erase(batch, host_.owner(), key);
}

void Records::put(Batch& batch, const Jid& room, const Affiliate& affiliate) {
    const std::string key = key_of(Records::key(room), affiliate.jid.text());
    if (affiliate.what == Affiliation::none)
        affiliations_.erase(batch, host_.owner(), key);
    else
        affiliations_.put(batch, host_.owner(), key, affiliate);
}

void Records::put(Batch& batch, std::string_view key, const Said& said) {
    said_.put(batch, host_.owner(), key_of(key, said.id.bytes()), said);
}

void Records::erase(Batch& batch, std::string_view key, const OrderedId& said) {
    said_.erase(batch, host_.owner(), key_of(key, said.bytes()));
}

void Records::put(Batch& batch, const Jid& room, const std::optional<xep::VCard>& vcard) {
    if (vcard)
        vcards_.put(batch, host_.owner(), key(room), *vcard);
    else
        vcards_.erase(batch, host_.owner(), key(room));
}

void Records::erase(Batch& batch, const Jid& room) {
    const std::string key = Records::key(room);
    rooms_.erase(batch, host_.owner(), key);
    affiliations_.erase_all(batch, host_.owner(), key);
    said_.erase_all(batch, host_.owner(), key);
    vcards_.erase(batch, host_.owner(), key);
}

void Records::note_archive(Batch& batch, const Jid& room, OwnerId owner) {
    Left left;
    left.room = room;
    left.owner = owner;
    archives_.put(batch, host_.owner(), key(room), left);
}

void Records::erase_archive(Batch& batch, const Jid& room, OwnerId owner) {
    if (auto* archive = archive_.get()) archive->erase_all(batch, owner);
    archives_.erase(batch, host_.owner(), key(room));
}

Task<std::vector<Records::Left>> Records::noted_archives() {
    auto rows = co_await archives_.scan(host_.owner());
    std::vector<Left> all;
    for (auto& [key, left] : rows) all.push_back(std::move(left));
    co_return all;
}

} // namespace epode::muc
