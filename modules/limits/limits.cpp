// SPDX-License-Identifier: MIT
// Limits: how much a client may send, said in advance (XEP-0478), and how often an address may try to log in. Nothing
// is dropped: who sends too fast is read more slowly, who guesses passwords is told to come back later.
#include "core/base/bucket.hpp"
#include "core/base/network.hpp"
#include "core/module.hpp"
#include "xep/xep0478_limits.hpp"

#include <algorithm>
#include <unordered_map>

namespace epode {
namespace {

/// Addresses under watch; more would only cost memory.
constexpr std::size_t most_addresses = 100'000;

struct Flow {
    Bucket stanzas, bytes;
};

class Limits : public Module {
    Setting<double> rate_{
        *this, "rate", 200, {.min = 1, .help = "stanzas a client may send per second once `burst` is used up"}};
    Setting<double> burst_{*this, "burst", 4000, {.min = 1, .help = "stanzas a client may send at once"}};
    Setting<ByteSize> byte_rate_{
        *this, "byte-rate", ByteSize{0}, {.help = "bytes per second once `byte-burst` is used up; 0B: no limit"}};
    Setting<ByteSize> byte_burst_{*this, "byte-burst", 16_MiB, {.help = "bytes a client may send at once"}};
    Setting<double> login_failures_{
        *this, "login-failures", 10, {.min = 1, .help = "failed logins an address has free"}};
    Setting<Duration> login_wait_{*this, "login-wait", 10s, {.min = 1s, .help = "how long until it has another one"}};
    Setting<bool> loopback_{*this, "loopback", false, {.help = "whether this machine is limited too"}};

    PerSession<Flow> flows_{*this, "flows", transient};
    std::unordered_map<std::string, Bucket> failures_; ///< by address
    Counter slowed_{*this, "slowed", "times a client was read more slowly"};
    Counter put_off_{*this, "put_off", "logins put off after too many failures"};

public:
    explicit Limits(Host& given) : Module(given) {
        on(&Limits::announce);
        on(&Limits::check);
        on(&Limits::attempt);
        on(&Limits::failed);
        every(1min, &Limits::forget);
    }

private:
    bool exempt(const Peer& peer) const { return peer.loopback && !loopback_; }

    /// Before login less is taken, and nobody has much to say.
    void announce(StreamFeatures& event) {
        if (event.phase != StreamPhase::before_bind) return;
        xep::StreamLimits limits;
        limits.max_bytes = static_cast<std::uint32_t>(std::min<std::size_t>(event.host.stanza_limit(), xml::max_bytes));
        limits.encode(event.features);
    }

    void check(RateCheck& event) {
        if (exempt(event.session.peer())) return;
        Flow& flow = flows_.of(event.session);
        const Instant now = host.now();
        Duration pause = flow.stanzas.take(now, 1, burst_, rate_);
        if (byte_rate_->bytes > 0) {
            const auto capacity = static_cast<double>(byte_burst_->bytes);
            const Duration for_bytes = flow.bytes.take(now, static_cast<double>(event.bytes), capacity,
                                                       static_cast<double>(byte_rate_->bytes));
            pause = std::max({pause, for_bytes}); // a value: GCC 14 takes the reference of the other for a dangling one
        }
        if (pause <= Duration(0)) return;
        event.pause = std::max({event.pause, pause});
        ++slowed_;
    }

    double forgiven_per_second() const {
        return *login_wait_ == never ? 0 : 1 / std::chrono::duration<double>(*login_wait_).count();
    }

    Verdict attempt(const SaslAttempt& event) {
        if (exempt(event.peer)) return Verdict::pass();
        const auto found = failures_.find(Network::client_key(event.peer.address));
        if (found == failures_.end() || found->second.owed(host.now(), forgiven_per_second()) + 1 <= login_failures_)
            return Verdict::pass();
        ++put_off_;
        return Verdict::refuse(StanzaError(Condition::policy_violation, "Too many failed logins from your address."));
    }

    /// Only wrong credentials count; not what we ourselves put off, what was broken off, or what named no account: some
    /// clients try one mechanism after the other, and those that they cannot do fail before a password is looked at.
    void failed(const SaslFailure& event) {
        if (exempt(event.peer) || event.condition != "not-authorized" || !event.account) return;
        if (failures_.size() >= most_addresses) forget();
        if (failures_.size() >= most_addresses) return;
        failures_[Network::client_key(event.peer.address)].take(host.now(), 1, login_failures_, forgiven_per_second());
    }

    void forget() {
        std::erase_if(failures_,
                      [this](auto& entry) { return entry.second.owed(host.now(), forgiven_per_second()) <= 0; });
    }
};

} // namespace
} // namespace epode

using epode::Limits;
EPODE_MODULE(Limits, .summary = "rates and sizes per client and address", .xeps = {{478, "0.2.0", epode::complete}})
