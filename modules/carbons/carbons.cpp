// SPDX-License-Identifier: MIT
// XEP-0280: every device of a user sees both sides of every conversation. Core has chosen the targets before the copy
// phase, so what is left to do is to ask who wants copies and does not get the message anyway.
#include "core/module.hpp"
#include "modules/carbons/recent.hpp"
#include "xep/xep0280_carbons.hpp"
#include "xep/xep0359_sid.hpp"
#include "xep/xep0386_bind2.hpp"

namespace epode {
namespace {

using xep::carbons::Eligible;
using xep::carbons::Side;

class Carbons : public Module {
    PerSession<bool> wanted_{*this, "wanted"};
    PerAccount<carbons::Recent> recent_{*this, "recent", transient};
    Counter copies_{*this, "copies", "carbon copies sent"};

public:
    explicit Carbons(Host& h) : Module(h) {
        feature(Scope::server, xep::carbons::ns);
        feature(Scope::server, xep::carbons::rules);
        on_set(&Carbons::enable);
        on_set(&Carbons::disable);
        on(phase::copy, &Carbons::copy);
        on(&Carbons::offer);
        on(&Carbons::bound);
    }

private:
    Reply enable(Iq iq, xep::carbons::Enable) { return turn(iq, true); }
    Reply disable(Iq iq, xep::carbons::Disable) { return turn(iq, false); }

    void offer(BindFeatures& event) { xep::bind2::write_feature(event.features, xep::carbons::ns); }

    /// Asked for with the resource, so that no message falls between the two (XEP-0386).
    void bound(BindInline& event) {
        if (event.request.child(xep::carbons::Enable::name, xep::carbons::ns)) wanted_.of(event.session) = true;
    }

    Reply turn(const Iq& iq, bool on) {
        if (!iq.session()) return error(Condition::not_allowed);
        wanted_.of(*iq.session()) = on;
        return result();
    }

    void copy(Passage& passage) {
        if (!passage.stanza.is_message() || !eligible(passage)) return;
        if (passage.outgoing() && own(passage)) return; // its other half makes the copies, once
        if (host.hears<CarbonsDecide>() && host.emit(CarbonsDecide{passage}).kind() != Verdict::Kind::pass) return;
        Stanza carbon;
        for (const auto& device : passage.account.sessions()) {
            if (!wants(passage, *device)) continue;
            if (!carbon) carbon = wrapped(passage);
            passage.send_copy(*device, carbon.to(device->jid()));
            ++copies_;
        }
    }

    /// Whether a device gets a copy: whatever its priority, and even before it has sent presence (sections 7 and 8).
    bool wants(const Passage& passage, const Session& device) const {
        const bool* on = wanted_.find(device);
        return on && *on && !passage.reaches(device) && device.jid() != passage.stanza.from();
    }

    static bool own(const Passage& passage) {
        const Jid& to = passage.stanza.to();
        return !to || to.bare() == passage.account.bare();
    }

    /// Section 6.1; remembers the message, so that an error which answers it is known as one.
    bool eligible(const Passage& passage) {
        const Stanza& message = passage.stanza;
        const bool out = passage.outgoing();
        const Jid& peer = out ? message.to() : message.from();
        const auto answer = xep::carbons::eligible(message, out ? Side::sent : Side::received);
        const auto id = message.id();
        if (answer == Eligible::if_answer) {
            const auto* seen = recent_.find(passage.account);
            return seen && seen->contains(carbons::Recent::key(!out, peer, id));
        }
        if (answer == Eligible::yes && !id.empty())
            recent_.of(passage.account).add(carbons::Recent::key(out, peer, id));
        return answer == Eligible::yes;
    }

    /// Whoever reads the copy must know it by the same id as the archive.
    static Stanza wrapped(const Passage& passage) {
        const Jid& owner = passage.account.bare();
        const auto side = passage.outgoing() ? Side::sent : Side::received;
        if (!passage.kept) return xep::carbons::wrap(passage.stanza, side, owner);
        return xep::carbons::wrap(xep::with_stanza_id(passage.stanza, xep::StanzaId(passage.id.text(), owner)), side,
                                  owner);
    }
};

} // namespace
} // namespace epode

using epode::Carbons;
EPODE_MODULE(Carbons, .summary = "copies messages to all devices of a user",
             .xeps = {{280, "1.0.1", epode::complete},
                      {297, "1.0", epode::complete},
                      {334, "1.0.0", epode::partial, "no-copy"}},
             .depends = {"disco"})
