// SPDX-License-Identifier: MIT
// XEP-0357: a device that cannot be reached has a push service told that there is something for it. A registration
// belongs to the device (resource) that made it, so it is told while other devices are online, and not while this one
// is. What is worth it is decided when everything else about the stanza is (phase notify), and read settings of the
// chat (XEP-0492) do not hold it up. The service is asked by a query in the account's name; its answer comes back
// there.
#include "core/module.hpp"
#include "core/service/blocking.hpp"
#include "core/service/pep.hpp"
#include "core/service/roster.hpp"
#include "core/xml/parser.hpp"
#include "modules/push/couriers.hpp"
#include "modules/push/registration.hpp"
#include "modules/push/rules.hpp"
#include "xep/xep0060_pubsub.hpp"
#include "xep/xep0357_push.hpp"
#include "xep/xep0492_notification_settings.hpp"

#include <algorithm>
#include <set>

namespace epode {
namespace {

using push::Notice;
using push::Registration;
using push::Which;
using push::Worth;
using ChatSetting = xep::notification_settings::Setting;

constexpr std::string_view bookmarks_node = "urn:xmpp:bookmarks:1";
constexpr std::string_view priority_ns = "tigase:push:priority:0";
constexpr Duration patience = 60s; ///< with a push service that does not answer
constexpr std::size_t most_options = 8 * 1024;
constexpr std::ptrdiff_t most_missed = 20;
constexpr std::size_t most_body = 1024; ///< bytes of it that are told

/// What an error of a push service says about the next notification.
bool is_temporary(Condition condition, ErrorType type) {
    switch (condition) {
    case Condition::remote_server_not_found: // it may be down, or we cannot get there yet
    case Condition::remote_server_timeout:
    case Condition::service_unavailable:
    case Condition::recipient_unavailable:
    case Condition::internal_server_error:
    case Condition::resource_constraint:
        return true;
    default:
        return type == ErrorType::wait;
    }
}

/// At a character's end.
std::string_view shortened(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
    return text.substr(0, most);
}

/// Where something was said, to whom a setting may apply.
struct Occasion {
    Jid chat;          ///< bare: a contact, or a room
    Jid room;          ///< where a room has said it to its members
    bool open = false; ///< that room is
    Worth worth = Worth::message;
    std::string device; ///< the only one that has missed it; "" for all

    Occasion() = default;
};

class Push : public Module {
public:
    explicit Push(Host& on) : Module(on) {
        feature(Scope::account, xep::push::ns);
        on_set(&Push::enable);
        on_set(&Push::disable);
        this->on(phase::admit, &Push::hear_answers);
        this->on(phase::notify, &Push::look);
        this->on(&Push::said);
        this->on(&Push::lost);
        this->on(&Push::opened);
        this->on(&Push::resumed);
        this->on(&Push::deleted);
        after(0s, &Push::find_accounts);
        every(15s, &Push::sweep);
    }

private:
    // ---- Registrations --------------------------------------------------------------------------------------------

    Task<Reply> enable(Iq iq, xep::push::Enable asked) {
        Account& account = iq.account();
        if (!iq.session()) co_return error(Condition::not_allowed);
        if (asked.service.bare() == account.bare())
            co_return error(Condition::not_allowed, "an account is no push service of its own");
        if (host.hears<PushRegister>()) {
            const auto verdict = host.emit(PushRegister{account, asked.service, asked.node, iq.session()});
            if (verdict.error()) co_return error(*verdict.error());
            if (verdict.kind() != Verdict::Kind::pass) co_return error(Condition::not_allowed);
        }
        Registration made;
        made.service = asked.service;
        made.node = std::move(asked.node);
        made.device = iq.session()->jid().resource();
        made.since = host.wall();
        if (asked.options) {
            xml::Builder builder;
            asked.options->encode(builder);
            const auto form = builder.finish();
            made.options = xml::Element::root(form).str();
            if (made.options.size() > most_options) co_return error(Condition::policy_violation, "too large a form");
        }
        const auto key = made.key();
        if (!registrations_.find(account, key) && registrations_.of(account).size() >= *most_)
            co_return error(Condition::resource_constraint, "no more push services may be enabled");
        couriers_.forget(Which(account.bare(), key)); // what was said of the old one
        const Jid bare = account.bare();
        Batch batch;
        registrations_.put(batch, account, key, std::move(made));
        accounts_.put(batch, host.owner(), bare.text(), true);
        known_.insert(bare);
        co_await host.commit(std::move(batch));
        co_return result();
    }

    Task<Reply> disable(Iq iq, xep::push::Disable asked) {
        Account& account = iq.account();
        std::vector<std::string> keys;
        for (const auto& [key, registration] : registrations_.of(account))
            if (registration.service == asked.service && (!asked.node || registration.node == *asked.node))
                keys.push_back(key);
        Batch batch;
        for (const auto& key : keys) drop(batch, account, key);
        if (!batch.empty()) co_await host.commit(std::move(batch));
        co_return result();
    }

    /// With the account's last one, the account is none that has any.
    void drop(Batch& batch, Account& account, const std::string& key) {
        couriers_.forget(Which(account.bare(), key));
        registrations_.erase(batch, account, key);
        if (!registrations_.of(account).empty()) return;
        accounts_.erase(batch, host.owner(), account.bare().text());
        known_.erase(account.bare());
    }

    Task<> drop_now(std::shared_ptr<Account> account, std::string key) {
        Batch batch;
        drop(batch, *account, key);
        co_await host.commit(std::move(batch));
    }

    /// Accounts whose home is here and that have registrations: what a room says to others need not load them.
    Task<> find_accounts() {
        const auto rows = co_await accounts_.scan(host.owner());
        for (const auto& [text, there] : rows)
            if (const auto bare = Jid::parse(text); bare && host.home_of(*bare)) known_.insert(*bare);
    }

    void deleted(const UserDeleted& event) {
        if (known_.erase(event.account) > 0) start(forget(event.account));
    }
    Task<> forget(Jid account) { co_await accounts_.erase(host.owner(), std::string(account.text())); }

    /// It is there again, and gets or asks for what it has missed.
    void opened(const SessionOpened& event) { is_there(event.session); }
    void resumed(const SessionResumed& event) { is_there(event.session); }

    void is_there(Session& session) {
        Account& account = session.account();
        std::vector<std::string> seen;
        for (const auto& [key, registration] : registrations_.of(account)) {
            if (registration.device != session.jid().resource()) continue;
            couriers_.forget(Which(account.bare(), key));
            if (registration.waiting > 0) seen.push_back(key);
        }
        if (!seen.empty()) start(reset(session.shared_from_this(), std::move(seen)));
    }
    Task<> reset(std::shared_ptr<Session> session, std::vector<std::string> keys) {
        Batch batch;
        for (const auto& key : keys)
            if (const auto* found = registrations_.find(session->account(), key)) {
                auto seen = *found;
                seen.waiting = 0;
                registrations_.put(batch, session->account(), key, std::move(seen));
            }
        if (!batch.empty()) co_await host.commit(std::move(batch));
    }

    static bool reachable(const Account& account, const Registration& registration) {
        const auto* session = account.session(registration.device);
        return session && !session->ended() && !session->detached();
    }

    bool any_unreachable(const Account& account) const {
        return std::ranges::any_of(registrations_.of(account),
                                   [&](const auto& row) { return !reachable(account, row.second); });
    }

    // ---- What comes -----------------------------------------------------------------------------------------------

    void look(const Passage& passage) {
        if (!passage.incoming() || registrations_.of(passage.account).empty()) return;
        const Stanza& stanza = passage.stanza;
        const bool request = stanza.is_presence() && stanza.type() == "subscribe";
        if (!stanza.is_message() && !request) return;
        heed_withdrawal(passage);
        if (passage.delivered == 0 && !passage.taken && !passage.kept) return; // it has come back to its sender
        if (stanza.type() == "groupchat" || stanza.from().bare() == passage.account.bare()) return;
        if (request && !is_pending(passage.account, stanza.from())) return;
        Occasion occasion;
        occasion.worth = request ? Worth::message : push::worth(stanza);
        occasion.chat = stanza.from().bare();
        if (occasion.worth == Worth::nothing || !any_unreachable(passage.account)) return;
        if (auto account = host.active(passage.account.bare())) start(tell(std::move(account), stanza, occasion));
    }

    bool is_pending(const Account& account, const Jid& from) const {
        const RosterService* roster = roster_.get();
        const Contact* contact = roster ? roster->find(account, from.bare()) : nullptr;
        return !contact || contact->pending_in;
    }

    void heed_withdrawal(const Passage& passage) {
        for (const auto& [key, registration] : registrations_.of(passage.account)) {
            if (registration.service != passage.stanza.from() ||
                !xep::push::withdraws(passage.stanza, passage.account.bare(), registration.node))
                continue;
            if (auto account = host.active(passage.account.bare())) start(drop_now(std::move(account), key));
            return;
        }
    }

    /// Each of the member's devices that cannot be reached, whether or not another one is in the room.
    void said(const RoomSaid& event) {
        if (known_.empty()) return;
        const Stanza& stanza = event.message.stanza;
        if (push::worth(stanza) == Worth::nothing) return;
        Occasion occasion;
        occasion.chat = occasion.room = stanza.from().bare();
        occasion.open = event.message.open;
        for (const RoomMember& member : event.members)
            if (member.account != event.message.author && known_.contains(member.account))
                start(tell_member(member.account, stanza, occasion));
    }

    Task<> tell_member(Jid bare, Stanza stanza, Occasion occasion) {
        auto account = co_await host.activate(bare);
        if (!account || !any_unreachable(*account)) co_return;
        if (blocking_ && blocking_->blocks(*account, stanza.from())) co_return;
        co_await tell(std::move(account), std::move(stanza), std::move(occasion));
    }

    /// Its stream is gone, and what it was sent last went nowhere: until it comes back it does not know.
    void lost(const SessionDetached& event) {
        Account& account = event.session.account();
        const auto device = event.session.jid().resource();
        if (std::ranges::none_of(registrations_.of(account),
                                 [&](const auto& row) { return row.second.device == device; }))
            return;
        std::vector<Stanza> missed;
        for (const Stanza& sent : event.session.unconfirmed()) {
            auto message = push::carried(sent);
            if (message.from().bare() != account.bare() && push::worth(message) != Worth::nothing)
                missed.push_back(std::move(message));
        }
        if (std::ssize(missed) > most_missed) missed.erase(missed.begin(), missed.end() - most_missed);
        if (missed.empty()) return;
        if (auto owner = host.active(account.bare()))
            start(tell_lost(std::move(owner), std::move(missed), std::string(device)));
    }
    Task<> tell_lost(std::shared_ptr<Account> account, std::vector<Stanza> missed, std::string device) {
        for (const Stanza& message : missed) {
            Occasion occasion;
            occasion.worth = push::worth(message);
            occasion.chat = message.from().bare();
            occasion.device = device;
            occasion.open = message.type() == "groupchat"; // as far as can be known here
            if (occasion.open) occasion.room = occasion.chat;
            co_await tell(account, message, occasion);
        }
    }

    // ---- Deciding -------------------------------------------------------------------------------------------------

    struct Decision {
        bool wanted;
        bool urgent;
    };

    /// What the owner has set for this chat, and what is usual where he has not (XEP-0492 section 4).
    Task<Decision> decide(std::shared_ptr<Account> account, Stanza stanza, Occasion occasion) {
        if (occasion.worth == Worth::call) co_return Decision{true, true};
        std::optional<xep::pubsub::Item> bookmark;
        if (auto* pep = pep_.get())
            bookmark = co_await pep->item(account, std::string(bookmarks_node), std::string(occasion.chat.text()));
        const auto conference = bookmark ? bookmark->payload.element() : xml::Element();
        const auto notify = conference.child("extensions").child("notify", xep::notification_settings::ns);
        const auto setting = xep::notification_settings::setting(notify, "client", "phone");
        auto nick = conference.child_text("nick").str();
        if (nick.empty()) nick = account->bare().local();
        const bool mentioned = push::mentions(stanza, account->bare(), occasion.room, nick);
        const auto usual = occasion.room && occasion.open ? ChatSetting::on_mention : ChatSetting::always;
        switch (setting.value_or(usual)) {
        case ChatSetting::never:
            co_return Decision{false, mentioned};
        case ChatSetting::on_mention:
            co_return Decision{mentioned, mentioned};
        case ChatSetting::always:
            break;
        }
        co_return Decision{true, mentioned};
    }

    Task<> tell(std::shared_ptr<Account> account, Stanza stanza, Occasion occasion) {
        const auto only = occasion.device;
        const auto decision = co_await decide(account, stanza, std::move(occasion));
        std::vector<std::pair<std::string, Notice>> notices;
        Batch batch;
        for (const auto& [key, registration] : registrations_.of(*account)) {
            if (reachable(*account, registration) || (!only.empty() && registration.device != only)) continue;
            PushDecide event{*account, registration.service, registration.device,
                             stanza,   decision.wanted,      decision.urgent};
            host.emit(event);
            if (event.wanted) notices.emplace_back(key, Notice(stanza, event.urgent));
        }
        if (notices.empty()) co_return;
        for (auto& [key, notice] : notices) {
            auto registration = *registrations_.find(*account, key);
            if (stanza.is_message()) ++registration.waiting;
            registrations_.put(batch, *account, key, registration);
            const Which which(account->bare(), key);
            const auto pause = registration.not_before - host.wall();
            if (pause > Duration(0))
                couriers_.wait(which, std::move(notice), host.now() + std::chrono::duration_cast<Duration>(pause));
            else if (couriers_.ready(which, notice))
                send(*account, registration, std::move(notice));
        }
        co_await host.commit(std::move(batch));
    }

    // ---- Telling --------------------------------------------------------------------------------------------------

    void send(Account& account, const Registration& registration, Notice notice) {
        const auto id = "push-" + random_id();
        xml::Builder builder;
        builder.open("iq", ns::client).attr("type", "set").attr("id", id).open("pubsub", xep::pubsub::ns);
        builder.open("publish").attr("node", registration.node).open("item");
        builder.open("notification", xep::push::ns);
        summary(account, registration, notice.stanza).encode(builder);
        if (notice.urgent) builder.leaf("priority", priority_ns, "high");
        host.emit(PushPayload{account, registration.service, notice.stanza, builder});
        builder.close().close().close();
        if (!registration.options.empty())
            if (const auto form = xml::parse(registration.options))
                builder.open("publish-options", xep::pubsub::ns).append(xml::Element::root(*form)).close();
        builder.close().close();
        ++sent_;
        const Which which(account.bare(), registration.key());
        const Jid service = registration.service;
        couriers_.sent(which, std::move(notice), id, service, host.now());
        host.route(Stanza(builder.finish(), account.bare(), service));
    }

    xep::push::Summary summary(const Account& account, const Registration& registration, const Stanza& stanza) const {
        xep::push::Summary summary;
        summary.messages = registration.waiting;
        if (const RosterService* roster = roster_.get()) {
            const auto requests =
                std::ranges::count_if(roster->contacts(account), [](const auto& row) { return row.second.pending_in; });
            if (requests > 0) summary.requests = static_cast<std::uint64_t>(requests);
        }
        if (!stanza.is_message()) return summary;
        if (*with_sender_) summary.sender = stanza.from();
        if (*with_body_) summary.body = shortened(stanza.root().child_text("body"), most_body);
        return summary;
    }

    // ---- What services answer -------------------------------------------------------------------------------------

    Verdict hear_answers(const Passage& passage) {
        const Stanza& stanza = passage.stanza;
        if (!stanza.is_iq() || !passage.incoming() || !stanza.to().is_bare()) return Verdict::pass();
        const auto type = stanza.type();
        if (!(type == "result") && !(type == "error")) return Verdict::pass();
        const auto which = couriers_.answered(stanza.id(), stanza.from());
        if (!which) return Verdict::pass();
        if (auto account = host.active(which->account)) {
            if (type == "result")
                start(arrived(std::move(account), *which));
            else
                refused(std::move(account), *which, stanza);
        }
        return Verdict::drop();
    }

    Task<> arrived(std::shared_ptr<Account> account, Which which) {
        const auto* found = registrations_.find(*account, which.key);
        auto next = couriers_.arrived(which);
        if (!found) co_return;
        const Registration registration = *found;
        host.emit(PushResult{host, account->bare(), registration.service, ""});
        if (next && !reachable(*account, registration)) send(*account, registration, std::move(*next));
        if (registration.failures == 0) co_return;
        auto well = *found;
        well.failures = 0;
        well.not_before = {};
        co_await registrations_.put(*account, which.key, std::move(well));
    }

    void refused(std::shared_ptr<Account> account, const Which& which, const Stanza& answer) {
        const auto told = answer.root().child("error");
        const auto condition = condition_of(told);
        const auto type = told.attr("type") == "wait" ? ErrorType::wait : ErrorType::cancel;
        start(failed(std::move(account), which, std::string(epode::name(condition)), is_temporary(condition, type)));
    }

    static Condition condition_of(xml::Element error) {
        const auto said = error.child_in(ns::stanzas).name();
        for (auto each = Condition::bad_request;; each = static_cast<Condition>(static_cast<int>(each) + 1)) {
            if (epode::name(each) == said) return each;
            if (each == Condition::unexpected_request) return Condition::undefined_condition;
        }
    }

    Task<> failed(std::shared_ptr<Account> account, Which which, std::string condition, bool temporary) {
        ++failed_;
        const auto* found = registrations_.find(*account, which.key);
        if (!found) {
            couriers_.forget(which);
            co_return;
        }
        auto registration = *found;
        const auto service = registration.service;
        host.emit(PushResult{host, account->bare(), service, condition});
        ++registration.failures;
        if (!temporary || registration.failures >= *give_up_) {
            log.info("a push service is disabled",
                     {{"account", account->bare().text()}, {"service", service.text()}, {"error", condition}});
            co_await drop_now(account, which.key);
            co_return;
        }
        const auto pause = push::pause_after(registration.failures);
        registration.not_before = host.wall() + pause;
        couriers_.failed(which, host.now() + pause);
        co_await registrations_.put(*account, which.key, std::move(registration));
    }

    /// What was not answered has failed; what failed is tried again.
    void sweep() {
        for (const Which& which : couriers_.unanswered_since(host.now() - patience)) start(unanswered(which));
        for (auto& [which, notice] : couriers_.due(host.now())) start(again(which, std::move(notice)));
    }
    Task<> unanswered(Which which) {
        auto account = co_await host.activate(which.account);
        if (account) co_await failed(std::move(account), std::move(which), "remote-server-timeout", true);
    }
    Task<> again(Which which, Notice notice) {
        const auto account = co_await host.activate(which.account);
        const auto* registration = account ? registrations_.find(*account, which.key) : nullptr;
        if (registration && !reachable(*account, *registration) && couriers_.ready(which, notice))
            send(*account, *registration, std::move(notice));
    }

    Setting<std::size_t> most_{
        *this, "most", 20, {.min = 1, .max = 1000, .help = "push services that an account may enable"}};
    Setting<bool> with_sender_{
        *this, "with-sender", false, {.help = "whether services are told who sent the last message"}};
    Setting<bool> with_body_{*this, "with-body", false, {.help = "whether services are told what it says"}};
    Setting<std::uint64_t> give_up_{
        *this, "give-up", 20, {.min = 1, .help = "temporary failures in a row until a service is disabled"}};

    ResidentMap<Registration> registrations_{*this, "registrations"}; ///< by service and node
    Store<bool> accounts_{*this, "accounts"};                         ///< of the host: those that have any
    std::set<Jid> known_;                                             ///< of these, those whose home is here
    push::Couriers couriers_;
    Use<RosterService> roster_{*this};
    Use<BlockingService> blocking_{*this};
    Use<PepService> pep_{*this};
    Counter sent_{*this, "sent", "notifications sent to push services"};
    Counter failed_{*this, "failed", "notifications that failed"};
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Push, .summary = "wakes devices that cannot be reached, by push services",
             .xeps = {{357, "0.4.1", epode::complete},
                      {353, "0.8.0", epode::partial, "calls are urgent"},
                      {492, "0.2.0", epode::complete}},
             .depends = {"disco"})
