// SPDX-License-Identifier: MIT
// A push service at push.HOST (XEP-0357 section 3): publishing to the node "good" works, "gone" is not there, "busy" is
// for later. It hears what push asks other modules, too: devices of the name "dumb" may not register, a message that
// says "hush" is not told, and each notification gets an element of its own.
#include "core/module.hpp"
#include "xep/xep0060_pubsub.hpp"

namespace epode {
namespace {

class OddPush : public Module {
public:
    explicit OddPush(Host& given) : Module(given) {
        on_set(&OddPush::publish, Scope::service);
        on(&OddPush::enabled);
        on(&OddPush::decide);
        on(&OddPush::decorate);
    }

private:
    Reply publish(Iq, xep::pubsub::Request request) {
        const auto* publish = std::get_if<xep::pubsub::Publish>(&request.action);
        if (!publish || publish->items.size() != 1) return error(Condition::bad_request);
        if (publish->node == "good") return result();
        if (publish->node == "busy") return error(StanzaError(Condition::resource_constraint, ErrorType::wait));
        return error(Condition::item_not_found);
    }
    Verdict enabled(const PushRegister& event) {
        if (!event.session || event.session->jid().resource() != "dumb") return Verdict::pass();
        return Verdict::refuse(StanzaError(Condition::forbidden, "not that one"));
    }
    void decide(PushDecide& event) {
        if (event.stanza.root().child_text("body") == "hush") event.wanted = false;
        if (event.stanza.root().child_text("body") == "fire") event.urgent = true;
    }
    void decorate(PushPayload& event) { event.notification.leaf("additional", "http://example.com/custom", "odd"); }
    Verdict hear(Arrival&) { return Verdict::pass(); }

    Service service_{*this, "push", "pubsub", "push", "Push", &OddPush::hear};
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::OddPush, .summary = "a push service for tests", .stability = epode::Stability::testing)
