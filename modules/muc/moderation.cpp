// SPDX-License-Identifier: MIT
// A moderator takes back what somebody said (XEP-0425): everybody hears it, and who comes later does not see it.
#include "modules/muc/room.hpp"
#include "xep/xep0082_datetime.hpp"
#include "xep/xep0359_sid.hpp"

namespace epode::muc {

Result<Deed, StanzaError> Room::moderate(const Jid& actor, const xep::Moderate& query) {
    const Occupant* moderator = find(actor);
    if (!moderator || moderator->role != Role::moderator)
        return std::unexpected(
            StanzaError(Condition::forbidden, "Only moderators are allowed to moderate other participants' messages"));
    const Said* said = history_.find(query.id);
    if (!said) return std::unexpected(StanzaError(Condition::item_not_found, "there is no such message"));
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
    bury(deed.batch, *said, xml::Fragment(builder.close().finish()));
    if (keeps()) records_.erase(deed.batch, key_, id);
    deed.retracted = id;
    return deed;
}

} // namespace epode::muc
