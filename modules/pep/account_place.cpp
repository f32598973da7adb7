// SPDX-License-Identifier: MIT
#include "modules/pep/account_place.hpp"

#include "core/service/pep.hpp"
#include "modules/common/pubsub/events.hpp"

namespace epode::pep {

using pubsub::Access;
using pubsub::with_subid;

Standing AccountPlace::standing(const Jid& who) const {
    Standing standing;
    standing.bare = who.bare();
    standing.owner = standing.creates = standing.bare == account_.bare();
    const RosterService* roster = shared_.roster.get();
    const Contact* contact = roster ? roster->find(account_, standing.bare) : nullptr;
    if (contact) {
        standing.sees_presence = contact->from();
        standing.groups = contact->groups;
    }
    return standing;
}

bool AccountPlace::blocks(const Jid& who) const {
    const BlockingService* blocking = shared_.blocking.get();
    return blocking && blocking->blocks(account_, who);
}

std::vector<Jid> AccountPlace::listeners(const Node& node) const {
    std::vector<Jid> all;
    const RosterService* roster = shared_.roster.get();
    if (!roster) return all;
    const bool by_group = node.configuration.access == Access::roster;
    Standing who;
    who.sees_presence = true;
    for (const auto& [text, contact] : roster->contacts(account_)) {
        if (!contact.from() || contact.jid == account_.bare()) continue;
        who.bare = contact.jid;
        if (by_group) who.groups = contact.groups;
        if (may_read(node, who) || blocks(contact.jid)) continue;
        all.push_back(contact.jid);
    }
    return all;
}

void AccountPlace::tell(const std::string& name, const Node& node, Ref<xml::Document> document) {
    const Stanza message(std::move(document), account_.bare(), Jid());
    for (const auto& session : account_.sessions())
        if (session->available() && interests_.wants(*session, name)) session->send(message.to(session->jid()));
    auto contacts = listeners(node);
    if (!contacts.empty()) account_.host().route(message, std::move(contacts));
    for (const Subscription& each : node.subscriptions)
        if (!each.pending && !may_read(node, standing(each.jid)) && !blocks(each.jid))
            tell(with_subid(message, each.subid).to(each.jid));
}

void AccountPlace::changed(const std::string& name, const xep::pubsub::Event& event) {
    if (!account_.host().hears<PepChanged>()) return;
    using Kind = xep::pubsub::Event::Kind;
    PepChanged told{account_, name};
    if (!event.items.empty()) told.published = &event.items.front();
    told.retracted = event.retracts;
    told.emptied = event.kind == Kind::purged || event.kind == Kind::deleted;
    account_.host().emit(told);
}

} // namespace epode::pep
