// SPDX-License-Identifier: MIT
// XEP-0060 at a domain of its own, pubsub.HOST: nodes that belong to whoever has made them. What can be asked is
// modules/pep's engine; whose the nodes are and who hears is service_place.hpp.
#include "core/module.hpp"
#include "modules/common/pubsub/engine.hpp"
#include "modules/common/pubsub/features.hpp"
#include "modules/pubsub/service_place.hpp"
#include "xep/xep0030_disco.hpp"
#include "xep/xep0059_rsm.hpp"
#include "xep/xep0462_type_filter.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace epode::pubsub {

enum class Creators : std::uint8_t { everybody, accounts, admins };
constexpr auto setting_names(Creators) {
    using enum Creators;
    return std::to_array<Named<Creators>>({{"everybody", everybody}, {"accounts", accounts}, {"admins", admins}});
}

namespace {

namespace protocol = xep::pubsub;

class Pubsub : public Module {
public:
    explicit Pubsub(Host& on) : Module(on) {
        feature(Scope::service, std::string(protocol::ns));
        feature(Scope::service, std::string(xep::rsm::ns));
        feature(Scope::service, std::string(xep::TypeFilter::ns));
        for (const auto name : engine_features) feature(Scope::service, feature_name(name));
        feature(Scope::service, feature_name("access-open"));
        on_get(&Pubsub::get<protocol::Request>, Scope::service);
        on_set(&Pubsub::set<protocol::Request>, Scope::service);
        on_get(&Pubsub::get<protocol::OwnerRequest>, Scope::service);
        on_set(&Pubsub::set<protocol::OwnerRequest>, Scope::service);
        on_get(&Pubsub::items, Scope::service);
        this->on(&Pubsub::info);
        this->on(&Pubsub::deleted);
        after(0s, &Pubsub::load);
    }

private:
    /// The nodes live on the home shard of the domain, where everything that is for it arrives.
    Task<> load() {
        if (host.home_of(service_.jid())) co_await place_.load();
    }

    template <typename Request> Task<Reply> get(Iq iq, Request request) {
        if (request.changes()) co_return error(Condition::bad_request, "this is asked in a set");
        co_return co_await ask(std::move(iq), std::move(request));
    }
    template <typename Request> Task<Reply> set(Iq iq, Request request) {
        if (!request.changes()) co_return error(Condition::bad_request, "this is asked in a get");
        co_return co_await ask(std::move(iq), std::move(request));
    }
    template <typename Request> Task<Reply> ask(Iq iq, Request request) {
        co_await open();
        Jid asker = iq.from();
        co_return co_await engine_.answer(place_, std::move(asker), std::move(request));
    }
    Task<> open() {
        co_await place_.load();
        place_.set_address(service_.jid());
        engine_.limit({*max_nodes_, *max_items_, *max_item_bytes_, any_number, *max_subscriptions_, false});
    }

    /// What an owner says about those who want to subscribe; nothing else is for a service.
    Verdict hear(Arrival& arrival) {
        if (!arrival.stanza.is_message()) return arrival.stanza.is_presence() ? Verdict::drop() : Verdict::pass();
        auto decision = decision_in(arrival.stanza);
        if (!decision) return Verdict::pass();
        if (decision->allowed) start(decide(arrival.stanza.from(), std::move(*decision), arrival.receipt()));
        return Verdict::take();
    }
    Task<> decide(Jid asker, Decision decision, Ref<Receipt> receipt) {
        co_await open();
        co_await engine_.decide(place_, std::move(asker), std::move(decision));
        receipt = {};
    }

    bool may_create(const Jid& who) const {
        return *create_ == Creators::everybody || (*create_ == Creators::accounts && host.serves(who));
    }

    void deleted(const UserDeleted& event) { start(forget_at_home(event.account)); }
    Task<> forget_at_home(Jid bare) {
        Jid at = service_.jid();
        co_await at_home(std::move(at), &Pubsub::forget, std::move(bare));
    }

    /// What he alone owned goes with him.
    Task<> forget(Jid bare) {
        co_await open();
        Batch batch;
        const auto ownerless = place_.forget(batch, bare);
        if (!batch.empty()) co_await host.commit(std::move(batch));
        for (std::string name : ownerless) co_await engine_.remove(place_, std::move(name));
    }

    // ---- Discovery (5.1 to 5.5) -----------------------------------------------------------------------------------

    const Node* visible(const Jid& from, std::string_view name) const {
        const Node* node = place_.find(name);
        return node && !may_subscribe(*node, place_.standing(from)) ? node : nullptr;
    }

    void info(DiscoInfo& event) {
        if (event.scope != Scope::service || event.node.empty() || event.target != service_.jid()) return;
        const Node* node = visible(event.from, event.node);
        if (!node) return;
        event.known_node = true;
        xep::disco::Identity("pubsub", "leaf", node->configuration.title).encode(event.query);
        event.query.open("feature").attr("var", protocol::ns).close();
        metadata_of(*node, engine_.bounds()).encode(event.query);
    }

    /// Nodes, or a node's items by their ids; page by page (XEP-0059).
    Task<Reply> items(Iq iq, xep::disco::ItemsRequest asked) {
        const auto wanted = xep::rsm::Request::inside(iq.payload());
        if (!wanted) co_return error(Condition::bad_request, wanted.error().text);
        std::optional<xep::TypeFilter> types;
        if (const auto element = iq.payload().child(xep::TypeFilter::name, xep::TypeFilter::ns)) {
            auto filter = xep::TypeFilter::decode(element);
            if (!filter) co_return error(Condition::bad_request, filter.error().text);
            types = std::move(*filter);
        }
        co_await open();
        std::vector<xep::disco::Item> all;
        if (asked.node.empty()) {
            for (const auto& [name, node] : place_.nodes())
                if (visible(iq.from(), name) && (!types || types->matches(node.configuration.type)))
                    all.emplace_back(service_.jid(), name, node.configuration.title);
        } else {
            const Node* node = place_.find(asked.node);
            if (!node) co_return error(Condition::item_not_found);
            if (auto refused = may_read(*node, place_.standing(iq.from()))) co_return error(std::move(*refused));
            const Node copy = *node;
            const auto kept = co_await engine_.all(place_.owner(), copy);
            for (const auto& item : kept) all.emplace_back(service_.jid(), std::string(), item.id);
        }
        co_return page_of(all, asked.node, *wanted);
    }
    static Reply page_of(const std::vector<xep::disco::Item>& all, const std::string& node,
                         const xep::rsm::Request& wanted) {
        const auto key = [&](const xep::disco::Item& item) { return node.empty() ? item.node : item.name; };
        const auto place = [&](const std::string& name) -> std::optional<std::size_t> {
            const auto found = std::ranges::find(all, name, key);
            if (found == all.end()) return std::nullopt;
            return static_cast<std::size_t>(found - all.begin());
        };
        const auto cut = wanted.cut(all.size(), place);
        if (!cut) return error(Condition::item_not_found, "there is nothing of that name to go on from");
        xml::Builder builder;
        builder.open(xep::disco::Items::name, xep::disco::Items::ns).attr_if("node", node);
        for (auto i = cut->first; i < cut->end; ++i) all[i].encode(builder);
        if (wanted.paged()) {
            xep::rsm::Page page;
            page.count = all.size();
            if (cut->first < cut->end) {
                page.index = cut->first;
                page.first = key(all[cut->first]);
                page.last = key(all[cut->end - 1]);
            }
            page.encode(builder);
        }
        return result(builder.close().finish());
    }

    Setting<Creators> create_{*this, "create", Creators::accounts, {.help = "who may make nodes"}};
    Setting<std::uint64_t> max_nodes_{*this, "max-nodes", 10'000, {.min = 1, .help = "nodes of the service"}};
    Setting<std::uint64_t> max_items_{
        *this, "max-items", 1000, {.min = 1, .max = 100'000, .help = "items of a node, what 'max' means"}};
    Setting<ByteSize> max_item_bytes_{
        *this, "max-item-bytes", 256_KiB, {.min = 1_KiB, .max = 10_MiB, .help = "largest payload"}};
    Setting<std::uint64_t> max_subscriptions_{
        *this, "max-subscriptions", 10'000, {.min = 1, .help = "subscriptions of a node"}};
    Service service_{*this, "pubsub", "pubsub", "service", "Publish-subscribe", &Pubsub::hear};
    ServicePlace place_{*this, host, [this](const Jid& who) { return may_create(who); }};
    Engine engine_{*this, host};
};

} // namespace
} // namespace epode::pubsub

EPODE_MODULE(epode::pubsub::Pubsub, .summary = "publish-subscribe nodes of whoever makes them",
             .xeps = {{60, "1.30.0", epode::partial, "no collections, subscription options or leases"}, {462, "0.1.0"}},
             .depends = {"disco"})
