// SPDX-License-Identifier: MIT
// XEP-0077: accounts made, changed and given up in band. Making one is open to strangers, so it says from where, how
// often and under which names; what a user does with his own account needs only his session.
#include "core/base/network.hpp"
#include "core/module.hpp"
#include "core/session/accounts.hpp"
#include "modules/register/recent.hpp"
#include "modules/register/sources.hpp"
#include "xep/xep0077_register.hpp"

#include <algorithm>

namespace epode {
namespace {

using registration::Recent;
using registration::Sources;

class Register : public Module {
    Setting<Sources> from_{
        *this,
        "from",
        Sources::loopback(),
        {.help = "who may make accounts: loopback, anywhere, nobody, or networks such as 192.0.2.0/24"}};
    Setting<std::size_t> per_hour_{
        *this,
        "per-hour",
        5,
        {.min = 1, .help = "accounts one address may make in an hour; for loopback only where it is given"}};
    Setting<std::vector<std::string>> reserved_{*this,
                                                "reserved",
                                                {"abuse", "admin", "administrator", "hostmaster", "info", "noreply",
                                                 "postmaster", "root", "security", "server", "support", "sysadmin",
                                                 "webmaster", "xmpp"},
                                                {.help = "names that nobody may take"}};
    Setting<bool> change_{*this, "change-password", true, {.help = "whether users may change their password"}};
    Setting<bool> remove_{*this, "remove", true, {.help = "whether users may remove their account"}};
    Setting<std::string> instructions_{
        *this, "instructions", "Choose a user name and a password.", {.help = "what the form says"}};

    Store<Recent> made_{*this, "made"}; ///< of the host, by address: every shard counts, and so does the next start
    Counter created_{*this, "created", "accounts made in band"};

public:
    explicit Register(Host& given) : Module(given) {
        feature(Scope::server, xep::Register::ns);
        on(&Register::offer);
        on_get(&Register::form, Scope::stream);
        on_set(&Register::create, Scope::stream);
        // Clients write to the server or, to leave it out, to their account; it is the same request.
        on_get(&Register::present, Scope::server);
        on_get(&Register::present, Scope::account);
        on_set(&Register::change, Scope::server);
        on_set(&Register::change, Scope::account);
        every(1h, &Register::forget, Where::once);
    }

private:
    static bool safe(const Peer& peer) { return peer.secure || peer.loopback; }

    // ---- Strangers ------------------------------------------------------------------------------------------------

    void offer(StreamFeatures& event) {
        if (event.phase == StreamPhase::before_bind || refusal(event.peer)) return;
        event.features.open("register", xep::Register::feature_ns).close();
    }

    /// Why this peer may not make an account.
    std::optional<StanzaError> refusal(const Peer& peer) const {
        if (from_->nobody()) return StanzaError(Condition::not_allowed, "This server makes no accounts in band.");
        if (!from_->admit(peer)) return StanzaError(Condition::forbidden, "No accounts are made from your address.");
        if (!safe(peer)) return StanzaError(Condition::not_allowed, "Accounts are made over TLS only.");
        return std::nullopt;
    }

    Reply form(Iq iq, xep::Register) {
        if (auto no = refusal(iq.peer())) return error(std::move(*no));
        xep::Register blank;
        blank.instructions = instructions_;
        blank.username.emplace();
        blank.password.emplace();
        blank.form = true;
        return result(blank);
    }

    Task<Reply> create(Iq iq, xep::Register given) {
        const Peer peer = iq.peer();
        if (auto no = refusal(peer)) co_return error(std::move(*no));
        if (given.remove) co_return error(Condition::unexpected_request);
        if (!given.username || given.username->empty() || !given.password || given.password->empty())
            co_return error(Condition::not_acceptable, "A user name and a password are needed.");
        auto jid = Jid::make(*given.username, host.domain());
        if (!jid) co_return error(Condition::not_acceptable, std::move(jid.error().text));
        if (is_reserved(jid->local())) co_return error(Condition::conflict, "This name is not to be had.");
        const bool too_many = co_await has_made_enough(peer);
        if (too_many)
            co_return error(
                StanzaError(Condition::not_acceptable, ErrorType::wait, "Too many accounts from your address."));
        auto made = co_await host.accounts().create(*jid, std::move(*given.password), &peer);
        if (!made) co_return error(std::move(made).error());
        if (counted(peer)) start(count(Network::client_key(peer.address)));
        ++created_;
        co_return result();
    }

    bool is_reserved(std::string_view name) const {
        return std::find(reserved_->begin(), reserved_->end(), name) != reserved_->end();
    }

    // ---- How often ------------------------------------------------------------------------------------------------

    bool counted(const Peer& peer) const { return !peer.loopback || per_hour_.given(); }

    Task<bool> has_made_enough(Peer peer) {
        if (!counted(peer)) co_return false;
        auto recent = co_await made_.get(host.owner(), Network::client_key(peer.address));
        if (!recent) co_return false;
        recent->forget(host.wall());
        co_return recent->times.size() >= *per_hour_;
    }
    Task<> count(std::string key) {
        auto recent = (co_await made_.get(host.owner(), key)).value_or(Recent());
        recent.forget(host.wall());
        recent.times.push_back(host.wall());
        co_await made_.put(host.owner(), key, std::move(recent));
    }
    Task<> forget() {
        auto rows = co_await made_.scan(host.owner());
        Batch batch;
        for (auto& [key, recent] : rows) {
            recent.forget(host.wall());
            if (recent.times.empty()) made_.erase(batch, host.owner(), key);
        }
        if (!batch.empty()) co_await host.commit(std::move(batch));
    }

    // ---- Users ----------------------------------------------------------------------------------------------------

    bool is_ours(const Iq& iq) const { return host.serves(iq.from()) && !iq.from().local().empty(); }

    Reply present(Iq iq, xep::Register) {
        if (!is_ours(iq)) return error(Condition::service_unavailable);
        xep::Register now;
        now.registered = true;
        now.username = std::string(iq.from().local());
        now.password.emplace();
        return result(now);
    }

    Task<Reply> change(Iq iq, xep::Register given) {
        if (!is_ours(iq)) co_return error(Condition::registration_required);
        if (given.remove) co_return leave(iq, given.only_remove);
        if (!change_) co_return error(Condition::not_allowed, "Passwords are not changed in band here.");
        if (!iq.session() || !safe(iq.peer()))
            co_return error(Condition::not_authorized, "Use an encrypted connection.");
        if (!given.password || given.password->empty())
            co_return error(Condition::bad_request, "The new password is missing.");
        if (given.username && !is_self(iq.from(), *given.username)) co_return error(Condition::forbidden);
        const Peer peer = iq.peer();
        auto changed = co_await host.accounts().set_password(iq.from().bare(), std::move(*given.password), &peer);
        if (!changed) co_return error(std::move(changed).error());
        co_return result();
    }

    /// Clients send the user name, and some the whole address.
    bool is_self(const Jid& user, std::string_view name) const {
        const auto jid = Jid::make(name, host.domain());
        const auto address = Jid::parse(name);
        return (jid && *jid == user.bare()) || (address && *address == user.bare());
    }

    /// Section 3.2. The client hears the result first: afterwards its streams are closed (not-authorized) and there is
    /// nobody left to tell.
    Reply leave(const Iq& iq, bool only_remove) {
        if (!only_remove) return error(Condition::bad_request, "remove must stand alone.");
        if (!remove_) return error(Condition::not_allowed, "Accounts are not removed in band here.");
        if (!iq.session()) return error(Condition::forbidden);
        return result().then([this, session = iq.session()->shared_from_this()] { start(remove(session)); });
    }

    Task<> remove(std::shared_ptr<Session> session) {
        const Jid bare = session->account().bare();
        try {
            co_await host.accounts().remove(bare, &session->peer()); // gone before: as well
        } catch (...) {
            // The account is still there, and its user believes otherwise.
            session->close("internal-server-error", "The account could not be removed.");
            throw;
        }
    }
};

} // namespace
} // namespace epode

using epode::Register;
EPODE_MODULE(Register, .summary = "accounts made, changed and removed by clients",
             .xeps = {{77, "2.4", epode::complete}}, .depends = {"disco"})
