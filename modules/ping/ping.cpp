// SPDX-License-Identifier: MIT
// XEP-0199: answers pings to the server and to one's own account, and, where it is asked to, pings clients that have
// been silent and ends the sessions of those that do not answer.
#include "core/module.hpp"
#include "xep/xep0199_ping.hpp"

#include <map>

namespace epode {
namespace {

class Pinger : public Module {
public:
    explicit Pinger(Host& on) : Module(on) {
        feature(xep::Ping::ns);
        feature(Scope::service, xep::Ping::ns);
        on_get(&Pinger::pong, Scope::server);
        on_get(&Pinger::pong, Scope::account);
        on_get(&Pinger::pong, Scope::service);
        this->on(&Pinger::opened);
        this->on(&Pinger::resumed);
        this->on(&Pinger::heard);
        this->on(&Pinger::closed);
        every(5s, &Pinger::sweep);
    }

private:
    struct Watched {
        std::weak_ptr<Session> session;
        Instant heard{};
        bool asked = false;
    };

    Reply pong(Iq, xep::Ping) { return result(); }

    void opened(const SessionOpened& event) { note(event.session); }
    void resumed(const SessionResumed& event) { note(event.session); }
    void heard(RateCheck& event) {
        if (*interval_ != never) note(event.session);
    }
    void closed(const SessionClosed& event) { watched_.erase(event.session.id()); }

    void note(Session& session) {
        Watched& watched = watched_[session.id()];
        if (watched.session.expired()) watched.session = session.weak_from_this();
        watched.heard = host.now();
    }

    void sweep() {
        if (*interval_ == never) return;
        const Instant silent_since = host.now() - *interval_;
        std::vector<std::shared_ptr<Session>> silent;
        for (auto& [id, watched] : watched_) {
            if (watched.asked || watched.heard > silent_since) continue;
            if (auto session = watched.session.lock(); session && !session->detached()) {
                watched.asked = true;
                silent.push_back(std::move(session));
            }
        }
        for (auto& session : silent) start(probe(std::move(session)));
    }

    Task<> probe(std::shared_ptr<Session> session) {
        xml::Builder builder;
        xep::Ping().encode(builder);
        auto payload = builder.finish();
        Jid server = host.jid();
        // An error is an answer, too (section 4.1).
        const Stanza answer = co_await session->request(false, std::move(payload), std::move(server), *timeout_);
        const auto entry = watched_.find(session->id());
        if (entry == watched_.end()) co_return;
        entry->second.asked = false;
        if (answer) {
            entry->second.heard = host.now();
        } else if (!session->ended()) {
            log.debug("a client does not answer", {{"session", session->jid().text()}});
            session->close("connection-timeout");
        }
    }

    Setting<Duration> interval_{
        *this, "interval", never, {.min = 10s, .help = "how long a client may be silent before it is pinged"}};
    Setting<Duration> timeout_{
        *this, "timeout", 30s, {.min = 1s, .max = 10min, .help = "how long it may take to answer"}};
    std::map<std::uint64_t, Watched> watched_; ///< by session id; kept up by the events, so it dies with them
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Pinger, .summary = "answers pings, and pings silent clients", .xeps = {{199, "2.0.1"}},
             .depends = {"disco"})
