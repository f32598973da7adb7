// SPDX-License-Identifier: MIT
#include "core/host.hpp"

#include "core/module.hpp"
#include "core/server.hpp"
#include "core/session/client_connection.hpp"
#include "core/shard/shard.hpp"

#include <algorithm>
#include <random>

namespace epode {

Host::Host(Server& server, Shard& shard, Jid jid, OwnerId owner, OptionSource options)
    : server_(&server), shard_(&shard), jid_(std::move(jid)), owner_(owner), options_(std::move(options)) {}

Host::Host() = default;
Host::~Host() = default;

Instant Host::now() const noexcept { return shard_->clock().now(); }
WallTime Host::wall() const noexcept { return shard_->clock().wall(); }
Timers& Host::timers() noexcept { return shard_->timers(); }

void Host::route(Stanza stanza) { shard_->router().route(Parcel(std::move(stanza))); }

void Host::route(Stanza stanza, std::vector<Jid> recipients) {
    shard_->router().route(std::move(stanza), std::move(recipients));
}

void Host::route(Stanza stanza, const Passage& passage) {
    shard_->router().route(Parcel(std::move(stanza), passage.receipt()));
}

void Host::route(Stanza stanza, const Arrival& arrival) {
    shard_->router().route(Parcel(std::move(stanza), arrival.receipt()));
}
void Host::route_onward(Stanza stanza, Passage& passage) { shard_->router().route_onward(std::move(stanza), passage); }

Ref<Audience> Host::audience(std::vector<RoomMember> members) const {
    std::erase_if(members, [&](const RoomMember& member) { return !has_home(member.account); });
    return Ref<Audience>(new Audience(*server_, std::move(members)));
}

void Host::tell(const Ref<Audience>& audience, RoomMessage message) {
    for (std::size_t i = 0; i < audience->parts().size(); ++i) {
        const auto& part = audience->parts()[i];
        const auto* there = shard_->host(part.domain); // every shard has the same modules
        if (!there || !there->hears<RoomSaid>()) continue;
        RoomNews news(message, audience, i);
        if (part.home == shard_)
            shard_->router().hear(std::move(news));
        else
            part.home->post(
                [home = part.home, news = std::move(news)]() mutable { home->router().hear(std::move(news)); });
    }
}

OrderedId Host::next_id() const { return server_->next_id(*shard_); }

std::shared_ptr<Account> Host::active(const Jid& bare) const noexcept {
    const auto& accounts = shard_->accounts();
    const auto found = accounts.find(bare);
    return found == accounts.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Account>> Host::active_accounts() const {
    std::vector<std::shared_ptr<Account>> all;
    for (const auto& [bare, account] : shard_->accounts())
        if (&account->host() == this) all.push_back(account);
    return all;
}

Task<std::shared_ptr<Account>> Host::activate(Jid bare) { return shard_->router().activate(std::move(bare)); }
Task<> Host::commit(Batch batch) { return Batch::commit(server_->engine(), std::move(batch)); }
Task<> Host::settled(Owner owner) { return shard_->pending().settled(owner); }
bool Host::home_of(const Jid& jid) const noexcept { return &server_->home(jid) == shard_; }
bool Host::has_home(const Jid& jid) const noexcept { return shard_->host(jid.domain()) != nullptr; }
Accounts& Host::accounts() const noexcept { return server_->accounts(); }
Tokens& Host::tokens() const noexcept { return server_->tokens(); }
std::size_t Host::stanza_limit() const noexcept {
    return static_cast<std::size_t>(server_->config().c2s.max_stanza->bytes);
}
Duration Host::uptime() const noexcept { return shard_->clock().now() - server_->started(); }
std::string_view Host::version() const noexcept { return Server::version(); }

void* Host::service(std::string_view name) const noexcept {
    const auto found = services_.find(name);
    return found == services_.end() ? nullptr : found->second;
}

Role Host::role_of(const Jid& bare) const {
    if (std::ranges::find(admins_, bare) != admins_.end()) return Role::admin;
    const auto found = roles_.find(bare);
    return found == roles_.end() ? Role::user : found->second;
}

void Host::set_role(const Jid& bare, Role role) {
    if (role == Role::user)
        roles_.erase(bare);
    else
        roles_[bare] = role;
}

IqHandler* Host::iq_handler(Scope scope, bool set, std::string_view ns, std::string_view name,
                            const Jid& to) const noexcept {
    const auto found = iqs_.find(ns);
    if (found == iqs_.end()) return nullptr;
    const bool of_service = scope == Scope::service || scope == Scope::room;
    IqHandler* general = nullptr;
    for (auto* handler : found->second) {
        if (handler->scope != scope || handler->set != set || handler->name != name) continue;
        const auto& domains = handler->module->domains_;
        if (!of_service || domains.empty())
            general = handler;
        else if (domains.front().jid.domain() == to.domain())
            return handler;
    }
    return general;
}

/// Another handler for the very same queries.
const IqHandler* Host::rival(const IqHandler& handler) const noexcept {
    const auto found = iqs_.find(handler.ns);
    if (found == iqs_.end()) return nullptr;
    const auto apart = [](const IqHandler& one) { // gets only what is for its own service
        return (one.scope == Scope::service || one.scope == Scope::room) && !one.module->domains_.empty();
    };
    for (const auto* other : found->second)
        if (other->scope == handler.scope && other->set == handler.set && other->name == handler.name &&
            !apart(*other) && !apart(handler))
            return other;
    return nullptr;
}

Module* Host::module(std::string_view name) const noexcept {
    for (const auto& module : modules_)
        if (module->name() == name) return module.get();
    return nullptr;
}

Host::Version Host::version_of(std::string_view name) const noexcept {
    for (const auto& module : modules_)
        if (module->name() == name) return module.get_deleter();
    return nullptr;
}

const Host::Handlers* Host::handlers_of(std::string_view name) const noexcept {
    const auto found = events_.find(name);
    return found == events_.end() || found->second.empty() ? nullptr : &found->second;
}

std::span<EventHandler* const> Host::handlers(std::string_view event) const noexcept {
    const auto* found = handlers_of(event);
    return found ? std::span<EventHandler* const>(*found) : std::span<EventHandler* const>();
}

std::vector<std::string_view> Host::events() const {
    std::vector<std::string_view> names;
    for (const auto& [name, handlers] : events_)
        if (!handlers.empty()) names.push_back(name);
    std::ranges::sort(names);
    return names;
}

Verdict Host::run_event(const Handlers& handlers, void* event, bool decide) {
    auto strictest = Verdict::pass();
    for (std::size_t i = 0; i < handlers.size(); ++i) {
        auto& handler = *handlers[i];
        const auto pass = handler.module->gate().enter();
        try {
            auto verdict = handler.call(event);
            if (decide && verdict.stricter_than(strictest)) strictest = std::move(verdict);
        } catch (const std::exception& thrown) {
            Logger(handler.module->name())
                .error("a handler failed", {{"event", handler.event}, {"error", thrown.what()}});
            // Nobody may be let through because a check was broken.
            if (decide) strictest = Verdict::refuse(StanzaError(Condition::internal_server_error));
        }
    }
    return strictest;
}

void Host::prepare(Module& module) {
    for (auto* slot : module.slots_) slot->attach(*this);
}

Result<> Host::attach(ModulePtr module) {
    auto& added = *module;
    for (auto& handler : added.iqs_)
        if (const auto* taken = rival(handler))
            return fail("modules " + taken->module->name() + " and " + added.name() + " both answer the query <" +
                        handler.name + " xmlns='" + handler.ns + "'/>: a host has one of them (without=\"" +
                        added.name() + "\")");
    for (const auto& command : added.commands_)
        for (const auto* taken : commands_)
            if (taken->node == command.node)
                return fail("modules " + taken->module->name() + " and " + added.name() + " both have a command " +
                            command.node + ": a host has one of them (without=\"" + added.name() + "\")");
    for (const auto& service : added.services_)
        if (services_.contains(service.name))
            return fail("module " + added.name() + " offers the interface " + service.name +
                        ", which another module of this host offers: " + "a host has one of them (without=\"" +
                        added.name() + "\")");
    if (auto served = serve(added); !served) return served;
    for (auto& handler : added.iqs_) iqs_[handler.ns].push_back(&handler);

    const auto by_name = [](const auto* a, const auto* b) { return a->module->name() < b->module->name(); };
    for (auto& hook : added.hooks_) {
        auto& list = hooks_[hook.phase];
        list.insert(std::ranges::upper_bound(list, &hook, by_name), &hook);
    }
    for (auto& handler : added.events_) {
        auto& list = events_[handler.event];
        list.insert(std::ranges::upper_bound(list, &handler, by_name), &handler);
    }
    for (const auto& feature : added.features_) features_.push_back(&feature);
    for (const auto& identity : added.identities_) identities_.push_back(&identity);
    for (auto& command : added.commands_) commands_.push_back(&command);
    for (const auto& service : added.services_) services_[service.name] = service.service;
    added.running_timers_.resize(added.timers_.size());
    for (std::size_t i = 0; i < added.timers_.size(); ++i) added.arm(added.timers_[i], i);
    modules_.insert(std::ranges::upper_bound(modules_, added.name(), {},
                                             [](const ModulePtr& m) -> const std::string& { return m->name(); }),
                    std::move(module));
    return {};
}

/// Gives the module's service its domain.
Result<> Host::serve(Module& module) {
    for (auto& entry : module.domains_) {
        const Jid& configured = **entry.at;
        auto address = configured ? Result<Jid>(configured) : Jid::parse(entry.label + "." + std::string(domain()));
        if (!address) return fail("module " + module.name() + ": " + address.error().text);
        const std::string text(address->text());
        if (server_->config().host(text))
            return fail("module " + module.name() + ": " + text +
                        " is a host; give the service another address (at=\"...\")");
        if (const auto* taken = shard_->service(text))
            return fail("module " + module.name() + ": " + text + " is served by module " + taken->module->name() +
                        " already; give one of them another address (at=\"...\")");
        entry.host = this;
        entry.jid = std::move(*address);
        shard_->add_service(entry);
        domains_.push_back(&entry);
    }
    return {};
}

void Host::detach(std::string_view name, std::move_only_function<void(ModulePtr)> gone) {
    const auto found = std::ranges::find_if(modules_, [&](const ModulePtr& m) { return m->name() == name; });
    if (found == modules_.end()) return gone(ModulePtr(nullptr, [](Module*) {}));
    auto module = std::move(*found);
    modules_.erase(found);
    auto& removed = *module;

    const auto of_it = [&](const auto* entry) { return entry->module == &removed; };
    for (auto& [ns, handlers] : iqs_) std::erase_if(handlers, of_it);
    std::erase_if(iqs_, [](const auto& entry) { return entry.second.empty(); });
    for (auto& list : hooks_) std::erase_if(list, of_it);
    for (auto& [event, handlers] : events_) std::erase_if(handlers, of_it);
    std::erase_if(events_, [](const auto& entry) { return entry.second.empty(); });
    std::erase_if(commands_, of_it);
    std::erase_if(domains_, of_it);
    for (const auto& domain : removed.domains_) shard_->remove_service(domain);
    for (const auto& feature : removed.features_) std::erase(features_, &feature);
    for (const auto& identity : removed.identities_) std::erase(identities_, &identity);
    for (const auto& service : removed.services_)
        if (auto it = services_.find(service.name); it != services_.end() && it->second == service.service)
            services_.erase(it);
    removed.running_timers_.clear();
    // Who waits inside for a slow client would keep the module for as long as that takes.
    for (const auto& [id, connection] : shard_->connections()) connection->wake_room();

    auto& gate = removed.gate_;
    gate.close([module = std::move(module), gone = std::move(gone), &shard = *shard_]() mutable {
        // The last one out may still be on the stack inside the module: hand it over when the turn goes on.
        shard.post(Job([module = std::move(module), gone = std::move(gone)]() mutable { gone(std::move(module)); }));
    });
}

void Host::session_ended(const Session& session) {
    for (const auto& module : modules_)
        for (auto* slot : module->slots_) slot->session_ended(session);
}

void Host::account_evicted(const Account& account) {
    for (const auto& module : modules_)
        for (auto* slot : module->slots_) slot->evict(account);
}

void Host::shuffle(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (auto& list : hooks_) std::ranges::shuffle(list, random);
    for (auto& [event, handlers] : events_) std::ranges::shuffle(handlers, random);
}

} // namespace epode
