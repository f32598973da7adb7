// SPDX-License-Identifier: MIT
// Who is connected: list and kick.
#include "core/control/command.hpp"
#include "core/host.hpp"
#include "core/server.hpp"
#include "core/session/account.hpp"
#include "core/session/client_connection.hpp"
#include "core/session/session.hpp"

#include <algorithm>

namespace epode::control {

namespace {

/// More are not for people to read.
constexpr std::size_t most_rows = 10'000;

struct Listing {
    Jid whose; ///< null: everybody's
    Answer answer;
    std::size_t left_out = 0;

    bool wants(const Jid& jid) const {
        if (!whose) return true;
        if (whose.is_full()) return jid == whose;
        return whose.is_domain() ? jid.domain() == whose.domain() : jid.bare() == whose;
    }
    void add(const Session& session, const Clock& clock) {
        if (!wants(session.jid())) return;
        if (answer.rows.size() >= most_rows) {
            ++left_out;
            return;
        }
        const auto& peer = session.peer();
        answer.rows.push_back(
            {std::string(session.jid().text()), peer.address, peer.transport, peer.tls.empty() ? "-" : peer.tls,
             session.available() ? std::to_string(session.priority()) : "-",
             stamp(clock.wall() - (clock.now() - session.since())), session.available() ? "yes" : "no"});
    }
};

Task<Answer> list(Call call) {
    Listing listing;
    if (!call.arguments.empty()) {
        auto whose = Jid::parse(call.argument(0));
        if (!whose) co_return Answer::failure(whose.error().text);
        if (const auto host = host_of(*call.server, std::string(whose->domain())); !host) co_return host.error();
        listing.whose = std::move(*whose);
    }
    listing.answer.columns = {"session", "address", "transport", "tls", "priority", "since", "available"};
    const auto look = [&listing](Shard& shard) {
        for (const auto& [bare, account] : shard.accounts())
            for (const auto& session : account->sessions()) listing.add(*session, shard.clock());
    };
    co_await on_every_shard(call.server, look);
    std::ranges::sort(listing.answer.rows);
    if (listing.left_out)
        listing.answer.text = std::to_string(listing.left_out) + " more are not shown; name a host or an account";
    co_return std::move(listing.answer);
}

Task<> kick_at(Shard* shard, Jid jid, std::string reason, std::size_t* kicked) {
    const auto found = shard->accounts().find(jid.bare());
    if (found == shard->accounts().end()) co_return;
    const auto account = found->second;
    const auto sessions =
        std::vector(account->sessions().begin(), account->sessions().end()); // closing changes the list
    for (const auto& session : sessions) {
        if (jid.is_full() && session->jid() != jid) continue;
        session->close("policy-violation", reason);
        ++*kicked;
    }
}

Task<Answer> kick(Call call) {
    const auto jid = Jid::parse(call.argument(0));
    if (!jid) co_return Answer::failure(jid.error().text);
    if (const auto host = host_of(*call.server, std::string(jid->domain())); !host) co_return host.error();
    if (jid->is_domain()) co_return Answer::failure("name an account or one of its sessions");
    auto reason = call.argument(1);
    if (reason.empty()) reason = "an administrator has ended this session";
    std::size_t kicked = 0;
    auto& home = call.server->home(*jid);
    auto task = kick_at(&home, *jid, std::move(reason), &kicked);
    co_await call.server->at(home, std::move(task));
    if (kicked == 0) co_return Answer::failure(std::string(jid->text()) + " is not connected");
    co_return Answer(kicked == 1 ? "one session was ended" : std::to_string(kicked) + " sessions were ended");
}

constexpr Command table[] = {{"sessions list", list}, {"sessions kick", kick}};

} // namespace

std::span<const Command> session_commands() noexcept { return table; }

} // namespace epode::control
