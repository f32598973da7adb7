// SPDX-License-Identifier: MIT
#include "modules/muc/records.hpp"

#include "core/base/digest.hpp"

namespace epode::muc {

namespace {

std::string key_of(const Jid& room) { return std::string(sha256(room.text()).substr(0, 16)); }
std::string key_of(const Jid& room, std::string_view what) { return key_of(room).append(what); }

} // namespace

Task<std::vector<Record>> Records::all() {
    auto rows = co_await rooms_.scan(host_.owner());
    std::vector<Record> records;
    records.reserve(rows.size());
    for (auto& [key, record] : rows) records.push_back(std::move(record));
    co_return records;
}

Task<std::optional<Kept>> Records::read(Jid room) {
    const std::string key = key_of(room);
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
    auto found = co_await affiliations_.get(host_.owner(), key_of(room, who.text()));
    co_return found.has_value();
}

void Records::put(Batch& batch, const Record& record) { rooms_.put(batch, host_.owner(), key_of(record.jid), record); }

void Records::put(Batch& batch, const Kept& kept) {
    const Jid& room = kept.record.jid;
    put(batch, kept.record);
    for (const Affiliate& affiliate : kept.affiliates) put(batch, room, affiliate);
    for (const Said& said : kept.said) put(batch, room, said);
    if (kept.vcard) put(batch, room, kept.vcard);
    archives_.erase(batch, host_.owner(), key_of(room));
}

void Records::put(Batch& batch, const Jid& room, const Affiliate& affiliate) {
    const std::string key = key_of(room, affiliate.jid.text());
    if (affiliate.what == Affiliation::none)
        affiliations_.erase(batch, host_.owner(), key);
    else
        affiliations_.put(batch, host_.owner(), key, affiliate);
}

void Records::put(Batch& batch, const Jid& room, const Said& said) {
    said_.put(batch, host_.owner(), key_of(room, said.id.bytes()), said);
}

void Records::erase(Batch& batch, const Jid& room, const OrderedId& said) {
    said_.erase(batch, host_.owner(), key_of(room, said.bytes()));
}

void Records::put(Batch& batch, const Jid& room, const std::optional<xep::VCard>& vcard) {
    if (vcard)
        vcards_.put(batch, host_.owner(), key_of(room), *vcard);
    else
        vcards_.erase(batch, host_.owner(), key_of(room));
}

void Records::erase(Batch& batch, const Jid& room) {
    const std::string key = key_of(room);
    rooms_.erase(batch, host_.owner(), key);
    affiliations_.erase_all(batch, host_.owner(), key);
    said_.erase_all(batch, host_.owner(), key);
    vcards_.erase(batch, host_.owner(), key);
}

void Records::note_archive(Batch& batch, const Jid& room, OwnerId owner) {
    Left left;
    left.room = room;
    left.owner = owner;
    archives_.put(batch, host_.owner(), key_of(room), left);
}

void Records::erase_archive(Batch& batch, const Jid& room, OwnerId owner) {
    if (auto* archive = archive_.get()) archive->erase_all(batch, owner);
    archives_.erase(batch, host_.owner(), key_of(room));
}

Task<std::vector<Records::Left>> Records::noted_archives() {
    auto rows = co_await archives_.scan(host_.owner());
    std::vector<Left> all;
    for (auto& [key, left] : rows) all.push_back(std::move(left));
    co_return all;
}

} // namespace epode::muc
