// SPDX-License-Identifier: MIT
// What is taken back, by a moderator (XEP-0425) or by who said it (XEP-0424): everybody hears it, and who comes later
// does not see it.
#include "modules/muc/room.hpp"
#include "xep/xep0082_datetime.hpp"
#include "xep/xep0359_sid.hpp"

namespace epode::muc {

/// Who said it, when, and under which ids, is all that is left.
Stanza Room::tombstone(const Stanza& message, const xml::Fragment& mark) {
    const auto says = [](xml::Element child) {
        return child.ns() != xep::muc::occupant_id_ns && child.ns() != xep::sid_ns;
    };
    return message.without_children(says).with_child(mark);
}

std::optional<Stanza> Room::left_of(const Stanza& message, const Retraction& retraction) const {
    const auto root = message.root();
    if (root.child("retracted", xep::retract_ns)) return std::nullopt;
    if (!(root.child("occupant-id", xep::muc::occupant_id_ns).attr("id") == retraction.by)) return std::nullopt;
    xml::Builder builder;
    builder.open("retracted", xep::retract_ns).attr_if("id", retraction.message);
    builder.attr("stamp", xep::format_datetime(host_.wall())).close();
    return tombstone(message, xml::Fragment(builder.finish()));
}

Result<Deed, StanzaError> Room::moderate(const Jid& actor, const xep::Moderate& query,
                                         const std::optional<Said>& said) {
    const Occupant* moderator = find(actor);
    if (!moderator || moderator->role != Role::moderator)
        return std::unexpected(
            StanzaError(Condition::forbidden, "Only moderators are allowed to moderate other participants' messages"));
    const bool is_there = said && said->message.from().is_full() && // nothing that the room itself has said
                          !said->message.root().child("retracted", xep::retract_ns);
    if (!is_there) return std::unexpected(StanzaError(Condition::item_not_found, "there is no such message"));
    const OrderedId id = said->id;
    Deed deed;
    xep::Moderated told;
    told.what = query;
    told.by = moderator->address;
    told.occupant = moderator->id;
    xml::Builder builder;
    builder.open("message").attr("type", "groupchat").attr("id", random_id());
    told.encode(builder);
    last_id_ = host_.next_id();
    const Stanza retraction(builder.close().finish(), jid_, Jid());
    deed.said.emplace_back(last_id_, xep::with_stanza_id(retraction, xep::StanzaId(last_id_.text(), jid_)));
    archive(deed.batch, deed.said.back(), Jid());
    builder.open("retracted", xep::retract_ns).attr("stamp", xep::format_datetime(host_.wall()));
    told.encode_inner(builder);
    deed.tombstone = tombstone(said->message, xml::Fragment(builder.close().finish()));
    if (keeps()) records_.erase(deed.batch, key_, id);
    deed.retracted = id;
    return deed;
}

} // namespace epode::muc
