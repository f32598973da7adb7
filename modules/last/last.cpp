// SPDX-License-Identifier: MIT
// XEP-0012: since when the server runs, and when an account was last there, with what it said on leaving. Only those
// who may see the account's presence learn it; for the others queries to its devices are stopped, too (section 4).
#include "core/module.hpp"
#include "core/service/roster.hpp"
#include "modules/last/left.hpp"
#include "xep/xep0012_last.hpp"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace epode {
namespace {

using last::Left;

class Last : public Module {
public:
    explicit Last(Host& on) : Module(on) {
        feature(xep::LastActivity::ns);
        on_get(&Last::uptime, Scope::server);
        on_get(&Last::activity, Scope::anyone);
        this->on(phase::admit, &Last::guard);
        this->on(&Last::gone);
        this->on(&Last::stopping);
    }

    /// The next version reads them: reads see what was accepted.
    std::string save() override {
        write();
        return {};
    }
    void leaving() override { write(); }

private:
    Reply uptime(Iq, xep::LastActivity) { return result(xep::LastActivity(seconds(host.uptime()))); }

    Task<Reply> activity(Iq iq, xep::LastActivity) {
        if (!may_see(iq.account(), iq.from())) co_return error(Condition::forbidden);
        if (iq.account().any_available()) co_return result(xep::LastActivity(0));
        auto left = gathered(iq.account());
        if (!left) left = co_await left_.get(iq.account(), std::string());
        if (!left) co_return error(Condition::item_not_found, "never seen here");
        co_return result(xep::LastActivity(seconds(host.wall() - left->at), std::move(left->status)));
    }

    Verdict guard(const Passage& passage) {
        const Stanza& stanza = passage.stanza;
        if (!stanza.is_iq() || !passage.incoming() || !stanza.to().is_full()) return Verdict::pass();
        if (!stanza.root().first().is(xep::LastActivity::name, xep::LastActivity::ns)) return Verdict::pass();
        if (stanza.type() != "get" || may_see(passage.account, stanza.from())) return Verdict::pass();
        return Verdict::refuse(StanzaError(Condition::forbidden));
    }

    void gone(const PresenceGone& event) {
        if (!event.was_available) return;
        // The status is text of a stanza, so it is bounded; what is kept of it is bounded more.
        std::string status = event.presence.root().child_text("status").str();
        if (status.size() > max_status) status.clear();
        Left left;
        left.at = host.wall();
        left.status = std::move(status);
        keep(event.session.account(), std::move(left));
    }

    void stopping(const ServerStopping&) {
        stopping_ = true;
        write();
    }

    void keep(const Account& account, Left left) {
        // The account is held: one that is being removed stays known as such, and nothing is written for it.
        auto held = host.active(account.bare());
        if (held.get() != &account) return;
        gathered_.insert_or_assign(account.owner(), Gathered(std::move(held), std::move(left)));
        if (stopping_ || gathered_.size() >= many) return write();
        if (!writing_.active()) writing_ = host.timers().after(gathering, [this] { write(); });
    }

    std::optional<Left> gathered(const Account& account) const {
        const auto found = gathered_.find(account.owner());
        return found == gathered_.end() ? std::nullopt : std::optional(found->second.left);
    }

    void write() {
        writing_.cancel();
        if (gathered_.empty()) return;
        Batch batch;
        for (const auto& [owner, each] : gathered_) left_.put(batch, owner, std::string_view(), each.left);
        gathered_.clear();
        start(commit(std::move(batch)));
    }

    Task<> commit(Batch batch) { co_await host.commit(std::move(batch)); }

    bool may_see(const Account& account, const Jid& asker) const {
        if (asker.bare() == account.bare()) return true;
        const RosterService* roster = roster_.get();
        const Contact* contact = roster ? roster->find(account, asker.bare()) : nullptr;
        return contact && contact->from();
    }

    static std::uint64_t seconds(Duration past) {
        return past.count() < 0 ? 0
                                : static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(past).count());
    }

    struct Gathered {
        std::shared_ptr<Account> account;
        Left left;

        Gathered(std::shared_ptr<Account> of, Left what) : account(std::move(of)), left(std::move(what)) {}
    };

    static constexpr std::size_t max_status = 4096;
    static constexpr Duration gathering = 1s;
    static constexpr std::size_t many = 256;
    Store<Left> left_{*this, "last"};
    Use<RosterService> roster_{*this};
    std::unordered_map<OwnerId, Gathered> gathered_; ///< who has left, and is not written yet
    Timers::Handle writing_;
    bool stopping_ = false;
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Last, .summary = "uptime, and when somebody was last there", .xeps = {{12, "2.0"}},
             .depends = {"disco"})
