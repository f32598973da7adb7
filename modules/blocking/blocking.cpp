// SPDX-License-Identifier: MIT
// XEP-0191: a user hears nothing of the addresses on his list, and they see him offline. The list is resident, so the
// check costs a look at an empty map for nearly everybody.
#include "core/service/blocking.hpp"

#include "core/module.hpp"
#include "core/service/reporting.hpp"
#include "core/service/roster.hpp"
#include "modules/blocking/entry.hpp"
#include "xep/xep0191_blocking.hpp"

namespace epode {
namespace {

namespace xb = xep::blocking;

using blocking::Entry;

class Blocking : public Module, public BlockingService {
    Setting<std::size_t> limit_{*this, "limit", 1000, {.min = 1, .help = "addresses a user may block"}};
    ResidentMap<Entry> blocked_{*this, "blocked"}; ///< by the text of the address
    PerSession<bool> told_{*this, "told"};         ///< has asked for the list, so it is told of changes
    Use<RosterService> roster_{*this};

public:
    explicit Blocking(Host& given) : Module(given) {
        feature(Scope::server, xb::ns);
        on_get(&Blocking::list);
        on_set(&Blocking::block);
        on_set(&Blocking::unblock);
        on(phase::admit, &Blocking::admit);
        provide<BlockingService>(*this);
    }

    bool blocks(const Account& account, const Jid& peer) const override {
        if (blocked_.of(account).empty() || !peer) return false;
        // Never between a user's own devices (section 4, note), and never the server that would have to unblock itself.
        if (peer.bare() == account.bare() || peer.text() == host.domain()) return false;
        for (const auto form : xb::matches(peer))
            if (!form.empty() && blocked_.find(account, form)) return true;
        return false;
    }

private:
    // ---- The path (section 3.3) -----------------------------------------------------------------------------------

    Verdict admit(const Passage& passage) {
        const Stanza& stanza = passage.stanza;
        if (!blocks(passage.account, passage.outgoing() ? stanza.to() : stanza.from())) return Verdict::pass();
        if (passage.outgoing()) return Verdict::refuse(xb::blocked_error());
        return is_answered(stanza) ? Verdict::refuse(StanzaError(Condition::service_unavailable)) : Verdict::drop();
    }

    /// Presence and answers go without a word. So do what rooms and services send to many: an error would only make a
    /// room throw the user out for the words of one occupant.
    static bool is_answered(const Stanza& stanza) {
        const auto type = stanza.type();
        if (stanza.is_iq()) return type == "get" || type == "set";
        return stanza.is_message() && type != "error" && type != "groupchat" && type != "headline";
    }

    // ---- The list -------------------------------------------------------------------------------------------------

    Reply list(Iq iq, xb::BlockList) {
        told_.of(*iq.session()) = true;
        xb::BlockList all;
        for (const auto& [text, entry] : blocked_.of(iq.account()))
            if (auto jid = Jid::parse(text)) all.items.push_back(std::move(*jid));
        return result(all);
    }

    Task<Reply> block(Iq iq, xb::Block asked) {
        Account& account = iq.account();
        xb::Items fresh;
        for (const Jid& jid : asked.items)
            if (!blocked_.find(account, jid.text())) fresh.push_back(jid);
        if (blocked_.of(account).size() + fresh.size() > limit_)
            co_return error(Condition::policy_violation, "The list of blocked addresses is full.");
        const auto losing = unblocked(account, contacts(account, fresh, &Contact::from));
        if (!fresh.empty()) {
            Batch batch;
            for (const Jid& jid : fresh) blocked_.put(batch, account, std::string(jid.text()), Entry{host.wall()});
            co_await host.commit(std::move(batch));
        }
        if (host.hears<SpamReported>())
            for (const auto& report : xep::reports_in(iq.payload())) host.emit(SpamReported{account, report});
        auto session = iq.session()->shared_from_this();
        auto after = [this, session, asked = std::move(asked), losing] {
            push(session->account(), asked);
            for (const Jid& contact : losing) say_unavailable(session->account(), contact);
        };
        co_return result().then(std::move(after));
    }

    Task<Reply> unblock(Iq iq, xb::Unblock asked) {
        Account& account = iq.account();
        const auto freed = listed(account, asked);
        if (!freed.empty()) {
            Batch batch;
            for (const Jid& jid : freed) blocked_.erase(batch, account, jid.text());
            co_await host.commit(std::move(batch));
        }
        // What another entry still covers (a domain, say) stays blocked.
        const auto gaining = unblocked(account, contacts(account, freed, &Contact::from));
        const auto missed = unblocked(account, contacts(account, freed, &Contact::to));
        auto session = iq.session()->shared_from_this();
        auto after = [this, session, asked = std::move(asked), gaining, missed] {
            push(session->account(), asked);
            for (const Jid& contact : gaining) say_available(session->account(), contact);
            for (const Jid& contact : missed) probe(session->account(), contact);
        };
        co_return result().then(std::move(after));
    }

    /// Which of the addresses that shall be freed are on the list; all of it where none is named.
    xb::Items listed(const Account& account, const xb::Unblock& asked) const {
        xb::Items found;
        if (asked.items.empty()) {
            for (const auto& [text, entry] : blocked_.of(account))
                if (auto jid = Jid::parse(text)) found.push_back(std::move(*jid));
        }
        for (const Jid& jid : asked.items)
            if (blocked_.find(account, jid.text())) found.push_back(jid);
        return found;
    }

    template <typename P> void push(const Account& account, const P& change) {
        xml::Builder builder;
        builder.open("iq").attr("type", "set").attr("id", random_id());
        change.encode(builder);
        const Stanza stanza(builder.close().finish(), account.bare(), Jid());
        for (const auto& session : account.sessions())
            if (told_.find(*session)) session->send(stanza.to(session->jid()));
    }

    // ---- What contacts see ----------------------------------------------------------------------------------------

    /// The addresses for which presence goes out (`Contact::from`) or comes in (`Contact::to`) among those that `items`
    /// cover.
    xb::Items contacts(const Account& account, const xb::Items& items, bool (Contact::*flows)() const) const {
        xb::Items found;
        if (!roster_) return found;
        for (const Jid& item : items) {
            if (item.is_full()) {
                const Contact* contact = roster_->find(account, item.bare());
                if (contact && (contact->*flows)()) found.push_back(item);
                continue;
            }
            for (const auto& [text, contact] : roster_->contacts(account)) {
                const bool covered = contact.jid == item || (item.is_domain() && contact.jid.domain() == item.text());
                if (covered && (contact.*flows)()) found.push_back(contact.jid);
            }
        }
        return found;
    }

    xb::Items unblocked(const Account& account, xb::Items items) const {
        std::erase_if(items, [&](const Jid& jid) { return blocks(account, jid); });
        return items;
    }

    void say_unavailable(const Account& account, const Jid& contact) {
        const auto presence = plain_presence("unavailable");
        for (const auto& session : account.sessions())
            if (session->available()) host.route(Stanza(presence, session->jid(), contact));
    }

    void say_available(const Account& account, const Jid& contact) {
        for (const auto& session : account.sessions())
            if (session->available()) host.route(session->presence().addressed(session->jid(), contact));
    }

    /// What the contact said of itself meanwhile was not heard.
    void probe(const Account& account, const Jid& contact) {
        if (account.any_available()) host.route(Stanza(plain_presence("probe"), account.bare(), contact.bare()));
    }

    static Ref<xml::Document> plain_presence(std::string_view type) {
        xml::Builder builder;
        builder.open("presence").attr("type", type);
        return builder.close().finish();
    }
};

} // namespace
} // namespace epode

using epode::Blocking;
EPODE_MODULE(Blocking, .summary = "lets users block addresses", .xeps = {{191, "1.3", epode::complete}},
             .depends = {"disco"})
