// SPDX-License-Identifier: MIT
// All that a module author includes. modules/README.md teaches it from one page.
//
// A module is a class whose members and constructor say all it needs; whoever destroys it takes all of that back. One
// instance exists per shard and host, so there is nothing to lock. A handler that throws costs one error reply.
#pragma once

#include "core/base/codec.hpp"
#include "core/base/id.hpp"
#include "core/base/log.hpp"
#include "core/base/task.hpp"
#include "core/config/setting.hpp"
#include "core/events.hpp"
#include "core/host.hpp"
#include "core/module/gate.hpp"
#include "core/module/manifest.hpp"
#include "core/module/registration.hpp"
#include "core/route/iq.hpp"
#include "core/route/passage.hpp"
#include "core/route/phases.hpp"
#include "core/session/account.hpp"
#include "core/session/session.hpp"
#include "core/stanza.hpp"
#include "core/store/log.hpp"
#include "core/store/resident.hpp"
#include "core/store/store.hpp"
#include "core/xml/builder.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace epode {

// ---- What handlers answer -----------------------------------------------------------------------------------------

/// An empty result.
inline Reply result() { return Reply::result(); }
inline Reply result(Ref<xml::Document> payload) { return Reply::result(std::move(payload)); }
/// A result with a payload of xep/: anything with `encode(Builder&) const`.
template <typename P>
    requires requires(const P& payload, xml::Builder& builder) { payload.encode(builder); }
Reply result(const P& payload) {
    xml::Builder builder;
    payload.encode(builder);
    return Reply::result(builder.finish());
}
inline Reply error(Condition condition, std::string text = {}) {
    return Reply::error(StanzaError(condition, std::move(text)));
}
inline Reply error(StanzaError error) { return Reply::error(std::move(error)); }

namespace detail {
template <typename T> inline constexpr bool always_false = false;

/// What a payload type of an IQ handler must offer.
template <typename P>
concept Payload = requires(xml::Element element) {
    { P::ns } -> std::convertible_to<std::string_view>;
    { P::name } -> std::convertible_to<std::string_view>;
    { P::decode(element).has_value() } -> std::same_as<bool>;
};
} // namespace detail

class Module : public Settings {
public:
#ifdef EPODE_MODULE_NAME
    explicit Module(Host& host) : Module(host, EPODE_MODULE_NAME) {}
#endif
    Module(Host& host, std::string_view name);
    virtual ~Module();
    Module(const Module&) = delete;
    Module& operator=(const Module&) = delete;

    const std::string& name() const noexcept { return name_; }
    std::string_view domain() const noexcept { return host.domain(); } ///< of the host it belongs to
    Gate& gate() noexcept { return gate_; }

    // ---- What it has registered, for the administrator; values are those of this instance only.
    const std::vector<MetricEntry>& metrics() const noexcept { return metrics_; }
    const std::vector<IqHandler>& queries() const noexcept { return iqs_; }
    const std::vector<PhaseHook>& hooks() const noexcept { return hooks_; }
    const std::vector<EventHandler>& events() const noexcept { return events_; }
    const std::vector<FeatureEntry>& features() const noexcept { return features_; }
    const std::vector<IdentityEntry>& identities() const noexcept { return identities_; }
    const std::vector<TimerEntry>& timers() const noexcept { return timers_; }
    const std::vector<CommandEntry>& commands() const noexcept { return commands_; }
    const std::vector<ServiceEntry>& services() const noexcept { return services_; }
    const std::vector<Slot*>& slots() const noexcept { return slots_; }

    /// For a reload: what the next version should know beside stored data and PerSession members. Must not throw.
    virtual std::string save() { return {}; }
    virtual void restore(std::string) {}
    /// It is being unloaded, and no next version comes: what is sent now still goes out. Must not throw.
    virtual void leaving() {}

protected:
    Host& host;
    const Logger log; ///< area = the module's name

    // ---- Queries: `Reply f(Iq, Payload)` or `Task<Reply> f(Iq, Payload)`. The payload type is the routing; what does
    // not decode is answered bad-request (or the StanzaError its decode returned) before the module hears of it. A
    // client's queries are answered in order, and a result only when all that its earlier stanzas caused is durable.
    // They run on the account's shard; those to the server on the asking client's, those to a service or room on its
    // address's.
    template <typename M, typename P> void on_get(Reply (M::*f)(Iq, P), Scope scope = Scope::account) {
        add_iq<M, P>(false, f, scope);
    }
    template <typename M, typename P> void on_get(Task<Reply> (M::*f)(Iq, P), Scope scope = Scope::account) {
        add_iq<M, P>(false, f, scope);
    }
    template <typename M, typename P> void on_set(Reply (M::*f)(Iq, P), Scope scope = Scope::account) {
        add_iq<M, P>(true, f, scope);
    }
    template <typename M, typename P> void on_set(Task<Reply> (M::*f)(Iq, P), Scope scope = Scope::account) {
        add_iq<M, P>(true, f, scope);
    }

    // ---- The message path: `on(phase::copy, &M::f)`, f as the phase wants it (core/route/phases.hpp). Must not wait.
    template <int I, typename Answer, typename Argument, typename M>
    void on(phase::Phase<I, Answer, Argument>, Answer (M::*f)(Argument)) {
        auto* self = static_cast<M*>(this);
        add_hook(I, [self, f](Passage& passage) {
            if constexpr (std::is_void_v<Answer>) {
                (self->*f)(passage);
                return Verdict::pass();
            } else {
                return (self->*f)(passage);
            }
        });
    }
    template <int I, typename Answer, typename Argument, typename F>
        requires(!std::is_same_v<F, F*>)
    void on(phase::Phase<I, Answer, Argument>, F) {
        static_assert(detail::always_false<F>, "this phase wants another signature: see core/route/phases.hpp");
    }

    // ---- Events: `on(&M::f)`, f's parameter says which (core/events.hpp).
    template <typename M, typename E> void on(void (M::*f)(const E&)) {
        static_assert(E::kind != EventKind::decide, "a decide-event wants `Verdict f(const E&)`");
        add_event<M, E>(f);
    }
    template <typename M, typename E> void on(void (M::*f)(E&)) {
        static_assert(E::kind == EventKind::filter || E::kind == EventKind::provide,
                      "only filter and provide events may be changed");
        add_event<M, E>(f);
    }
    template <typename M, typename E> void on(Verdict (M::*f)(const E&)) {
        static_assert(E::kind == EventKind::decide, "only decide-events take a verdict");
        auto* self = static_cast<M*>(this);
        add_event_handler(E::name, [self, f](void* event) { return (self->*f)(*static_cast<const E*>(event)); });
    }

    // ---- Discovery. Without a scope: the account (bare JID) where `Scope::account`, the domain where `Scope::server`.
    /// Announced on the domain and on accounts.
    void feature(std::string_view ns);
    void feature(Scope scope, std::string_view ns);
    void identity(Scope scope, std::string_view category, std::string_view type, std::string_view name = {});

    // ---- Time. Timers start when the module starts and stop with it; what they throw is logged.
    enum class Where { every_shard, once }; ///< once: only at the home of the host's domain
    template <typename M> void every(Duration period, void (M::*f)(), Where where = Where::every_shard) {
        auto* self = static_cast<M*>(this);
        add_timer(period, true, where == Where::once, [self, f] {
            (self->*f)();
            return std::variant<std::monostate, Task<>>();
        });
    }
    template <typename M> void every(Duration period, Task<> (M::*f)(), Where where = Where::every_shard) {
        auto* self = static_cast<M*>(this);
        add_timer(period, true, where == Where::once,
                  [self, f] { return std::variant<std::monostate, Task<>>((self->*f)()); });
    }
    /// Once, so long after the module has started; at once with 0s. Loading what is stored for the host is done so.
    template <typename M> void after(Duration delay, void (M::*f)()) {
        auto* self = static_cast<M*>(this);
        add_timer(delay, false, false, [self, f] {
            (self->*f)();
            return std::variant<std::monostate, Task<>>();
        });
    }
    template <typename M> void after(Duration delay, Task<> (M::*f)()) {
        auto* self = static_cast<M*>(this);
        add_timer(delay, false, false, [self, f] { return std::variant<std::monostate, Task<>>((self->*f)()); });
    }
    /// Runs a task of this module without waiting for it: it is inside the gate until it ends, what it throws is
    /// logged. From hooks and events, which must not wait themselves.
    void start(Task<> task);

    // ---- Ad-hoc commands (XEP-0050), also reachable by epodectl, for those who have the role or a higher one. The
    // node is the command's name, one of its kind on the host; `params` are asked for and checked before f is called. f
    // runs on the shard of whoever calls, and only there (see everywhere).
    template <typename M>
    void command(std::string node, std::string title, Role role, Task<CommandResult> (M::*f)(CommandCall),
                 std::vector<Param> params = {}) {
        auto* self = static_cast<M*>(this);
        commands_.push_back({this, std::move(node), std::move(title), role, std::move(params),
                             [self, f](CommandCall call) { return (self->*f)(std::move(call)); }});
    }

    /// Calls `f` with copies of the arguments on every shard's instance of this module, this one included, one after
    /// the other; returns when all have done it. For what a command changes. An instance of another version (during a
    /// reload) is left out.
    template <typename M, typename... A, typename... Given> Task<> everywhere(void (M::*f)(A...), Given... arguments) {
        return on_every_shard([f, ... values = std::decay_t<A>(std::move(arguments))](Module& instance) {
            (static_cast<M&>(instance).*f)(values...);
        });
    }

    /// Calls `f` with copies of the arguments on this module's instance where the address has its home, and waits for
    /// it there. False where that is another version (during a reload), or a host that is not there. What it throws
    /// comes back.
    template <typename M, typename... A, typename... Given>
    Task<bool> at_home(Jid address, Task<> (M::*f)(A...), Given... arguments) {
        return on_home_shard(std::move(address),
                             [f, ... values = std::decay_t<A>(std::move(arguments))](Module& instance) {
                                 return (static_cast<M&>(instance).*f)(values...);
                             });
    }

    /// Offers an interface of core/service/ to other modules of this host: provide<Roster>(*this).
    template <typename T, typename M> void provide(M& self) {
        services_.push_back({std::string(T::service_name), static_cast<T*>(&self)});
    }

private:
    friend class Host;
    friend class ModuleRegistry;
    friend class Router;
    friend class Slot;
    friend class StoreBase;
    friend class Counter;
    friend class Service;
    template <typename T> friend class Use;
    template <typename T> friend class PerSession;
    template <typename T> friend class PerAccount;

    template <typename M, typename P, typename F> void add_iq(bool set, F f, Scope scope) {
        static_assert(detail::Payload<P>,
                      "the handler's second parameter must be a payload of xep/: static ns, name, and "
                      "Result<P> decode(xml::Element)");
        auto* self = static_cast<M*>(this);
        add_iq_handler(scope, set, P::ns, P::name, [self, f](Iq iq) -> IqAnswer {
            auto payload = P::decode(iq.payload());
            if (!payload) {
                if constexpr (std::is_same_v<std::decay_t<decltype(payload.error())>, StanzaError>)
                    return Reply::error(std::move(payload.error()));
                else
                    return Reply::error(StanzaError(Condition::bad_request, payload.error().text));
            }
            return (self->*f)(std::move(iq), std::move(*payload));
        });
    }
    template <typename M, typename E, typename F> void add_event(F f) {
        auto* self = static_cast<M*>(this);
        add_event_handler(E::name, [self, f](void* event) {
            (self->*f)(*static_cast<E*>(event));
            return Verdict::pass();
        });
    }
    void add_iq_handler(Scope scope, bool set, std::string_view ns, std::string_view name,
                        std::move_only_function<IqAnswer(Iq)> call);
    void add_hook(int phase, std::move_only_function<Verdict(Passage&)> call);
    void add_event_handler(std::string_view event, std::move_only_function<Verdict(void*)> call);
    void add_timer(Duration period, bool repeat, bool once,
                   std::move_only_function<std::variant<std::monostate, Task<>>()> call);
    void add_slot(Slot& slot); ///< throws std::logic_error where the module has one of that name
    void arm(TimerEntry& entry, std::size_t index);
    Task<> on_every_shard(std::function<void(Module&)> call);
    Task<bool> on_home_shard(Jid address, std::function<Task<>(Module&)> call);

    std::string name_;
    Gate gate_;
    std::vector<IqHandler> iqs_;
    std::vector<PhaseHook> hooks_;
    std::vector<EventHandler> events_;
    std::vector<FeatureEntry> features_;
    std::vector<IdentityEntry> identities_;
    std::vector<TimerEntry> timers_;
    std::vector<Timers::Handle> running_timers_;
    std::vector<CommandEntry> commands_;
    std::vector<ServiceEntry> services_;
    std::vector<DomainEntry> domains_; ///< one or none
    std::vector<MetricEntry> metrics_;
    std::vector<Slot*> slots_;
};

/// A count that only grows, of this instance; core adds up all shards: `Counter sent{*this, "sent", "messages handed
/// over"}; ++sent;`
class Counter {
public:
    Counter(Module& module, std::string name, std::string help) {
        module.metrics_.push_back({std::move(name), std::move(help), false, &value_});
    }
    Counter(const Counter&) = delete;
    Counter& operator++() noexcept {
        ++value_;
        return *this;
    }
    Counter& operator+=(std::uint64_t by) noexcept {
        value_ += by;
        return *this;
    }
    std::uint64_t value() const noexcept { return value_; }

private:
    std::uint64_t value_ = 0;
};

/// A domain that the module serves: `label`.HOST, or what the option `at` says, which this member declares. Its
/// identity is what disco says of it; it is among the host's items, and answers disco, ping and version where those
/// modules are.
///
///     Service echo_{*this, "echo", "component", "generic", "Echo", &Echo::hear};
///
/// `hear` gets what is sent to the domain or to an address at it and is no query for a handler: messages, presence,
/// answers, and queries to full addresses. It runs on the home shard of the bare address, after the sender's outgoing
/// phases. take: it is dealt with. pass: not here; messages and queries are answered service-unavailable. refuse: the
/// error goes to the sender. Queries to the domain come to handlers of Scope::service, those to bare addresses at it to
/// Scope::room; a module with a service of its own gets only those for it. At most one per module.
class Service {
public:
    template <typename M>
    Service(M& module, std::string label, std::string category, std::string type, std::string name,
            Verdict (M::*hear)(Arrival&))
        : module_(module), at_(module, "at", Jid(),
                               {.help = "the service's address, if not one below the host's",
                                .restart = Needs::module_restart,
                                .check = check}) {
        auto* self = &module;
        module_.domains_.push_back({self, std::move(label), &at_, std::move(category), std::move(type), std::move(name),
                                    [self, hear](Arrival& arrival) { return (self->*hear)(arrival); }});
    }
    Service(const Service&) = delete;
    /// Its domain; known once the module has started.
    const Jid& jid() const noexcept { return module_.domains_.front().jid; }

private:
    static Result<> check(const Jid& jid);
    Module& module_;
    Setting<Jid> at_;
};

/// Another module's service, looked up at each use; its result must not be kept across co_await. Name the provider in
/// `.depends`, or check it before use.
template <typename T> class Use {
public:
    explicit Use(Module& module) : host_(module.host) {}
    T* get() const noexcept { return static_cast<T*>(host_.service(T::service_name)); }
    T* operator->() const noexcept { return get(); }
    explicit operator bool() const noexcept { return get() != nullptr; }

private:
    Host& host_;
};

// ---- Members that need Module whole -------------------------------------------------------------------------------

template <typename T> PerSession<T>::PerSession(Module& module, std::string name) : Slot(std::move(name)) {
    module.add_slot(*this);
    save_ = &detail::save_values<std::uint64_t, T>;
    restore_ = &detail::restore_values<std::uint64_t, T>;
}
template <typename T> PerSession<T>::PerSession(Module& module, std::string name, Transient) : Slot(std::move(name)) {
    module.add_slot(*this);
}
template <typename T> std::string PerSession<T>::save() { return save_ ? save_(values_) : std::string(); }
template <typename T> void PerSession<T>::restore(std::string_view bytes) {
    if (restore_) static_cast<void>(restore_(values_, bytes)); // a form that is not known is as good as none
}
template <typename T> PerAccount<T>::PerAccount(Module& module, std::string name) : Slot(std::move(name)) {
    module.add_slot(*this);
    save_ = &detail::save_values<OwnerId, T>;
    restore_ = &detail::restore_values<OwnerId, T>;
}
template <typename T> PerAccount<T>::PerAccount(Module& module, std::string name, Transient) : Slot(std::move(name)) {
    module.add_slot(*this);
}
template <typename T> std::string PerAccount<T>::save() { return save_ ? save_(values_) : std::string(); }
template <typename T> void PerAccount<T>::restore(std::string_view bytes) {
    if (restore_) static_cast<void>(restore_(values_, bytes)); // a form that is not known is as good as none
}

} // namespace epode
