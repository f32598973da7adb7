// SPDX-License-Identifier: MIT
// Queries from one occupant to another, and their answers (XEP-0045 section 17.4), and the ping to oneself that asks
// "am I still here?" (XEP-0410).
#include "modules/muc/room.hpp"
#include "xep/xep0030_disco.hpp"
#include "xep/xep0054_vcard.hpp"
#include "xep/xep0199_ping.hpp"

#include <algorithm>

namespace epode::muc {

namespace {

constexpr std::size_t most_asked = 1000; ///< that wait for an answer; the oldest is forgotten

Stanza with_id(const Stanza& stanza, std::string_view id) {
    xml::Builder builder;
    builder.open_as(stanza.root()).copy_attrs(stanza.root(), {"id"}).attr("id", id).append_inner(stanza.root());
    return {builder.close().finish(), stanza.from(), stanza.to()};
}

} // namespace

Verdict Room::query(const Stanza& stanza) {
    const auto type = stanza.type();
    if (type != "get" && type != "set") {
        const auto found = asked_.find(stanza.id().str());
        if (found == asked_.end() || found->second.to != stanza.from()) return Verdict::drop();
        host_.route(with_id(stanza, found->second.id).addressed(found->second.occupant, found->second.from));
        asked_.erase(found);
        return Verdict::take();
    }
    const Occupant* asker = find(stanza.from());
    const auto payload = stanza.root().first();
    // Section 6.6 wants an answer of its own for discovery; XEP-0410 another one for pings.
    const bool discovers = payload.ns() == xep::disco::info_ns || payload.ns() == xep::disco::items_ns;
    if (!asker)
        return Verdict::refuse(
            StanzaError(discovers ? Condition::bad_request : Condition::not_acceptable, "you are not in the room"));
    const Occupant* target = by_nick(stanza.to().resource());
    if (!target) return Verdict::refuse(StanzaError(Condition::item_not_found, "there is nobody of that nick"));
    if (target == asker && payload.is(xep::Ping::name, xep::Ping::ns)) {
        host_.route(result_reply(stanza));
        return Verdict::take();
    }
    // What an account answers for its user, whatever client has entered.
    const bool of_account = payload.ns() == xep::VCard::ns;
    const Jid to = of_account ? target->bare : target->main().jid;
    // Ids grow with time, so that the first is the oldest.
    last_id_ = host_.next_id();
    const auto id = last_id_.text();
    if (asked_.size() >= most_asked) asked_.erase(asked_.begin());
    asked_.emplace(id, Asked{stanza.from(), to, stanza.id().str(), target->address});
    host_.route(with_id(stanza, id).addressed(asker->address, to));
    return Verdict::take();
}

} // namespace epode::muc
