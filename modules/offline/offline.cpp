// SPDX-License-Identifier: MIT
// XEP-0160: what nobody was there to receive waits until somebody is. A message is given to one session and erased when
// its client has it, not when it was written to a socket; until then a session that ends leaves it for the next one. A
// client may instead look through its messages and take what it wants (XEP-0013); then nothing is sent to it unasked.
#include "core/module.hpp"
#include "core/service/blocking.hpp"
#include "modules/offline/delivery.hpp"
#include "modules/offline/mailbox.hpp"
#include "modules/offline/rules.hpp"
#include "xep/xep0004_forms.hpp"
#include "xep/xep0013_offline.hpp"
#include "xep/xep0203_delay.hpp"
#include "xep/xep0359_sid.hpp"

#include <algorithm>

namespace epode {
namespace {

using offline::Delivery;
using offline::Fate;

constexpr std::size_t page_size = 50;

class Offline : public Module {
    Setting<std::size_t> limit_{*this, "limit", 1000, {.help = "messages kept per account; further ones are refused"}};
    Setting<Duration> keep_{
        *this, "keep", never, {.min = 1min, .help = "how long a message waits before it is dropped"}};

    offline::Mailbox mailbox_{*this};
    PerAccount<Delivery> delivery_{*this, "delivery"};
    Use<BlockingService> blocking_{*this};
    PerSession<bool> by_itself_{*this, "by-itself"}; ///< uses XEP-0013
    Counter kept_{*this, "kept", "messages kept for somebody who was not there"};
    Counter refused_{*this, "refused", "messages refused because a mailbox was full"};

public:
    explicit Offline(Host& given) : Module(given) {
        feature(Scope::server, "msgoffline");
        feature(Scope::server, xep::Offline::ns);
        on(phase::amend, &Offline::drop_forged_delay);
        on(phase::undelivered, &Offline::keep);
        on(&Offline::came);
        on(&Offline::changed);
        on(&Offline::resumed);
        on(&Offline::delivered);
        on(&Offline::closed);
        on(&Offline::said);
        on(&Offline::describe);
        on(&Offline::list);
        on_get(&Offline::view);
        on_set(&Offline::remove);
        after(0s, &Offline::go_on);
    }

private:
    // ---- Keeping --------------------------------------------------------------------------------------------------

    /// Nobody but this server says that this server kept something (XEP-0203 section 6).
    void drop_forged_delay(Passage& passage) {
        if (!passage.stanza.is_message()) return;
        if (passage.incoming() && host.serves(passage.stanza.from())) return; // has been looked at, or is our own
        passage.stanza = xep::without_delay_from(passage.stanza, host.jid());
    }

    Verdict keep(Passage& passage) {
        const auto fate = offline::fate(passage.stanza);
        if (fate == Fate::forget) return Verdict::drop();
        // What an archive has is not lost, so its sender need not hear of an error.
        if (fate == Fate::refuse) return passage.kept ? Verdict::take() : Verdict::pass();
        if (host.hears<MessageOffline>()) {
            auto verdict = host.emit(MessageOffline{passage});
            if (verdict.kind() != Verdict::Kind::pass) return verdict;
        }
        if (!has_room(passage)) {
            ++refused_;
            return Verdict::refuse(StanzaError(Condition::service_unavailable, "The recipient's mailbox is full."));
        }
        mailbox_.add(passage.batch(), passage.account, passage.id, stamped(passage));
        ++kept_;
        return Verdict::take();
    }

    bool has_room(Passage& passage) {
        if (mailbox_.count(passage.account) < limit_) return true;
        for (const OrderedId& id : expired(passage.account)) mailbox_.remove(passage.batch(), passage.account, id);
        return mailbox_.count(passage.account) < limit_;
    }

    std::vector<OrderedId> expired(const Account& account) const {
        if (*keep_ == never) return {};
        return mailbox_.older_than(account, host.wall() - *keep_);
    }

    /// A member of a room who has asked for what is said there while he is not in it, and who is not here at all.
    void said(const RoomSaid& event) {
        for (const RoomMember& member : event.members) {
            if (!member.copies || member.joined) continue;
            const auto account = host.active(member.account);
            if (!account || !std::ranges::any_of(account->sessions(), [](const auto& each) { return ready(*each); }))
                start(keep_said(member.account, event.message));
        }
    }

    Task<> keep_said(Jid bare, RoomMessage message) {
        try {
            const auto account = co_await host.activate(bare);
            if (!account || (blocking_ && blocking_->blocks(*account, message.stanza.from()))) co_return;
            if (mailbox_.count(*account) >= limit_) {
                ++refused_; // the room has it, still
                co_return;
            }
            Batch batch;
            mailbox_.add(batch, *account, message.id, message.stanza.to(bare));
            ++kept_;
            co_await host.commit(std::move(batch));
            offer_to_another(*account, 0); // who may have come meanwhile
        } catch (const storage::Failure& failure) {
            log.warn("what a room said could not be kept", {{"account", bare.text()}, {"error", failure.what()}});
            if (message.receipt) message.receipt->fail();
        }
    }

    /// The archive's id, where it has the message too: a client that asks both sees it once.
    static Stanza stamped(const Passage& passage) {
        if (!passage.kept) return passage.stanza;
        return xep::with_stanza_id(passage.stanza, xep::StanzaId(passage.id.text(), passage.account.bare()));
    }

    // ---- Giving ---------------------------------------------------------------------------------------------------

    void came(const PresenceInitial& event) { offer(event.session); }
    void changed(const PresenceChanged& event) {
        if (event.previous_priority < 0) offer(event.session);
    }

    void resumed(const SessionResumed& event) { offer(event.session); }

    /// What waits here waits better than in the queue of a client that is away.
    static bool ready(const Session& session) {
        return !session.ended() && !session.detached() && session.available() && session.priority() >= 0;
    }

    /// While a client that looks by itself is there, nobody is sent anything unasked (XEP-0013 section 2.2).
    bool somebody_looks(const Account& account) const {
        for (const auto& session : account.sessions())
            if (by_itself_.find(*session)) return true;
        return false;
    }

    void offer(Session& session) {
        const Account& account = session.account();
        if (!ready(session) || mailbox_.count(account) == 0 || somebody_looks(account)) return;
        if (delivery_.of(account).begin(session.id())) start(give_all(session.shared_from_this()));
    }

    void offer_to_another(const Account& account, std::uint64_t than) {
        for (const auto& session : account.sessions())
            if (session->id() != than && ready(*session)) return offer(*session);
    }

    Task<> give_all(std::shared_ptr<Session> session) {
        bool all = false;
        try {
            co_await tidy(session);
            all = co_await give_pages(session);
        } catch (...) {
            delivery_.of(session->account()).finish(session->id());
            throw;
        }
        // Whoever came meanwhile was sent away, and what a device has left behind since may lie before our place.
        const bool again = delivery_.of(session->account()).finish(session->id());
        if (gate().closing()) co_return; // the next version of this module goes on
        if (again && ready(*session))
            offer(*session);
        else if (again || !all)
            offer_to_another(session->account(), session->id());
    }

    /// What cannot be erased now is tried again the next time; it is no reason to give nothing.
    Task<> tidy(std::shared_ptr<Session> session) {
        try {
            co_await drop_expired(session);
            co_await erase_confirmed(session);
        } catch (const storage::Failure& failure) {
            log.warn("messages could not be erased",
                     {{"account", session->account().bare().text()}, {"error", failure.what()}});
        }
    }

    /// False where the session stopped being one that is given messages.
    Task<bool> give_pages(std::shared_ptr<Session> session) {
        std::optional<OrderedId> last;
        for (bool more = true; more;) {
            auto page = co_await mailbox_.read_after(session->account(), last, page_size);
            for (auto& entry : page.entries) {
                const bool open = co_await session->room();
                if (!open || !ready(*session) || gate().closing()) co_return false;
                give(*session, entry.id, entry.value);
                last = entry.id;
            }
            more = page.more && !page.entries.empty();
        }
        co_return true;
    }

    /// Cookies are seen by all modules, so ours must not look like somebody's count.
    static std::uint64_t cookie_of(const OrderedId& id) { return keyed_hash(id.bytes()) | 1U; }

    void give(Session& session, const OrderedId& id, const Stanza& message) {
        const std::uint64_t cookie = cookie_of(id);
        if (!mailbox_.holds(session.account(), id)) return; // removed while we were reading
        if (*keep_ != never && id.time() < host.wall() - *keep_) return;
        if (delivery_.of(session.account()).send(session.id(), cookie, id))
            session.send_tracked(late(session, id, message), cookie);
    }

    /// As it is delivered: with the time at which it came. Chat messages for a device that is gone are for this one
    /// now.
    Stanza late(const Session& session, const OrderedId& id, const Stanza& message) const {
        const Stanza addressed = message.to().is_full() ? message.to(session.jid()) : message;
        if (xep::has_delay_from(addressed, host.jid())) return addressed;
        return xep::with_delay(addressed, xep::Delay(host.jid(), id.time(), "Offline Storage"));
    }

    /// It was given before the server was started again.
    bool arrived_before(const SessionDelivered& event, Delivery& delivery) const {
        for (const OrderedId& id : mailbox_.ids(event.session.account()))
            if (cookie_of(id) == event.cookie && delivery.send(event.session.id(), event.cookie, id))
                return delivery.arrived(event.session.id(), event.cookie);
        return false;
    }

    void delivered(const SessionDelivered& event) {
        Delivery& delivery = delivery_.of(event.session.account());
        if (!delivery.arrived(event.session.id(), event.cookie) && !arrived_before(event, delivery)) return;
        if (!delivery.erasing)
            start(erase_confirmed(event.session.shared_from_this()));
    }

    /// Erases what clients have, in one batch for all that arrived during the last one. What could not be erased is
    /// tried again with the next one.
    Task<> erase_confirmed(std::shared_ptr<Session> session) {
        Account& account = session->account();
        if (delivery_.of(account).erasing) co_return;
        while (!delivery_.of(account).confirmed().empty()) {
            const auto ids = delivery_.of(account).confirmed();
            delivery_.of(account).erasing = true;
            try {
                co_await erase(session, ids);
            } catch (...) {
                delivery_.of(account).erasing = false;
                throw;
            }
            delivery_.of(account).erasing = false;
            delivery_.of(account).erased(ids.size());
        }
    }

    Task<> drop_expired(std::shared_ptr<Session> session) {
        auto ids = expired(session->account());
        if (!ids.empty()) co_await erase(session, std::move(ids));
    }

    Task<> erase(std::shared_ptr<Session> session, std::vector<OrderedId> ids) {
        Batch batch;
        for (const OrderedId& id : ids) mailbox_.remove(batch, session->account(), id);
        co_await host.commit(std::move(batch));
    }

    /// What the session has not confirmed, or kept from others by looking at the mailbox itself, goes to another one
    /// that is there, or waits for the next.
    void closed(const SessionClosed& event) {
        const Account& account = event.session.account();
        delivery_.of(account).ended(event.session.id());
        by_itself_.erase(event.session);
        offer_to_another(account, event.session.id());
    }

    /// Loaded, or loaded again, while people are there.
    void go_on() {
        for (const auto& account : host.active_accounts()) offer_to_another(*account, 0);
    }

    // ---- Looking by oneself (XEP-0013) ----------------------------------------------------------------------------

    /// The account that asks about its own mailbox, or null; its session is given nothing unasked from now on.
    template <typename Event> std::shared_ptr<Account> owner_asking(const Event& event) {
        if (event.node != xep::Offline::ns || (event.target && event.target.bare() != event.from.bare()))
            return nullptr;
        auto account = host.active(event.from.bare());
        Session* session = account ? account->session(event.from.resource()) : nullptr;
        if (session) by_itself_.of(*session) = true;
        return account;
    }

    void describe(DiscoInfo& event) {
        const auto account = owner_asking(event);
        if (!account) return;
        event.known_node = true;
        event.query.open("identity").attr("category", "automation").attr("type", "message-list").close();
        event.query.open("feature").attr("var", xep::Offline::ns).close();
        xep::Form form(xep::Form::Type::result, xep::Offline::ns);
        form.add(xep::FormField("number_of_messages", std::to_string(mailbox_.count(*account))));
        form.encode(event.query);
    }

    void list(DiscoItems& event) {
        const auto account = owner_asking(event);
        if (!account) return;
        event.known_node = true;
        for (const auto& [key, header] : mailbox_.headers(*account)) {
            const auto id = OrderedId::from_bytes(key);
            if (!id) continue;
            event.query.open("item").attr("jid", account->bare().text()).attr("node", id->text());
            event.query.attr("name", header.from.text()).close();
        }
    }

    Task<Reply> view(Iq iq, xep::Offline asked) {
        auto ids = asked.fetch ? mailbox_.ids(iq.account()) : std::vector<OrderedId>();
        const auto fault = asked.fetch ? std::nullopt : find(iq.account(), asked, xep::Offline::Action::view, ids);
        if (fault) co_return error(*fault);
        by_itself_.of(*iq.session()) = true;
        for (const OrderedId& id : ids) {
            auto message = co_await mailbox_.read(iq.account(), id);
            const bool open = co_await iq.session()->room();
            if (!open) break;
            if (gate().closing()) co_return error(Condition::resource_constraint, "interrupted; ask again");
            if (message) iq.session()->send(marked(late(*iq.session(), id, *message), id));
        }
        co_return result();
    }

    Task<Reply> remove(Iq iq, xep::Offline asked) {
        std::vector<OrderedId> ids;
        const auto fault = asked.purge ? std::nullopt : find(iq.account(), asked, xep::Offline::Action::remove, ids);
        if (fault) co_return error(*fault);
        Batch batch;
        if (asked.purge) mailbox_.clear(batch, iq.account());
        for (const OrderedId& id : ids) mailbox_.remove(batch, iq.account(), id);
        if (!batch.empty()) co_await host.commit(std::move(batch));
        co_return result();
    }

    /// The ids that are asked for; the error where one is not there or the action is another.
    std::optional<Condition> find(const Account& account, const xep::Offline& asked, xep::Offline::Action action,
                                  std::vector<OrderedId>& ids) const {
        if (asked.items.empty()) return Condition::bad_request;
        for (const auto& item : asked.items) {
            if (item.action != action) return Condition::bad_request;
            const auto id = OrderedId::parse(item.node);
            if (!id || !mailbox_.holds(account, *id)) return Condition::item_not_found;
            ids.push_back(*id);
        }
        return std::nullopt;
    }

    static Stanza marked(const Stanza& message, const OrderedId& id) {
        xep::Offline mark;
        mark.items.emplace_back(xep::Offline::Action::none, id.text());
        xml::Builder builder;
        mark.encode(builder);
        const auto document = builder.finish();
        return message.with_child(xml::Element::root(document));
    }
};

} // namespace
} // namespace epode

using epode::Offline;
EPODE_MODULE(Offline, .summary = "keeps messages for users who are not there",
             .xeps = {{160, "1.0.1", epode::complete},
                      {13, "1.3", epode::complete},
                      {203, "2.0", epode::complete},
                      {334, "1.0.0", epode::partial, "no-store, store"}},
             .depends = {"disco"})
