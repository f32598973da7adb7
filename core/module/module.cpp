// SPDX-License-Identifier: MIT
#include "core/module.hpp"

#include "core/server.hpp"
#include "core/shard/shard.hpp"

#include <stdexcept>

namespace epode {

namespace {

/// Runs on `shard`, while `like` waits for it on its own.
Task<> visit(Shard* shard, const Module* like, Host::Version version, const std::function<void(Module&)>* call) {
    auto* there = shard->host(like->domain());
    if (there && there->version_of(like->name()) == version) (*call)(*there->module(like->name()));
    co_return;
}

/// The same for what takes its time there.
Task<> stay(Shard* shard, const Module* like, Host::Version version, const std::function<Task<>(Module&)>* call,
            bool* done) {
    auto* there = shard->host(like->domain());
    if (!there || there->version_of(like->name()) != version) co_return;
    auto* instance = there->module(like->name());
    const auto inside = instance->gate().enter();
    auto task = (*call)(*instance);
    co_await task;
    *done = true;
}

} // namespace

Task<> Slot::load(Account&) { co_return; }

Module::Module(Host& on, std::string_view name) : Settings(on.options_of(name)), host(on), log(name), name_(name) {}
Module::~Module() = default;

void Module::feature(std::string_view ns) {
    feature(Scope::server, ns);
    feature(Scope::account, ns);
}
void Module::feature(Scope scope, std::string_view ns) { features_.push_back({this, scope, std::string(ns)}); }
void Module::identity(Scope scope, std::string_view category, std::string_view type, std::string_view name) {
    identities_.push_back({this, scope, std::string(category), std::string(type), std::string(name)});
}

void Module::start(Task<> task) {
    auto pass = std::make_shared<Gate::Pass>(gate_.enter());
    spawn(
        std::move(task), [pass] {},
        [pass, this](std::exception_ptr failure) {
            try {
                std::rethrow_exception(failure);
            } catch (const std::exception& thrown) {
                log.error("a task failed", {{"error", thrown.what()}});
            } catch (...) {
                log.error("a task failed");
            }
        });
}

void Module::add_slot(Slot& slot) {
    for (const auto* other : slots_)
        if (other->slot_name() == slot.slot_name())
            throw std::logic_error("it has two members named " +
                                   slot.slot_name().substr(slot.slot_name().find('/') + 1));
    slots_.push_back(&slot);
}

void Module::add_iq_handler(Scope scope, bool set, std::string_view ns, std::string_view name,
                            std::move_only_function<IqAnswer(Iq)> call) {
    iqs_.push_back({this, scope, set, std::string(ns), std::string(name), std::move(call)});
}
void Module::add_hook(int phase, std::move_only_function<Verdict(Passage&)> call) {
    hooks_.push_back({this, phase, std::move(call)});
}
void Module::add_event_handler(std::string_view event, std::move_only_function<Verdict(void*)> call) {
    events_.push_back({this, std::string(event), std::move(call)});
}
void Module::add_timer(Duration period, bool repeat, bool once,
                       std::move_only_function<std::variant<std::monostate, Task<>>()> call) {
    timers_.push_back({period, repeat, once, std::move(call)});
}

Task<> Module::on_every_shard(std::function<void(Module&)> call) {
    auto& server = host.server();
    const auto version = host.version_of(name_);
    for (std::size_t i = 0; i < server.shard_count(); ++i)
        co_await server.at(server.shard(i), visit(&server.shard(i), this, version, &call));
}

Task<bool> Module::on_home_shard(Jid address, std::function<Task<>(Module&)> call) {
    auto& server = host.server();
    auto& home = server.home(address);
    bool done = false;
    auto task = stay(&home, this, host.version_of(name_), &call, &done);
    co_await server.at(home, std::move(task));
    co_return done;
}

Result<> Service::check(const Jid& jid) {
    if (!jid.is_domain()) return fail("is not a domain (a service's address has no @ and no /)");
    return {};
}

void Module::arm(TimerEntry& entry, std::size_t index) {
    if (entry.once_per_host && &host.server().home(host.jid()) != &host.shard()) return;
    running_timers_[index] = host.timers().after(entry.period, [this, &entry, index] {
        try {
            auto outcome = entry.call();
            if (auto* task = std::get_if<Task<>>(&outcome)) start(std::move(*task));
        } catch (const std::exception& thrown) {
            log.error("a timer failed", {{"error", thrown.what()}});
        }
        if (entry.repeat) arm(entry, index);
    });
}

} // namespace epode
