// SPDX-License-Identifier: MIT
// Stream management as a connection does it: its elements, the loss of a stream that is not the end of the session, and
// the next stream.
#include "core/session/resumption.hpp"

#include "core/base/id.hpp"
#include "core/base/log.hpp"
#include "core/host.hpp"
#include "core/server.hpp"
#include "core/session/account.hpp"
#include "core/session/client_connection.hpp"
#include "core/session/detached.hpp"
#include "core/session/keeping.hpp"
#include "core/session/negotiation.hpp"
#include "core/shard/shard.hpp"

#include <charconv>
#include <optional>

namespace epode {

namespace {

constexpr Duration answer_patience = 200ms; ///< XEP-0198 lets no server sit on an <r/>
constexpr Duration settle_patience = 5s;    ///< a resumed session waits so long for what its old stream has begun
constexpr std::size_t id_bits = 192;

const Logger& log() {
    static const Logger area("c2s");
    return area;
}

std::string failed(std::string_view condition, std::optional<std::uint32_t> h = {}) {
    std::string out = "<failed xmlns='urn:xmpp:sm:3'";
    if (h) out += " h='" + std::to_string(*h) + "'";
    out += "><";
    out += condition;
    return out += " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>";
}

template <typename T> std::optional<T> number(xml::Element element, std::string_view attribute) {
    const auto text = element.attr(attribute);
    const auto view = text.view();
    T value{};
    const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), value);
    if (view.empty() || error != std::errc() || end != view.data() + view.size()) return std::nullopt;
    return value;
}

bool is_true(const xml::Text& text) { return text == "true" || text == "1"; } // XML Schema part 2, 3.2.2.1

} // namespace

// ---- The client's elements ----------------------------------------------------------------------------------------

void ClientConnection::on_sm(xml::Element element) {
    const auto name = element.name();
    if (name == "enable") return write(enable(element));
    if (name == "resume" || !acks_.enabled()) return write(failed("unexpected-request"));
    if (name == "r") return answer_request();
    if (name != "a") return close("unsupported-stanza-type", "this element of urn:xmpp:sm:3 is unknown");
    const auto h = number<std::uint32_t>(element, "h");
    if (!h) return close("bad-format", "an acknowledgement's h is a number");
    if (!acks_.may_confirm(*h)) return close_too_high(*h, acks_.sent);
    confirm_up_to(*h);
    if (acks_.sent != acks_.asked_at) will_flush(Haste::soon);
}

std::string ClientConnection::enable(xml::Element element) {
    if (!session_ || acks_.enabled()) return failed("unexpected-request");
    acks_.enable(); // stanzas after the answer are counted
    const auto longest = *server_.config().c2s.resume_timeout;
    if (!is_true(element.attr("resume")) || longest == Duration(0)) return "<enabled xmlns='urn:xmpp:sm:3'/>";
    auto max = std::chrono::duration_cast<std::chrono::seconds>(longest);
    if (const auto wanted = number<std::uint64_t>(element, "max"); wanted && *wanted > 0)
        max =
            std::chrono::seconds(static_cast<std::int64_t>(std::min(*wanted, static_cast<std::uint64_t>(max.count()))));
    resumption_ = std::make_unique<Resumption>(random_id(id_bits), Duration(max));
    keeping_ = std::make_unique<Keeping>(server_, resumption_->id);
    stream_->outbox().hold_receipts();
    keep_state();
    return "<enabled xmlns='urn:xmpp:sm:3' id='" + resumption_->id + "' resume='true' max='" +
           std::to_string(max.count()) + "'/>";
}

void ClientConnection::answer_request() {
    acks_.answer_due = true;
    if (!acks_.answer_timer.active())
        acks_.answer_timer = shard_->timers().after(answer_patience, [this] { answer_now(); });
    if (acks_.all_handled()) send_h();
}

Outbox& ClientConnection::outbox() const noexcept { return detached_ ? detached_->outbox : stream_->outbox(); }

void ClientConnection::confirm_up_to(std::uint32_t h) {
    std::vector<std::uint64_t> cookies;
    outbox().confirm(acks_.confirmed_by(h), cookies, keeping_ ? &keeping_->confirmed : nullptr);
    if (keeping_ && !keeping_->confirmed.empty() && !detached_) keep_soon();
    confirmed(cookies);
    if (has_room()) wake_room();
}

void ClientConnection::close_too_high(std::uint32_t h, std::uint32_t sent) { // XEP-0198 section 6
    const auto acknowledged = std::to_string(h);
    const auto count = std::to_string(sent);
    write("<stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
          "<handled-count-too-high xmlns='urn:xmpp:sm:3' h='" +
          acknowledged + "' send-count='" + count +
          "'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>You acknowledged " + acknowledged +
          " stanzas, but I only sent you " + count + " so far.</text></stream:error>");
    close("");
}

// ---- Losing a stream ----------------------------------------------------------------------------------------------

/// What is left of a stream whose session goes on elsewhere.
ClientConnection::ClientConnection(ClientConnection& of)
    : server_(of.server_), shard_(of.shard_), id_(of.shard_->next_id()), peer_(of.peer_), place_(std::move(of.place_)),
      stream_(std::move(of.stream_)), started_(of.started_), tls_required_(of.tls_required_), header_sent_(true),
      ended_(true) {
    stream_->set_owner(*this);
}

void ClientConnection::lose(std::string_view condition, std::string_view text) {
    if (!resumption_ || ended_ || !stream_ || stream_->closing()) return close(condition, text);
    detach(condition, text);
}

void ClientConnection::detach(std::string_view condition, std::string_view text) {
    confirm_by_tcp();
    stop_holding_back(); // the next stream begins active (XEP-0352 section 5.2)
    const auto now = shard_->clock().now();
    detached_ = std::make_unique<Detached>(stream_->part(), now + resumption_->max);
    rate_pause_.cancel();
    tcp_watch_.cancel();
    acks_.answer_timer.cancel();
    acks_.answer_due = false;
    detached_->since = server_.clock().wall();
    keep_state();
    keep_out(true);
    auto& rest = shard_->adopt(std::unique_ptr<ClientConnection>(new ClientConnection(*this)));
    if (rest.stream_->gone())
        shard_->bury(rest);
    else
        rest.close(condition, text);
    log().info("session detached", {{"jid", session_->jid().text()}, {"reason", condition}});
    session_->host().emit(SessionDetached{*session_});
    limit_detached();
}

/// One account has only so many sessions without a stream; the one that would end first gives way.
void ClientConnection::limit_detached() {
    std::size_t count = 0;
    ClientConnection* first = nullptr;
    for (const auto& session : session_->account().sessions()) {
        auto* each = session->connection_;
        if (!each || !each->detached_ || each->detached_->claim) continue;
        ++count;
        if (!first || each->detached_->until < first->detached_->until) first = each;
    }
    if (count <= *server_.config().c2s.max_detached || !first) return;
    shard_->post(Job([shard = shard_, id = first->id_] {
        auto* self = shard->connection(id);
        if (self && self->detached_ && !self->detached_->claim) self->give_up("resource-constraint");
    }));
}

void ClientConnection::queue(OutboxEntry entry) {
    const auto stanza = entry.stanza;
    detached_->outbox.push(std::move(entry));
    detached_->queued(stanza);
    keep_now();
}

void ClientConnection::give_up(std::string_view reason) {
    if (ended_) return;
    end_session(reason);
    finish();
}

// ---- The next stream ----------------------------------------------------------------------------------------------

/// Who wants to go on with which session.
struct ClientConnection::Request {
    Shard* shard;
    std::uint64_t connection;
    Jid account;
    std::string id;
    std::optional<std::uint32_t> h;
    ResumeReply reply;

    Request(Shard* where, std::uint64_t who, Jid whose, std::string previous, std::optional<std::uint32_t> handled,
            ResumeReply answer)
        : shard(where), connection(who), account(std::move(whose)), id(std::move(previous)), h(handled),
          reply(std::move(answer)) {}
};

void ClientConnection::resume(const Jid& account, xml::Element element, ResumeReply reply) {
    stream_->pause(XmppStream::busy);
    auto request = std::make_unique<Request>(shard_, id_, account.bare(), element.attr("previd").str(),
                                             number<std::uint32_t>(element, "h"), std::move(reply));
    spawn(find_resumable(std::move(request)), [] {}, [](std::exception_ptr) {});
}

Task<> ClientConnection::find_resumable(std::unique_ptr<Request> request) {
    std::shared_ptr<Account> account;
    bool broken = false;
    if (auto& restoring = request->shard->restoring(); restoring.left > 0) {
        Promise<bool> all;
        restoring.waiters.push_back(&all);
        co_await all;
    }
    try {
        account = co_await request->shard->router().activate(request->account);
    } catch (const std::exception&) {
        broken = true; // logged where it was thrown
    }
    // Not on the stack of the stream that asks.
    co_await NextTurn();
    if (auto* self = request->shard->connection(request->connection); self && self->stream_)
        self->claim(account.get(), broken, *request);
}

void ClientConnection::claim(const Account* account, bool broken, Request& request) {
    const auto refuse = [&](std::string_view condition, std::optional<std::uint32_t> h = {}) {
        ResumeOutcome outcome;
        outcome.element = failed(condition, h);
        request.reply(*this, outcome);
        if (stream_) stream_->resume(XmppStream::busy);
    };
    if (broken) return refuse("internal-server-error");
    if (*server_.config().c2s.resume_timeout == Duration(0)) return refuse("feature-not-implemented");
    if (request.id.empty() || !request.h) return refuse("bad-request");
    ClientConnection* old = nullptr;
    if (account)
        for (const auto& session : account->sessions())
            if (auto* each = session->connection_; each && each->resumption_ && each->resumption_->id == request.id)
                old = each;
    if (!old) return refuse("item-not-found", shard_->ended_sessions().find(request.account, request.id));
    if (old->restored_) old->believe(*request.h);
    if (!old->acks_.may_confirm(*request.h)) return close_too_high(*request.h, old->acks_.sent);
    if (!old->detached_) old->detach("conflict", "the session goes on in another stream");
    if (old->ended_) return refuse("item-not-found"); // a module has ended it
    old->confirm_up_to(*request.h);
    old->hold_for(id_, std::move(request.reply));
}

/// Whoever comes last is it.
void ClientConnection::hold_for(std::uint64_t connection, ResumeReply reply) {
    if (detached_->claim)
        if (auto* before = shard_->connection(detached_->claim->connection); before && before->stream_)
            before->close("conflict", "the session goes on in another stream");
    auto& claim = detached_->claim.emplace(connection, std::move(reply));
    claim.patience = shard_->timers().after(settle_patience, [this] { keep_handled(); });
    if (acks_.all_handled()) keep_handled();
}

/// All that the old stream has begun is done, or has had its time: what is still under way then comes again from the
/// client, and is not handled again.
void ClientConnection::take_over() {
    auto claim = std::move(*detached_->claim);
    detached_->claim.reset();
    auto* from = shard_->connection(claim.connection);
    if (!from || !from->stream_ || from->stream_->closing() || from->stream_->gone()) {
        detached_->until = shard_->clock().now() + resumption_->max;
        return;
    }
    stream_ = std::move(from->stream_);
    stream_->set_owner(*this);
    peer_ = from->peer_;
    session_->peer_ = from->peer_;
    place_ = std::move(from->place_);
    tls_required_ = from->tls_required_;
    from->ended_ = true;
    shard_->bury(*from);
    auto detached = std::move(detached_);
    settle_in();

    ResumeOutcome outcome;
    outcome.resumed = true;
    outcome.jid = session_->jid().text();
    outcome.element =
        "<resumed xmlns='urn:xmpp:sm:3' previd='" + resumption_->id + "' h='" + std::to_string(acks_.repeat()) + "'/>";
    claim.reply(*this, outcome);
    std::vector<std::uint64_t> cookies;
    stream_->outbox().hold_receipts();
    for (auto& entry : detached->outbox.take(cookies)) stream_->send(std::move(entry));
    keep_state();
    keep_soon();
    confirmed(cookies);
    acks_.asked_at = acks_.peer_h();
    will_flush(Haste::soon);
    log().info("session resumed", {{"jid", session_->jid().text()}, {"peer", peer_.address}});
    session_->host().emit(SessionResumed{*session_, std::exchange(restored_, false)});
    check_pressure();
    stream_->resume(XmppStream::busy);
    if (has_room()) wake_room();
}

} // namespace epode
