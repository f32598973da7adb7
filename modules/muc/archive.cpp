// SPDX-License-Identifier: MIT
// What is kept for good (XEP-0313), for whoever may enter, under the ids that everybody was told (what was taken back:
// retraction.cpp). The archive of a temporary room ends with it, also where the server ended
// first.
#include "modules/muc/room.hpp"

#include <utility>

namespace epode::muc {

void Room::archive(Batch& batch, const Said& said, const Jid& author) {
    auto* into = archive();
    if (!into || ending_) return;
    if (!keeps() && !std::exchange(noted_archive_, true)) records_.note_archive(batch, jid_, archive_);
    into->keep(batch, archive_, said.id, {said.message.from(), author, said.message});
}

void Room::erase_record(Batch& batch) {
    records_.erase(batch, jid_);
    records_.note_archive(batch, jid_, archive_);
    noted_archive_ = true;
}

bool Room::may_read(const Jid& asker) const {
    const auto what = affiliation(asker);
    if (what == Affiliation::outcast) return false;
    if (what >= Affiliation::member || has(asker)) return true;
    return !config_.members_only && !config_.password_protected;
}

bool Room::sees_addresses(const Jid& asker) const {
    if (config_.non_anonymous || affiliation(asker) >= Affiliation::admin) return true;
    const Occupant* occupant = find(asker);
    return occupant && sees_addresses(*occupant);
}

Stanza Room::recalled(const ArchiveService::Message& message, bool with_address) const {
    if (!with_address || !message.author) return message.stanza;
    const Occupant* author = find(message.author);
    xml::Builder builder;
    builder.open("x", xep::muc::user_ns).open("item");
    builder.attr("affiliation", xep::muc::name(affiliation(message.author))).attr("jid", message.author.text());
    builder.attr("role", xep::muc::name(author ? author->role : Role::none)).close().close();
    const auto mark = builder.finish();
    return message.stanza.with_child(xml::Element::root(mark));
}

} // namespace epode::muc
