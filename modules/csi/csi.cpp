// SPDX-License-Identifier: MIT
// XEP-0352: a phone in a pocket is not woken for what can wait. While a client is inactive, core shows us each stanza
// that is about to be sent to it; what is of no importance waits for the next one that is, for the client, or for a
// limit (XEP-0286: a radio that is on may as well take all there is).
#include "core/module.hpp"
#include "modules/csi/rules.hpp"
#include "xep/xep0352_csi.hpp"
#include "xep/xep0386_bind2.hpp"

#include <algorithm>

namespace epode {
namespace {

Result<> check_kinds(const std::vector<std::string>& words) {
    for (const std::string& word : words)
        if (std::ranges::find(csi::kind_names + 1, std::end(csi::kind_names), word) == std::end(csi::kind_names))
            return fail("names " + word + ", which " +
                        config::not_one_of(word, {csi::kind_names + 1, std::end(csi::kind_names)}));
    return {};
}

class Csi : public Module {
    Setting<std::vector<std::string>> hold_{*this,
                                            "hold",
                                            {csi::kind_names + 1, std::end(csi::kind_names)},
                                            {.help = "what may wait while a client is inactive", .check = check_kinds}};
    Setting<std::size_t> stanzas_{
        *this, "stanzas", 500, {.min = 1, .max = 10'000, .help = "so many waiting stanzas are sent"}};
    Setting<ByteSize> size_{*this, "size", 256_KiB, {.min = 1_KiB, .help = "so much that waits is sent"}};
    Counter inactive_{*this, "inactive", "times a client became inactive"};
    Counter held_{*this, "held", "stanzas that had to wait for an inactive client"};

public:
    explicit Csi(Host& on) : Module(on) {
        this->on(&Csi::offer);
        this->on(&Csi::hear);
        this->on(&Csi::weigh);
        this->on(&Csi::offer_inline);
        this->on(&Csi::bound);
    }

    /// Nobody would tell any more when a client is active again.
    void leaving() override {
        for (const auto& account : host.active_accounts())
            for (const auto& session : account->sessions()) session->set_active();
    }

private:
    void offer(StreamFeatures& event) {
        if (event.phase == StreamPhase::before_bind) event.features.open("csi", xep::csi::ns).close();
    }

    void offer_inline(BindFeatures& event) { xep::bind2::write_feature(event.features, xep::csi::ns); }

    /// A phone that comes back for a moment says so with the resource it asks for (XEP-0386).
    void bound(BindInline& event) {
        if (event.request.child("inactive", xep::csi::ns)) set(event.session, false);
    }

    void hear(StreamElement& event) {
        const auto state = xep::csi::state(event.element);
        if (!state) return;
        event.handled = true;
        set(event.session, *state == xep::csi::State::active);
    }

    void set(Session& session, bool active) {
        if (session.active() == active) return;
        if (active) {
            session.set_active();
            host.emit(CsiActive{session});
        } else {
            session.set_inactive(*stanzas_, static_cast<std::size_t>(size_->bytes));
            ++inactive_;
            host.emit(CsiInactive{session});
        }
    }

    void weigh(StanzaSending& event) {
        const auto found = csi::classify(event.stanza);
        const auto name = csi::kind_names[static_cast<std::size_t>(found.kind)];
        CsiIsImportant weighed{event.session, event.stanza, std::ranges::find(*hold_, name) == hold_->end()};
        host.emit(weighed);
        event.hold = !weighed.important;
        event.key = found.key;
        if (event.hold) ++held_;
    }
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Csi, .summary = "spares clients at which nobody looks what can wait",
             .xeps = {{352, "1.0.0", epode::complete}, {286, "1.0.0", epode::partial, "no compression"}})
