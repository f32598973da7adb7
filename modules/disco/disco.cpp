// SPDX-License-Identifier: MIT
// XEP-0030: what this server, its accounts and its services are and can do. Modules register features and identities,
// or hear disco.info and disco.items; here they become one well-formed answer. Beside it: contact addresses (XEP-0157
// in a form of XEP-0128) and the server's own capabilities hash in the stream features (XEP-0115 section 6.3).
#include "core/module.hpp"
#include "core/service/roster.hpp"
#include "modules/disco/contacts.hpp"
#include "xep/xep0030_disco.hpp"
#include "xep/xep0115_caps.hpp"

#include <algorithm>

namespace epode {
namespace {

namespace disco = xep::disco;
namespace caps = xep::caps;

class Disco : public Module {
public:
    explicit Disco(Host& on);

private:
    Reply server_info(Iq iq, disco::InfoRequest asked);
    Reply server_items(Iq iq, disco::ItemsRequest asked);
    Reply account_info(Iq iq, disco::InfoRequest asked);
    Reply account_items(Iq iq, disco::ItemsRequest asked);
    Reply service_info(Iq iq, disco::InfoRequest asked);
    Reply service_items(Iq iq, disco::ItemsRequest asked);
    void offer(StreamFeatures& features);

    /// What registered entries and disco.info handlers say of a node; null where nobody knows it.
    std::optional<disco::Info> gather(Scope scope, const Jid& from, const Jid& target, const std::string& node);
    Reply answer_items(Scope scope, const Iq& iq, const std::string& node);
    void put_registered(Scope scope, const Jid& target, xml::Builder& query) const;
    disco::Info own_info(const Jid& from);
    caps::Caps own_caps(const disco::Info& info) const;
    bool may_see(const Iq& iq) const;

    Setting<std::string> name_{*this, "name", "Epode", {.help = "the server's name for people, in service discovery"}};
    Setting<std::string> node_{
        *this, "caps-node", "urn:x-epode", {.help = "the URI that stands for this software in the capabilities hash"}};
    ContactSettings contacts_{*this};
    Use<RosterService> roster_{*this};
};

Disco::Disco(Host& on) : Module(on) {
    feature(disco::info_ns);
    feature(disco::items_ns);
    feature(Scope::service, disco::info_ns);
    feature(Scope::service, disco::items_ns);
    feature(Scope::server, caps::ns);
    identity(Scope::account, "account", "registered");
    on_get(&Disco::server_info, Scope::server);
    on_get(&Disco::server_items, Scope::server);
    on_get(&Disco::account_info, Scope::anyone);
    on_get(&Disco::account_items, Scope::anyone);
    on_get(&Disco::service_info, Scope::service);
    on_get(&Disco::service_items, Scope::service);
    this->on(&Disco::offer);
}

void Disco::put_registered(Scope scope, const Jid& target, xml::Builder& query) const {
    // What the module of another service says of services does not count for this one.
    const auto of_another = [&](const Module* module) {
        return std::ranges::any_of(
            host.domains(), [&](const DomainEntry* entry) { return entry->module == module && entry->jid != target; });
    };
    const auto counts = [&](const auto& entry) {
        if (scope == Scope::service && of_another(entry.module)) return false;
        return entry.scope == scope || (scope == Scope::account && entry.scope == Scope::anyone);
    };
    if (scope == Scope::service)
        for (const DomainEntry* entry : host.domains())
            if (entry->jid == target) disco::Identity(entry->category, entry->type, entry->name).encode(query);
    for (const IdentityEntry* entry : host.identities())
        if (counts(*entry)) disco::Identity(entry->category, entry->type, entry->name).encode(query);
    for (const FeatureEntry* entry : host.features())
        if (counts(*entry)) query.open("feature").attr("var", entry->ns).close();
}

std::optional<disco::Info> Disco::gather(Scope scope, const Jid& from, const Jid& target, const std::string& node) {
    xml::Builder query;
    query.open(disco::Info::name, disco::Info::ns);
    if (node.empty()) put_registered(scope, target, query);
    DiscoInfo event{host, scope, from, target, node, query, false};
    host.emit(event);
    if (!node.empty() && !event.known_node) return std::nullopt;
    const auto document = query.close().finish();
    auto info = disco::Info::decode(xml::Element::root(document));
    if (!info) throw std::runtime_error("a module wrote a wrong disco#info: " + info.error().text);
    info->tidy();
    info->node = node;
    return std::move(*info);
}

disco::Info Disco::own_info(const Jid& from) {
    auto info = *gather(Scope::server, from, host.jid(), {});
    info.identities.emplace_back("server", "im", *name_);
    info.tidy();
    if (auto form = contacts_.form()) info.forms.push_back(std::move(*form));
    return info;
}

caps::Caps Disco::own_caps(const disco::Info& info) const {
    return caps::Caps("sha-1", *node_, caps::verification(info, "sha-1").value());
}

Reply Disco::server_info(Iq iq, disco::InfoRequest asked) {
    if (asked.node.empty()) return result(own_info(iq.from()));
    if (asked.node.starts_with(*node_ + '#')) {
        auto info = own_info(iq.from());
        if (own_caps(info).query_node() != asked.node) return error(Condition::item_not_found);
        info.node = asked.node;
        return result(info);
    }
    auto info = gather(Scope::server, iq.from(), host.jid(), asked.node);
    return info ? result(*info) : error(Condition::item_not_found);
}

/// Section 8: those who may see the account's presence. Others learn nothing, not even that it exists.
bool Disco::may_see(const Iq& iq) const {
    if (iq.own() || iq.from() == host.jid()) return true;
    const RosterService* roster = roster_.get();
    if (!roster) return false;
    const Contact* contact = roster->find(iq.account(), iq.from().bare());
    return contact && contact->from();
}

Reply Disco::account_info(Iq iq, disco::InfoRequest asked) {
    if (!may_see(iq)) return error(Condition::service_unavailable);
    auto info = gather(Scope::account, iq.from(), iq.account().bare(), asked.node);
    return info ? result(*info) : error(Condition::item_not_found);
}

Reply Disco::service_info(Iq iq, disco::InfoRequest asked) {
    auto info = gather(Scope::service, iq.from(), iq.stanza().to(), asked.node);
    return info ? result(*info) : error(Condition::item_not_found);
}

Reply Disco::answer_items(Scope scope, const Iq& iq, const std::string& node) {
    const Jid target = scope == Scope::account  ? iq.account().bare()
                       : scope == Scope::server ? host.jid()
                                                : iq.stanza().to();
    xml::Builder query;
    query.open(disco::Items::name, disco::Items::ns).attr_if("node", node);
    if (scope == Scope::server && node.empty())
        for (const DomainEntry* entry : host.domains())
            disco::Item(entry->jid, std::string(), entry->name).encode(query);
    DiscoItems event{host, scope, iq.from(), target, node, query, false};
    host.emit(event);
    if (!node.empty() && !event.known_node) return error(Condition::item_not_found);
    return result(query.close().finish());
}

Reply Disco::server_items(Iq iq, disco::ItemsRequest asked) { return answer_items(Scope::server, iq, asked.node); }
Reply Disco::service_items(Iq iq, disco::ItemsRequest asked) { return answer_items(Scope::service, iq, asked.node); }

Reply Disco::account_items(Iq iq, disco::ItemsRequest asked) {
    // Section 8: strangers get the answer of an account that is not there.
    if (!may_see(iq)) return error(Condition::service_unavailable);
    return answer_items(Scope::account, iq, asked.node);
}

void Disco::offer(StreamFeatures& features) {
    if (features.phase != StreamPhase::before_bind) return;
    own_caps(own_info(Jid())).encode(features.features);
}

} // namespace
} // namespace epode

EPODE_MODULE(
    epode::Disco, .summary = "says what the server, its accounts and services can do",
    .xeps = {{30, "2.5.0"}, {115, "1.6.0", epode::partial, "the server's own hash"}, {128, "1.0.1"}, {157, "1.1.1"}})
