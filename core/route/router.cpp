// SPDX-License-Identifier: MIT
#include "core/route/router.hpp"

#include "core/base/log.hpp"
#include "core/host.hpp"
#include "core/module.hpp"
#include "core/route/delivery.hpp"
#include "core/server.hpp"
#include "core/session/accounts.hpp"
#include "core/session/client_connection.hpp"
#include "core/shard/shard.hpp"
#include "xep/xep0359_sid.hpp"

#include <algorithm>
#include <functional>
#include <ranges>
#include <unordered_set>

namespace epode {

namespace {

const Logger& log() {
    static const Logger area("route");
    return area;
}

bool is_query(const Stanza& stanza) {
    const auto type = stanza.type();
    return stanza.is_iq() && (type == "get" || type == "set");
}

/// Presence that is no reason to load an owner: RFC 6121 8.5.1, DESIGN section 6.
bool needs_no_account(const Stanza& stanza) {
    const auto type = stanza.type();
    if (stanza.is_message()) return type == "headline" || type == "error"; // ignored where nobody is online: 8.5.2.2.1
    if (!stanza.is_presence()) return false;
    return type.empty() || type == "unavailable" || type == "error";
}

StanzaError storage_error(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const storage::Full&) {
        return StanzaError(Condition::resource_constraint, ErrorType::wait, "the server's storage is full");
    } catch (...) {
        return StanzaError(Condition::internal_server_error, ErrorType::wait);
    }
}

} // namespace

// ---- Finding the way ----------------------------------------------------------------------------------------------

void Router::route(Parcel parcel) {
    const Jid& to = parcel.stanza.to();
    if (!to) return;
    auto* host = shard_.host(to.domain());
    if (!host && !shard_.service(to.domain())) {
        bounce(parcel.stanza,
               StanzaError(Condition::remote_server_not_found, std::string(to.domain()) + " is not served here"),
               parcel.receipt);
        if (parcel.batch)
            spawn(commit(std::move(parcel.batch), std::move(parcel.receipt)), [] {}, [](std::exception_ptr) {});
        return;
    }
    if (host && to.local().empty()) return to_server(*host, std::move(parcel));
    auto& home = shard_.server().home(to);
    if (&home == &shard_)
        arrive(std::move(parcel));
    else
        home.post(std::move(parcel));
}

void Router::route(Stanza stanza, std::vector<Jid> recipients) {
    std::vector<std::pair<Shard*, std::vector<Jid>>> others; // as many as there are shards, at most
    for (Jid& to : recipients) {
        const auto* host = shard_.host(to.domain());
        const bool served = host ? !to.local().empty() : shard_.service(to.domain()) != nullptr;
        auto& home = shard_.server().home(to);
        if (!served || &home == &shard_) {
            route(Parcel(stanza.to(std::move(to))));
            continue;
        }
        auto found = std::ranges::find(others, &home, [](const auto& other) { return other.first; });
        if (found == others.end()) found = others.insert(found, {&home, {}});
        found->second.push_back(std::move(to));
    }
    for (auto& [home, there] : others)
        home->post([home, stanza, there = std::move(there)]() mutable {
            for (Jid& to : there) home->router().arrive(Parcel(stanza.to(std::move(to))));
        });
}

void Router::route_onward(Stanza stanza, Passage& passage) {
    route(Parcel(std::move(stanza), passage.receipt_, std::move(passage.batch_)));
}

bool Router::run(Duration budget) {
    if (idle()) return false;
    const auto end = shard_.clock().now() + budget;
    while (!news_.empty() && shard_.clock().now() <= end) tell(news_.pop_front());
    news_.trim();
    for (unsigned done = 0; !arrivals_.empty(); ++done) {
        if (done % 16 == 15 && shard_.clock().now() > end) break;
        auto parcel = arrivals_.pop_front();
        const auto bare = parcel.stanza.to().bare();
        if (const auto loading = loading_.find(bare); loading != loading_.end()) {
            loading->second->waiting.push_back(std::move(parcel));
            continue;
        }
        auto& accounts = shard_.accounts();
        if (const auto found = accounts.find(bare); found != accounts.end()) {
            const auto account = found->second; // a hook may evict it
            incoming(account, std::move(parcel));
            continue;
        }
        if (auto* service = shard_.service(bare.domain())) {
            to_service(*service, std::move(parcel));
            continue;
        }
        if (needs_no_account(parcel.stanza)) {
            if (parcel.batch)
                spawn(commit(std::move(parcel.batch), std::move(parcel.receipt)), [] {}, [](std::exception_ptr) {});
            continue;
        }
        loading_.emplace(bare, std::make_shared<Loading>()).first->second->waiting.push_back(std::move(parcel));
        spawn(activate_and_release(bare), [] {}, [](std::exception_ptr) {});
    }
    arrivals_.trim();
    return true;
}

void Router::tell(const RoomNews& news) {
    const auto& part = news.audience->parts()[news.part];
    auto* host = shard_.host(part.domain);
    if (!host || !host->hears<RoomSaid>()) return;
    host->emit(RoomSaid{*host, news.message, part.members});
}

// ---- Becoming active ----------------------------------------------------------------------------------------------

Task<std::shared_ptr<Account>> Router::activate(Jid bare) {
    auto& accounts = shard_.accounts();
    if (const auto loading = loading_.find(bare); loading != loading_.end()) {
        Promise<bool> promise;
        loading->second->waiters.push_back(&promise);
        co_await promise;
    } else if (!accounts.contains(bare)) {
        loading_.emplace(bare, std::make_shared<Loading>());
        co_await activate_and_release(bare);
    }
    const auto found = accounts.find(bare);
    co_return found == accounts.end() ? nullptr : found->second;
}

Task<> Router::activate_and_release(Jid bare) {
    const auto state = loading_.at(bare);
    std::shared_ptr<Account> account;
    std::exception_ptr failure;
    auto* host = shard_.host(bare.domain());
    try {
        auto record = co_await shard_.server().accounts().find(bare);
        if (record && host) {
            account = state->account = std::make_shared<Account>(*host, bare, record->owner, record->role);
            co_await load(account);
        }
    } catch (const std::exception& thrown) {
        failure = std::current_exception();
        log().error("an account could not be loaded", {{"account", bare.text()}, {"error", thrown.what()}});
    }
    loading_.erase(bare);
    if (account && !failure) shard_.accounts()[bare] = account;
    auto waiting = std::move(state->waiting);
    auto waiters = std::move(state->waiters);
    for (auto& parcel : waiting) {
        if (failure)
            bounce(parcel.stanza, storage_error(failure), parcel.receipt);
        else if (account)
            incoming(account, std::move(parcel));
        else
            without_account(host, std::move(parcel));
    }
    for (auto* waiter : waiters) {
        if (failure)
            waiter->fail(failure);
        else
            waiter->set(true);
    }
    if (failure) std::rethrow_exception(failure);
}

Task<> Router::load(std::shared_ptr<Account> account) {
    // Modules may come and go while we wait: go by name, with each one's gate held. One that was replaced meanwhile
    // may have handed over its values before ours was there; one that comes asks load_slots.
    auto& host = account->host();
    std::vector<std::string> names;
    for (const auto& module : host.modules()) names.push_back(module->name());
    for (const auto& name : names) {
        bool replaced = true;
        while (replaced) {
            auto* module = host.module(name);
            if (!module) break;
            const auto pass = module->gate().enter();
            for (auto* slot : module->slots_)
                if (slot->has_load()) co_await slot->load(*account);
            replaced = host.module(name) != module;
        }
    }
}

void Router::reload(Owner owner) {
    for (const auto& [bare, account] : shard_.accounts()) {
        if (account->owner() != owner.id) continue;
        log().warn("what modules keep of an account is loaded again", {{"account", bare.text()}});
        spawn(
            load(account), [] {},
            [bare = bare](std::exception_ptr) {
                log().error("an account could not be loaded again", {{"account", bare.text()}});
            });
        return;
    }
}

Task<> Router::load_slots(Host& host, Module& module) {
    if (std::ranges::none_of(module.slots_, &Slot::has_load)) co_return;
    std::unordered_set<std::shared_ptr<Account>> loaded; // held, so that none is evicted meanwhile
    for (;;) {
        std::vector<std::shared_ptr<Account>> more;
        const auto wants = [&](const auto& account) {
            return account && &account->host() == &host && !loaded.contains(account);
        };
        for (const auto& [bare, account] : shard_.accounts())
            if (wants(account)) more.push_back(account);
        for (const auto& [bare, loading] : loading_)
            if (wants(loading->account)) more.push_back(loading->account);
        if (more.empty()) co_return;
        for (const auto& account : more)
            for (auto* slot : module.slots_)
                if (slot->has_load()) co_await slot->load(*account);
        loaded.insert(more.begin(), more.end());
    }
}

std::map<std::string, std::string> Router::save_session(const Session& session) {
    std::map<std::string, std::string> kept;
    for (const auto& module : session.host().modules())
        for (auto* slot : module->slots_)
            if (auto bytes = slot->save_session(session); !bytes.empty())
                kept.emplace(module->name() + "/" + slot->slot_name(), std::move(bytes));
    return kept;
}

void Router::restore_session(const Session& session, const std::map<std::string, std::string>& kept) {
    for (const auto& module : session.host().modules())
        for (auto* slot : module->slots_)
            if (const auto found = kept.find(module->name() + "/" + slot->slot_name()); found != kept.end())
                slot->restore_session(session, found->second);
}

void Router::evict_idle() {
    std::erase_if(shard_.accounts(), [&](const auto& entry) {
        const auto& account = entry.second;
        if (account.use_count() > 1 || !account->sessions().empty() || shard_.pending().any(*account)) return false;
        account->host().account_evicted(*account);
        return true;
    });
}

void Router::forget(const Jid& bare) {
    const auto found = shard_.accounts().find(bare);
    if (found == shard_.accounts().end()) return;
    found->second->host().account_evicted(*found->second);
    shard_.accounts().erase(found);
}

// ---- Phases -------------------------------------------------------------------------------------------------------

Verdict Router::run_phase(Host& host, int phase, Passage& passage) {
    auto strictest = Verdict::pass();
    const auto hooks = host.hooks(phase);
    for (std::size_t i = 0; i < host.hooks(phase).size(); ++i) {
        auto& hook = *hooks[i];
        const auto inside = hook.module->gate().enter();
        try {
            auto verdict = hook.call(passage);
            if (verdict.stricter_than(strictest)) strictest = std::move(verdict);
        } catch (const std::exception& thrown) {
            log().error("a hook failed", {{"module", hook.module->name()}, {"error", thrown.what()}});
            // A broken check or a broken store must not let a stanza through as if nothing had happened.
            if (phase <= phase::store.index)
                strictest = Verdict::refuse(StanzaError(Condition::internal_server_error, ErrorType::wait));
        }
    }
    return strictest;
}

/// A message gets its id in this half's name, which nobody else may have given it (XEP-0359 section 3).
void Router::identify(Passage& passage) {
    passage.id = shard_.server().next_id(shard_);
    passage.stanza = xep::without_stanza_id(passage.stanza, passage.account.bare());
}

void Router::outgoing(const std::shared_ptr<Session>& session, Stanza stanza, Ref<Receipt> receipt) {
    auto& host = session->host();
    Passage passage(host, Direction::outgoing, session->account(), std::move(stanza));
    passage.session = session.get();
    passage.receipt_ = std::move(receipt);
    for (const int phase : {phase::admit.index, phase::amend.index, phase::store.index, phase::copy.index}) {
        if (phase == phase::store.index && passage.stanza.is_message()) identify(passage);
        const auto verdict = run_phase(host, phase, passage);
        if (verdict.kind() == Verdict::Kind::pass) continue;
        if (verdict.kind() == Verdict::Kind::refuse) session->send(error_reply(passage.stanza, *verdict.error()));
        if (passage.batch_) passage.batch_->abandon();
        return;
    }
    // Presence to nobody is the session's own business; everything else goes on.
    route(Parcel(passage.stanza, passage.receipt_, std::move(passage.batch_)));
    run_phase(host, phase::notify.index, passage);
}

void Router::incoming(const std::shared_ptr<Account>& account, Parcel parcel) {
    if (parcel.skip_session != 0) return recovered(*account, std::move(parcel));
    auto& host = account->host();
    Passage passage(host, Direction::incoming, *account, std::move(parcel.stanza));
    passage.batch_ = std::move(parcel.batch);
    passage.receipt_ = std::move(parcel.receipt);
    if (is_query(passage.stanza) && passage.stanza.from().bare() == account->bare() && passage.stanza.to().is_bare()) {
        incoming_query(account, passage, passage.receipt_); // a query to oneself passes no checks
        return finish(passage);
    }
    const auto admitted = run_phase(host, phase::admit.index, passage);
    if (admitted.kind() != Verdict::Kind::pass) {
        if (admitted.kind() == Verdict::Kind::refuse) bounce(passage.stanza, *admitted.error(), passage.receipt_);
        return finish(passage);
    }
    run_phase(host, phase::amend.index, passage);
    if (passage.stanza.is_iq()) {
        incoming_query(account, passage, passage.receipt_);
        return finish(passage);
    }
    auto delivery = choose_targets(*account, passage.stanza, 0);
    passage.targets = std::move(delivery.targets);
    if (passage.stanza.is_message()) identify(passage);
    for (const int phase : {phase::store.index, phase::copy.index, phase::deliver.index}) {
        const auto verdict = run_phase(host, phase, passage);
        // Whoever gets it, or a copy of it, knows it by the id it is kept under.
        if (phase == phase::store.index && passage.kept)
            passage.stanza =
                xep::with_stanza_id(passage.stanza, xep::StanzaId(passage.id.text(), passage.account.bare()));
        if (verdict.kind() == Verdict::Kind::take) passage.taken = true;
        if (verdict.kind() == Verdict::Kind::refuse) {
            bounce(passage.stanza, *verdict.error(), passage.receipt_);
            passage.taken = true;
            break;
        }
        if (verdict.kind() == Verdict::Kind::drop) {
            passage.taken = true;
            break;
        }
    }
    if (!passage.taken) hand_over(passage, delivery.otherwise);
    run_phase(host, phase::notify.index, passage);
    finish(passage);
}

void Router::finish(Passage& passage) {
    if (passage.copies_ && passage.delivered == 0) passage.copies_->confirm(); // it is kept elsewhere, or bounced
    if (passage.batch_ && !passage.batch_->empty()) {
        spawn(commit(std::move(passage.batch_), passage.receipt_), [] {}, [](std::exception_ptr) {});
    }
}

Task<> Router::commit(std::unique_ptr<Batch> batch, Ref<Receipt> receipt) {
    std::exception_ptr failure;
    auto writes = std::move(*batch);
    try {
        co_await Batch::commit(shard_.server().engine(), std::move(writes));
    } catch (const std::exception& thrown) {
        failure = std::current_exception();
        log().error("what a stanza caused could not be kept", {{"error", thrown.what()}});
    }
    if (failure && receipt) receipt->fail();
}

void Router::bounce(const Stanza& stanza, const StanzaError& error, Ref<Receipt> receipt) {
    auto reply = error_reply(stanza, error);
    if (reply && reply.to()) route(Parcel(std::move(reply), std::move(receipt)));
}

// ---- Queries ------------------------------------------------------------------------------------------------------

namespace {

/// A reply may wait for what came before its query, longer than the handler: what the module put into it stays inside
/// the gate until it has run or is dropped. Also an empty move_only_function points into the library that made it
/// (GCC), so it is replaced by one of our own.
Reply kept(Reply reply, Gate& gate) {
    auto& after = reply.after();
    if (after)
        after = [pass = gate.enter(), action = std::move(after)]() mutable { action(); };
    else
        after = nullptr;
    return reply;
}

} // namespace

void Router::answer(Iq iq, std::move_only_function<void(Reply)> done) {
    const auto payload = iq.payload();
    auto& host = iq.host();
    auto* handler = host.iq_handler(iq.scope(), iq.set(), payload.ns(), payload.name(), iq.stanza().to());
    if (!handler && iq.scope() == Scope::account) {
        handler = host.iq_handler(Scope::anyone, iq.set(), payload.ns(), payload.name());
    }
    if (!handler) return done(Reply::error(StanzaError(Condition::service_unavailable)));
    auto& gate = handler->module->gate();
    auto pass = gate.enter();
    const std::string module = handler->module->name();
    try {
        auto outcome = handler->call(std::move(iq));
        if (auto* reply = std::get_if<Reply>(&outcome)) return done(kept(std::move(*reply), gate));
        // The reply must be sent once, and the gate left only when nothing of the module is on the stack.
        struct State {
            Gate& gate;
            Gate::Pass pass;
            std::move_only_function<void(Reply)> done;
            std::string module;
        };
        auto state = std::make_shared<State>(gate, std::move(pass), std::move(done), module);
        spawn(
            std::get<Task<Reply>>(std::move(outcome)),
            [state](Reply reply) { state->done(kept(std::move(reply), state->gate)); },
            [state](std::exception_ptr failure) {
                try {
                    std::rethrow_exception(failure);
                } catch (const std::exception& thrown) {
                    log().error("a query failed", {{"module", state->module}, {"error", thrown.what()}});
                } catch (...) {
                    log().error("a query failed", {{"module", state->module}});
                }
                state->done(Reply::error(storage_error(failure)));
            });
    } catch (const std::exception& thrown) {
        log().error("a query failed", {{"module", module}, {"error", thrown.what()}});
        done(Reply::error(storage_error(std::current_exception())));
    }
}

void Router::incoming_query(const std::shared_ptr<Account>& account, Passage& passage, Ref<Receipt> receipt) {
    const auto& stanza = passage.stanza;
    if (stanza.to().is_full()) {
        auto* session = account->session(stanza.to().resource());
        if (session && session->connection_ && !session->ended())
            session->connection_->deliver(stanza, receipt, nullptr);
        else
            bounce(stanza, StanzaError(Condition::service_unavailable), receipt);
        return;
    }
    if (!is_query(stanza)) return; // an answer to nobody
    const bool own = stanza.from().bare() == account->bare();
    Iq iq(account->host(), own ? Scope::account : Scope::anyone, stanza, account, nullptr, Peer());
    answer_and_route(std::move(iq), std::move(receipt));
}

void Router::answer_and_route(Iq iq, Ref<Receipt> receipt) {
    const auto query = iq.stanza();
    answer(std::move(iq), [this, query, receipt = std::move(receipt)](Reply reply) {
        auto answered = reply.failure() ? error_reply(query, *reply.failure())
                                        : result_reply(query, xml::Element::root(reply.payload()));
        if (answered) route(Parcel(std::move(answered), receipt));
        if (reply.after()) reply.after()();
    });
}

void Router::to_server(Host& host, Parcel parcel) {
    const auto stanza = parcel.stanza;
    if (parcel.batch && !parcel.batch->empty())
        spawn(commit(std::move(parcel.batch), parcel.receipt), [] {}, [](std::exception_ptr) {});
    if (is_query(stanza)) {
        return answer_and_route(Iq(host, Scope::server, stanza, nullptr, nullptr, Peer()), std::move(parcel.receipt));
    }
    if (stanza.is_message() && !stanza.is_error())
        bounce(stanza, StanzaError(Condition::service_unavailable), std::move(parcel.receipt));
}

void Router::to_service(DomainEntry& service, Parcel parcel) {
    Arrival arrival(*service.host, std::move(parcel.stanza), std::move(parcel.receipt), std::move(parcel.batch));
    const auto& stanza = arrival.stanza;
    if (is_query(stanza) && stanza.to().is_bare()) {
        const auto scope = stanza.to().local().empty() ? Scope::service : Scope::room;
        answer_and_route(Iq(*service.host, scope, stanza, nullptr, nullptr, Peer()), arrival.receipt_);
    } else {
        auto verdict = Verdict::pass();
        const auto inside = service.module->gate().enter();
        try {
            verdict = service.hear(arrival);
        } catch (const std::exception& thrown) {
            log().error("a service failed", {{"module", service.module->name()}, {"error", thrown.what()}});
            verdict = Verdict::refuse(StanzaError(Condition::internal_server_error, ErrorType::wait));
        }
        if (verdict.kind() == Verdict::Kind::refuse)
            bounce(stanza, *verdict.error(), arrival.receipt_);
        else if (verdict.kind() == Verdict::Kind::pass && !stanza.is_presence())
            bounce(stanza, StanzaError(Condition::service_unavailable), arrival.receipt_);
    }
    if (arrival.batch_ && !arrival.batch_->empty())
        spawn(commit(std::move(arrival.batch_), arrival.receipt_), [] {}, [](std::exception_ptr) {});
}

void Router::without_account(Host* host, Parcel parcel) {
    // RFC 6121 8.5.1, 4.3.2
    const auto& stanza = parcel.stanza;
    if (stanza.is_presence()) {
        if (stanza.type() == "probe" && host) {
            xml::Builder builder;
            builder.open("presence", ns::client).attr("type", "unsubscribed");
            if (!stanza.id().empty()) builder.attr("id", stanza.id());
            builder.close();
            route(Parcel(Stanza(builder.finish(), stanza.to().bare(), stanza.from()), parcel.receipt));
        }
    } else if (!(stanza.is_message() && stanza.type() == "headline")) {
        bounce(stanza, StanzaError(Condition::service_unavailable), parcel.receipt);
    }
    if (parcel.batch && !parcel.batch->empty())
        spawn(commit(std::move(parcel.batch), std::move(parcel.receipt)), [] {}, [](std::exception_ptr) {});
}

} // namespace epode
